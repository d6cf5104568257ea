package org.tombolo.nn;

/// Is told how training goes, on the thread that trains. All methods do nothing unless overridden.
public interface TrainingListener {
  /// Before the first step.
  ///
  /// @param first epoch that comes first, from 1
  /// @param epochs number of the last epoch
  /// @param batches steps of an epoch
  default void started(int first, int epochs, int batches) {}

  /// After each step. Takes from the time of training: be quick.
  default void stepped(Progress progress) {}

  /// After each epoch and its validation.
  default void epochEnded(EpochResult result) {}
}

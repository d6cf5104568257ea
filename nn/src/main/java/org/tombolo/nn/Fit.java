package org.tombolo.nn;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.tombolo.nn.data.DataSet;

/// How to train: immutable; the methods give changed copies.
///
/// ```java
/// trainer.fit(train, Fit.epochs(5).batch(128).validate(test).checkpoint(file).resume(true));
/// ```
///
/// @param epochs passes through the set
/// @param batch examples of a step
/// @param validation what the model is judged by after each epoch
/// @param checkpoint file that is written after each epoch and when training is stopped
/// @param resume whether to go on from the checkpoint, if the file exists
/// @param stop asked after each step whether to end
/// @param listeners told of progress, in order
public record Fit(
    int epochs,
    int batch,
    Optional<DataSet> validation,
    Optional<Path> checkpoint,
    boolean resume,
    BooleanSupplier stop,
    List<TrainingListener> listeners) {

  /// Checks the numbers.
  public Fit {
    listeners = List.copyOf(listeners);
    if (epochs < 1 || batch < 1) {
      throw new IllegalArgumentException(
          "fit: %d epochs, batches of %d; need 1 or more each\n  try: Fit.epochs(5).batch(32)"
              .formatted(epochs, batch));
    }
    if (resume && checkpoint.isEmpty()) {
      throw new IllegalArgumentException(
          "fit: nothing to resume from; need a checkpoint\n  try: checkpoint(file).resume(true)");
    }
  }

  /// Batches of 32, no validation, no checkpoint.
  public static Fit epochs(int epochs) {
    return new Fit(epochs, 32, Optional.empty(), Optional.empty(), false, () -> false, List.of());
  }

  /// With other batches.
  public Fit batch(int examples) {
    return new Fit(epochs, examples, validation, checkpoint, resume, stop, listeners);
  }

  /// Judged by a set after each epoch.
  public Fit validate(DataSet set) {
    return new Fit(epochs, batch, Optional.of(set), checkpoint, resume, stop, listeners);
  }

  /// Saved to a file after each epoch, and when training is stopped.
  public Fit checkpoint(Path file) {
    return new Fit(epochs, batch, validation, Optional.of(file), resume, stop, listeners);
  }

  /// Going on from the checkpoint if the file exists. [#epochs] then counts from the start of the
  /// training that was saved.
  public Fit resume(boolean whether) {
    return new Fit(epochs, batch, validation, checkpoint, whether, stop, listeners);
  }

  /// Ended after the first step at whose end this is true.
  public Fit stopWhen(BooleanSupplier condition) {
    return new Fit(epochs, batch, validation, checkpoint, resume, condition, listeners);
  }

  /// With one more listener.
  public Fit listen(TrainingListener listener) {
    List<TrainingListener> more = new ArrayList<>(listeners);
    more.add(listener);
    return new Fit(epochs, batch, validation, checkpoint, resume, stop, more);
  }
}

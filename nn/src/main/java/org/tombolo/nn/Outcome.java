package org.tombolo.nn;

/// How training ended.
public sealed interface Outcome {
  /// All epochs are done.
  record Completed() implements Outcome {}

  /// The loss is not a number any more, or infinite. The step that this happened in changed
  /// nothing: parameters are those from before it.
  ///
  /// @param step number of the step, from 1
  /// @param tensor the first value on the way from the batch to the loss that is not finite: a
  ///   variable such as `dense1/kernel`, the result of a layer such as `dense1`, or `loss`
  record Diverged(long step, String tensor) implements Outcome {}

  /// Training was asked to stop and did so after a step.
  ///
  /// @param step number of the last step, from 1
  record Interrupted(long step) implements Outcome {}
}

package org.tombolo.conformance;

/// What came of a case on a device.
public sealed interface Outcome {
  /// The device computed it as the reference does.
  record Agrees() implements Outcome {}

  /// The device says that it cannot.
  ///
  /// @param reason in its words
  record Refused(String reason) implements Outcome {}

  /// The device computed something else, wrote where it should not, or failed.
  ///
  /// @param problem case, place, what was wanted and what was seen
  record Differs(String problem) implements Outcome {}
}

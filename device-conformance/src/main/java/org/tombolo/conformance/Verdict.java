package org.tombolo.conformance;

import java.util.OptionalDouble;

/// What came of a check.
public sealed interface Verdict {
  /// The device does what it must.
  ///
  /// @param worstUlps largest error seen in units in the last place, where numbers were compared
  record Passed(OptionalDouble worstUlps) implements Verdict {}

  /// The device does something else.
  ///
  /// @param problem what was seen and what is needed
  /// @param worstUlps largest error seen in units in the last place, where numbers were compared
  record Failed(String problem, OptionalDouble worstUlps) implements Verdict {}

  /// The check does not apply to this device.
  ///
  /// @param reason why not, such as the device's own words for what it refuses
  record Skipped(String reason) implements Verdict {}

  /// The author of the driver has taken the check out for good.
  ///
  /// @param reason in the author's words
  record Excluded(String reason) implements Verdict {}

  /// The check fails, as the author of the driver said it would.
  ///
  /// @param reason in the author's words
  /// @param problem what was seen and what is needed
  record FailedAsExpected(String reason, String problem) implements Verdict {}

  /// Passed, without numbers.
  static Verdict passed() {
    return new Passed(OptionalDouble.empty());
  }

  /// Failed, without numbers.
  static Verdict failed(String problem) {
    return new Failed(problem, OptionalDouble.empty());
  }
}

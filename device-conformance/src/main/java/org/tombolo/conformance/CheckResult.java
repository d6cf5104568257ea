package org.tombolo.conformance;

import java.time.Duration;
import java.util.Optional;

/// A check that was run on a device.
///
/// @param suite name of the group
/// @param name of the check in the group
/// @param subject operation and element type, where the check is about one
/// @param verdict what came of it
/// @param time that it took
/// @param reproduction command that runs this check alone with the same data
public record CheckResult(
    String suite,
    String name,
    Optional<OpLabel> subject,
    Verdict verdict,
    Duration time,
    String reproduction) {

  /// Suite and name.
  public String path() {
    return suite + "/" + name;
  }

  /// Whether it counts against the device.
  public boolean failed() {
    return verdict instanceof Verdict.Failed;
  }
}

package org.tombolo.device;

import java.util.LinkedHashMap;
import java.util.Map;

/// What a device cannot do, by nature or by a defect of the stack under its driver that the driver
/// cannot make good. A driver offers it as an [extension][Device#extension]; the conformance kit
/// leaves these checks out and lists them with their reasons.
///
/// @param reasons by name of a check of the kit, such as `numerics/denormals/mul/f32`, or of what
///   several lie under, such as `numerics/denormals`
public record Limitations(Map<String, String> reasons) {
  /// Copies the map.
  public Limitations {
    reasons = Map.copyOf(reasons);
  }

  /// None.
  public static Limitations none() {
    return new Limitations(Map.of());
  }

  /// One more.
  ///
  /// @param check name of a check, or of what several lie under
  /// @param reason what the device lacks, and how that is known
  /// @throws IllegalArgumentException if there is no reason
  public Limitations and(String check, String reason) {
    if (reason.isBlank()) {
      throw new IllegalArgumentException(
          "limitations: no reason for %s; need one\n  try: what the device lacks".formatted(check));
    }
    Map<String, String> all = new LinkedHashMap<>(reasons);
    all.put(check, reason);
    return new Limitations(all);
  }
}

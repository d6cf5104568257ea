package org.tombolo.conformance;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a run of the kit covers.
///
/// Exclusions and expectations name a check, such as `copies/lengths-must-agree`, or everything
/// under a path, such as `numerics/denormals`.
///
/// @param seed decides all data and all random graphs
/// @param only runs the checks whose path contains this text; empty for all
/// @param without leaves out checks with one of these tags
/// @param exclusions reasons for checks that are not run, by path: for good, since the device
///   cannot
/// @param expected reasons for checks that fail, by path: for now, since a defect is known. One
///   that passes fails the run, so that the expectation is taken away.
public record Options(
    long seed,
    String only,
    Set<Tag> without,
    Map<String, String> exclusions,
    Map<String, String> expected) {

  /// Copies the collections.
  public Options {
    without = Set.copyOf(without);
    exclusions = Map.copyOf(exclusions);
    expected = Map.copyOf(expected);
  }

  /// All checks, from seed 42.
  public static Options all() {
    return new Options(42, "", Set.of(), Map.of(), Map.of());
  }

  /// A part that takes seconds where [#all] takes minutes: one case for each operation and type.
  public static Options quick() {
    return all().without(Tag.SLOW);
  }

  /// With another seed.
  public Options seed(long other) {
    return new Options(other, only, without, exclusions, expected);
  }

  /// Only checks whose path contains a text.
  public Options only(String text) {
    return new Options(seed, text, without, exclusions, expected);
  }

  /// Without checks of these tags either.
  public Options without(Tag... tags) {
    Set<Tag> all =
        Stream.concat(without.stream(), Stream.of(tags)).collect(Collectors.toUnmodifiableSet());
    return new Options(seed, only, all, exclusions, expected);
  }

  /// Does not run something that the device cannot do by nature.
  ///
  /// @param path of a check or of several
  /// @param reason for the report
  public Options excluding(String path, String reason) {
    return new Options(seed, only, without, with(exclusions, path, reason), expected);
  }

  /// Lets something fail that has a known defect, until it passes.
  ///
  /// @param path of a check or of several
  /// @param reason for the report
  public Options expecting(String path, String reason) {
    return new Options(seed, only, without, exclusions, with(expected, path, reason));
  }

  private static Map<String, String> with(Map<String, String> map, String path, String reason) {
    if (reason.isBlank()) {
      throw new IllegalArgumentException(
          "conformance: no reason for %s; need one\n  try: what the device lacks".formatted(path));
    }
    Map<String, String> copy = new LinkedHashMap<>(map);
    copy.put(path, reason);
    return copy;
  }

  /// Whether a path is, or lies under, another one.
  static boolean covers(String path, String check) {
    return check.equals(path) || check.startsWith(path + "/");
  }
}

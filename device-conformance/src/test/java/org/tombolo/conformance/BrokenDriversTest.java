package org.tombolo.conformance;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.conformance.broken.BrokenDevices;
import org.tombolo.conformance.broken.BrokenDevices.Mistake;
import org.tombolo.conformance.broken.Simulated;

/// The kit rejects each driver that breaks the contract in one way, by the suite that is about it,
/// and no healthy one.
class BrokenDriversTest {
  /// Fixed, since which random task graphs show a missing wait depends on it.
  private static final long SEED = 42;

  static Stream<Arguments> broken() {
    return BrokenDevices.all().stream().map(mistake -> arguments(mistake.name(), mistake));
  }

  /// A mistake shows where its author will look first, and nowhere else than it must.
  @ParameterizedTest(name = "{0}")
  @MethodSource
  void broken(String name, Mistake mistake) {
    Report report = Simulated.broken(mistake.breaking()).with(Options.quick().seed(SEED)).run();
    List<String> failed = report.failures().stream().map(CheckResult::path).toList();
    String suites =
        report.failures().stream()
            .map(CheckResult::suite)
            .distinct()
            .sorted()
            .collect(Collectors.joining(" "));
    assertAll(
        () -> assertTrue(failed.contains(mistake.check()), () -> mistake.check() + " passes"),
        () -> assertEquals(mistake.suites(), suites, report::text));
  }

  @Test
  void theHealthyDevicePasses() {
    Report report =
        Simulated.broken(device -> device).with(Options.all().seed(SEED).without(Tag.SLOW)).run();
    assertTrue(report.passed(), report::text);
    assertEquals(12, report.suites().size());
  }
}

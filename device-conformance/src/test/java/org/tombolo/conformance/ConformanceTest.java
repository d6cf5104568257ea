package org.tombolo.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tombolo.conformance.broken.BrokenDevices;
import org.tombolo.conformance.broken.BrokenMemory;
import org.tombolo.conformance.broken.BrokenPrograms;
import org.tombolo.conformance.broken.Simulated;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Limitations;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Op;

/// What can be chosen, left out and expected, and how results are told.
class ConformanceTest {
  private static final String DENORMALS = "numerics/denormals";

  private static Conformance flushing() {
    return Simulated.broken(BrokenPrograms.FlushesDenormals::new);
  }

  @Test
  void failuresSayHowToRepeatThem() {
    Report report = flushing().with(Options.all().only("denormals/mul/f32").seed(7)).run();
    assertFalse(report.passed());
    CheckResult failure = report.failures().getFirst();
    assertEquals(
        "tombolo conformance --device simulated:0 --only \"numerics/denormals/mul/f32\" --seed 7",
        failure.reproduction());
    assertTrue(report.text().contains("repeat: " + failure.reproduction()), report.text());
    assertTrue(report.text().contains("DOES NOT CONFORM: 0 passed, 1 failed"), report.text());
  }

  @Test
  void whatIsExcludedIsNotRunAndKeepsItsReason() {
    Options options = Options.all().only(DENORMALS).excluding(DENORMALS, "flushed by design");
    Report report = flushing().with(options).run();
    assertTrue(report.passed());
    for (CheckResult result : report.results()) {
      assertEquals(new Verdict.Excluded("flushed by design"), result.verdict());
    }
    assertTrue(report.text().contains("excluded: numerics: flushed by design"), report.text());
  }

  @Test
  void whatADeviceSaysItCannotDoIsExcluded() {
    Limitations limitations = Limitations.none().and(DENORMALS, "flushed by design");
    Report report =
        Conformance.of("limited:0", () -> limited(limitations))
            .with(Options.all().only(DENORMALS))
            .run();
    assertTrue(report.passed());
    assertTrue(report.text().contains("excluded: numerics: flushed by design"), report.text());
    Limitations misspelt = Limitations.none().and("numerics/denormal", "flushed by design");
    DeviceException e =
        assertThrows(
            DeviceException.class,
            () -> Conformance.of("limited:0", () -> limited(misspelt)).run());
    assertEquals(
        "limited:0: has limitations called [numerics/denormal], which no check is"
            + "\n  try: names from the report",
        e.getMessage());
  }

  private static Device limited(Limitations limitations) {
    return new BrokenPrograms.FlushesDenormals(SimulatedDevice.of("limited:0", 1 << 20)) {
      @Override
      public <T> Optional<T> extension(Class<T> kind) {
        return kind.isInstance(limitations)
            ? Optional.of(kind.cast(limitations))
            : Optional.empty();
      }
    };
  }

  /// What a device refuses, a simulated one beside it does; what it takes is looked at as ever.
  @Test
  void trainingStepsRunOnADeviceThatRefusesSomeOperations() {
    for (String suite : List.of("gradients/", "metering/")) {
      Report report =
          Conformance.of("partial:0", ConformanceTest::partial)
              .with(Options.all().only(suite))
              .run();
      assertTrue(report.passed(), report::text);
      assertTrue(report.counts().passed() > 0, report::text);
    }
    Report wrong =
        Conformance.of("partial:0", () -> new BrokenPrograms.SwapsTwoArguments(partial()))
            .with(Options.all().only("gradients/"))
            .run();
    assertFalse(wrong.passed(), wrong::text);
  }

  private static SimulatedDevice partial() {
    return SimulatedDevice.of("partial:0", 1 << 24)
        .refusing((op, operands) ->
            op instanceof Op.Binary || op instanceof Op.Unary
                ? Optional.empty()
                : Optional.of("arithmetic only"));
  }

  @Test
  void whatIsExpectedToFailMayFail() {
    String path = DENORMALS + "/mul/f32";
    Report report = flushing().with(Options.all().only(path).expecting(path, "known defect")).run();
    assertTrue(report.passed(), report::text);
    Verdict.FailedAsExpected seen =
        assertInstanceOf(Verdict.FailedAsExpected.class, report.results().getFirst().verdict());
    assertEquals("known defect", seen.reason());
    assertTrue(seen.problem().contains("element"), seen.problem());
  }

  @Test
  void whatIsExpectedToFailMustNotPass() {
    String path = "copies/copy-65-bytes";
    Report report = flushing().with(Options.all().only(path).expecting(path, "known defect")).run();
    Verdict.Failed stale =
        assertInstanceOf(Verdict.Failed.class, report.results().getFirst().verdict());
    assertTrue(stale.problem().startsWith("stale: passes"), stale.problem());
  }

  @Test
  void whatNamesNothingIsAMistake() {
    Conformance kit = flushing();
    var unknown =
        assertThrows(
            IllegalArgumentException.class,
            () -> kit.with(Options.quick().excluding("numerics/denormal", "typo")).run());
    assertTrue(unknown.getMessage().startsWith("conformance: no check is called"));
    var none =
        assertThrows(
            IllegalArgumentException.class, () -> kit.with(Options.all().only("xyz")).run());
    assertTrue(none.getMessage().contains("  try: a suite: discovery, buffers"));
    assertThrows(IllegalArgumentException.class, () -> Options.all().excluding("copies", " "));
  }

  @Test
  void tagsLeaveChecksOut() {
    int all = count(Options.all().only("concurrency"));
    int some = count(Options.all().only("concurrency").without(Tag.SLOW));
    assertEquals(5, all);
    assertEquals(4, some);
  }

  private static int count(Options options) {
    return Simulated.broken(device -> device).with(options).run().results().size();
  }

  /// A device that keeps a right count of its own passes what others skip.
  @Test
  void ownCountsMayBeRight() {
    List<CheckResult> heard = new ArrayList<>();
    Report report =
        Simulated.broken(device -> new BrokenMemory.CountsBytesTwice(device, 1))
            .with(Options.all().only("metering/own-count"))
            .listening(heard::add)
            .run();
    assertEquals(new Report.Counts(2, 0, 0), report.counts());
    assertEquals(report.results(), heard);
  }

  @Test
  void aDeviceAloneSkipsWhatNeedsItsDriver() {
    Report report =
        Conformance.of("simulated:0", () -> (Device) SimulatedDevice.of("simulated:0", 1 << 20))
            .with(Options.all().only("discovery"))
            .run();
    assertEquals(new Report.Counts(5, 0, 5), report.counts());
    assertTrue(
        report.text().contains("the device was given without its driver (5 checks)"),
        report.text());
  }

  @Test
  void aDriverThatThrowsIsFoundByDiscovery() {
    var driver = new BrokenMemory.UnsteadyDriver(SimulatedDevice.of("odd:0", 1).info());
    Report report = Conformance.of(driver).with(Options.all().only("discovery/probe")).run();
    assertEquals(2, report.counts().failed(), report::text);
  }

  @Test
  void thereAreManyMistakes() {
    assertTrue(BrokenDevices.all().size() >= 12);
  }
}

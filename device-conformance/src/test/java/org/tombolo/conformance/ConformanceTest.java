package org.tombolo.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tombolo.conformance.broken.BrokenDevices;
import org.tombolo.conformance.broken.BrokenMemory;
import org.tombolo.conformance.broken.BrokenPrograms;
import org.tombolo.conformance.broken.Simulated;
import org.tombolo.device.Device;
import org.tombolo.device.simulated.SimulatedDevice;

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

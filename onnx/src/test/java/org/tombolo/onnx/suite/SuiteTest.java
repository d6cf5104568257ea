package org.tombolo.onnx.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;
import org.tombolo.onnx.suite.TestResult.Outcome;
import org.tombolo.scheduler.Engine;

/// ONNX's own tests: all of the core tier on the processor, all but whole networks on the
/// reference, a few of each kind of work on OpenCL, where each kernel is compiled.
class SuiteTest {
  /// Random numbers of another generator than ours.
  private static final Set<String> KNOWN =
      Set.of("node/test_training_dropout", "node/test_training_dropout_default");

  private static List<TestResult> run(
      @Nullable Supplier<Engine> engines, String tier, String only) {
    return new Suite(VisibleTests.main(), VisibleTests.index(), engines)
        .limit(Duration.ofMinutes(2))
        .run(tier, only, _ -> {});
  }

  private static void assertOnlyKnownFailures(List<TestResult> results) {
    List<String> reasons =
        results.stream()
            .filter(result -> result.outcome() == Outcome.FAILED)
            .filter(result -> !KNOWN.contains(result.test().folder()))
            .map(result -> result.test().folder() + ": " + result.reason())
            .toList();
    assertEquals(List.of(), reasons);
    assertTrue(results.stream().anyMatch(result -> result.outcome() == Outcome.PASSED));
  }

  @Test
  void coreTierOnTheProcessor() {
    assertOnlyKnownFailures(run(() -> Engine.open("cpu"), "core", ""));
  }

  @Test
  void coreTierOnTheReference() {
    for (String kind : List.of("node/", "simple/", "pytorch-converted/", "pytorch-operator/")) {
      assertOnlyKnownFailures(run(null, "core", kind));
    }
  }

  @Test
  void aSampleOnOpenCl() {
    boolean there =
        Devices.probe().stream()
            .anyMatch(
                probe -> probe instanceof Probe.Found(var info) && info.driver().equals("opencl"));
    boolean required = System.getProperty("tombolo.opencl", "").equals("required");
    assumeTrue(there || required, "no OpenCL device here");
    for (String only :
        List.of(
            "test_conv_with",
            "test_gru",
            "test_matmul_",
            "test_mod_",
            "test_nonmaxsuppression",
            "test_reduce_log_sum_exp",
            "test_scan",
            "test_scatter",
            "test_top_k",
            "test_unique")) {
      List<TestResult> results = run(() -> Engine.open("opencl"), "", "node/" + only);
      List<TestResult> failed =
          results.stream().filter(result -> result.outcome() == Outcome.FAILED).toList();
      assertEquals(List.of(), failed);
      assertTrue(results.stream().anyMatch(result -> result.outcome() == Outcome.PASSED), only);
    }
  }

  /// The rounding errors of another transform are missing from ours.
  @Test
  void extendedTierOnTheProcessor() {
    List<TestResult> results = run(() -> Engine.open("cpu"), "extended", "");
    assertEquals(Set.of("test_dft_inverse"), named(results, Outcome.FAILED));
  }

  /// Which types of eight bits or less are known, [docs/onnx.md] says.
  @Test
  void narrowTypesOnTheProcessor() {
    List<TestResult> results = run(() -> Engine.open("cpu"), "lowprec", "");
    assertEquals(38, named(results, Outcome.PASSED).size());
  }

  private static Set<String> named(List<TestResult> results, Outcome outcome) {
    return names(results.stream().filter(result -> result.outcome() == outcome).toList());
  }

  /// Whatever the special tests hold, each ends, and with a reason where it fails.
  @Test
  void specialTestsEnd() {
    List<TestResult> results =
        new Suite(VisibleTests.special(), null, () -> Engine.open("cpu"))
            .limit(Duration.ofMinutes(1))
            .run("", "", _ -> {});
    for (TestResult result : results) {
      assertTrue(
          result.outcome() == Outcome.PASSED || result.reason().contains("\n  try: "),
          () -> result.test().folder() + ": " + result.reason());
    }
    assertEquals(43, named(results, Outcome.PASSED).size());
  }

  @Test
  void aZipMayHoldAnything(@TempDir Path folder) throws IOException {
    Path zip = folder.resolve("odd.zip");
    try (OutputStream file = Files.newOutputStream(zip);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (String name :
          List.of(
              "node/broken/model.onnx",
              "node/broken/test_data_set_0/input_0.pb",
              "node/empty/model.onnx",
              "../outside/model.onnx",
              "notes.txt")) {
        out.putNextEntry(new ZipEntry(name));
        out.write(name.contains("broken") ? new byte[] {1, 2, 3} : new byte[0]);
        out.closeEntry();
      }
    }
    List<String> seen = new ArrayList<>();
    List<TestResult> results = new Suite(zip, null, null).run("", "", r -> seen.add(r.reason()));
    assertEquals(Set.of("broken", "empty", "outside"), names(results));
    assertTrue(results.stream().allMatch(result -> result.outcome() == Outcome.FAILED));
    assertTrue(seen.stream().allMatch(reason -> reason.contains("model.onnx")), seen::toString);
    String xml = JUnitReport.xml("odd", results);
    assertTrue(xml.contains("tests=\"3\" failures=\"3\""), xml);
  }

  private static Set<String> names(List<TestResult> results) {
    Set<String> names = new TreeSet<>();
    results.forEach(result -> names.add(result.test().name()));
    return names;
  }
}

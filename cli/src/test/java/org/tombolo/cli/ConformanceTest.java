package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;

/// The kit from the command line.
class ConformanceTest {
  @TempDir private Path folder;

  @Test
  void theProcessorConforms() {
    Cli.run("conformance", "--device", "cpu", "--quick")
        .ok()
        .prints("checking cpu:0, seed 42 \\.\\.\\.")
        .prints("numerics +\\d+ +0 .*")
        .prints("CONFORMS: \\d+ passed, 0 failed, .* seed 42");
  }

  @Test
  void openClConforms() {
    Cli.needsOpenCl();
    Cli.run("conformance", "--driver", "opencl", "--quick", "--only", "copies/")
        .ok()
        .prints("copies +\\d+ +0 .*");
  }

  @Test
  void aDeviceThatIsWrongFailsAndSaysHowToSeeItAgain() {
    Cli run = Drivers.with(Drivers.Wrong.class, () -> Cli.run("conformance", "--only", "copies/"));
    assertEquals(1, run.status(), run::toString);
    run.prints("FAILED copies/upload-63-bytes")
        .prints(
            "  repeat: tombolo conformance --device wrong:0 --only \"copies/upload-63-bytes\""
                + " --seed 42")
        .prints("DOES NOT CONFORM: .*");
  }

  @Test
  void theReportIsOneFileThatNeedsNothingElse() throws Exception {
    Path file = folder.resolve("report.html");
    Cli.run("conformance", "--device", "cpu", "--only", "dot/", "--report", file.toString()).ok();
    String html = Files.readString(file);
    assertTrue(html.startsWith("<!DOCTYPE html>"), html);
    assertTrue(html.contains("<td>dot</td>"), html);
    assertTrue(html.contains("Conforms"), html);
    assertFalse(Pattern.compile("<script|<link|src=|url\\(|http").matcher(html).find(), html);
    for (String tag : List.of("table", "tr", "td", "th", "p", "pre", "h2", "h3", "ul", "li")) {
      assertEquals(
          count(html, "<" + tag + "[ >]"),
          count(html, "</" + tag + ">"),
          () -> tag + " in " + html);
    }
  }

  private static long count(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text).results().count();
  }

  @Test
  void failuresStandInTheReport() throws Exception {
    Path file = folder.resolve("report.html");
    Drivers.with(
        Drivers.Wrong.class,
        () ->
            Cli.run(
                "conformance", "--only", "copies/upload-63-bytes", "--report", file.toString()));
    String html = Files.readString(file);
    assertTrue(html.contains("Does not conform"), html);
    assertTrue(html.contains("--only &quot;copies/upload-63-bytes&quot; --seed 42"), html);
  }

  @Test
  void theAccuracyTableNamesTheCommandThatMakesIt() throws Exception {
    Path file = folder.resolve("accuracy.md");
    Cli.run(
            "conformance",
            "--device",
            "cpu",
            "--only",
            "unary/sqrt",
            "--seed",
            "7",
            "--accuracy",
            file.toString())
        .ok();
    List<String> lines = Files.readAllLines(file);
    assertTrue(
        lines.contains(
            ("Made by `./tombolo conformance --device cpu --only \"unary/sqrt\" --seed 7"
                    + " --accuracy %s`. Do not edit: run it again.")
                .formatted(file)),
        lines::toString);
    assertTrue(lines.contains("| operation | type | cpu:0 |"), lines::toString);
    assertTrue(
        lines.stream().anyMatch(line -> line.matches("\\| sqrt \\| f32 \\| \\d(\\.\\d+)? \\|")),
        lines::toString);
  }

  /// The page in the documentation was made by the command that it names.
  @Test
  void thePageOfAccuracyIsInPlace() throws Exception {
    String page = Files.readString(Path.of("../docs/accuracy.md"));
    assertTrue(page.contains("--accuracy docs/accuracy.md`"), page);
    assertTrue(page.contains("| operation | type | cpu:0 | opencl:0 |"), page);
    assertFalse(page.contains("FAILS"), page);
  }

  @Test
  void mistakesAreNamed() {
    Cli.run("conformance", "--device", "abacus")
        .isMistake(
            "--device abacus: no such device; there are %s\n  try: one of those names"
                .formatted(there()));
    Cli.run("conformance", "--driver", "abacus")
        .isMistake(
            "--driver abacus: finds no device; there are %s\n  try: tombolo devices, which says what is missing"
                .formatted(there()));
    Cli.run("conformance", "--driver", "cpu", "--device", "cpu")
        .isMistake("--driver and --device are given; need one of them\n  try: --device");
    Cli unknown = Cli.run("conformance", "--device", "cpu", "--only", "xyz");
    assertEquals(2, unknown.status());
    assertTrue(unknown.err().startsWith("--only xyz: names no check\n  try: a suite"));
  }

  private static String there() {
    return Devices.probe().stream()
        .filter(Probe.Found.class::isInstance)
        .map(probe -> ((Probe.Found) probe).info().id())
        .collect(Collectors.joining(", "));
  }
}

package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxTestsTest {
  @TempDir private Path folder;

  @Test
  void aFailureIsToldWithItsReason() throws IOException {
    Path zip = folder.resolve("tests.zip");
    try (OutputStream file = Files.newOutputStream(zip);
        ZipOutputStream out = new ZipOutputStream(file)) {
      out.putNextEntry(new ZipEntry("node/broken/model.onnx"));
      out.write(new byte[] {8, 1, 58, 100});
      out.closeEntry();
    }
    Path reasons = folder.resolve("reasons.txt");
    Path junit = folder.resolve("junit.xml");
    Cli run =
        Cli.run(
            "onnx-tests", zip.toString(),
            "--device", "reference",
            "--failures", reasons.toString(),
            "--junit", junit.toString());
    String reason =
        "node/broken: node/broken/model.onnx, byte 2: field 7 claims 100 bytes, 0 are left; need no more than those";
    assertEquals(1, run.status());
    assertEquals(
        "failed: %s%nreasons are in %s%n0 passed, 1 failed, 0 skipped%n".formatted(reason, reasons),
        run.out());
    assertTrue(Files.readString(reasons).startsWith(reason));
    assertTrue(
        Files.readString(junit).contains("<testsuite name=\"onnx on reference\" tests=\"1\""));
  }

  @Test
  void aTestThatPassesIsCounted() {
    Path tests = Path.of(System.getProperty("tombolo.onnx.tests", "../../shared/onnx-node-tests"));
    Path zip = tests.resolve("onnx-tests-main-visible.zip");
    assumeTrue(Files.exists(zip), () -> "no conformance tests of ONNX in " + tests);
    Cli run =
        Cli.run(
            "onnx-tests", zip.toString(),
            "--index", tests.resolve("index-main.tsv").toString(),
            "--tier", "core",
            "--only", "node/test_add",
            "--failures", folder.resolve("none.txt").toString());
    assertEquals(0, run.status(), run::toString);
    run.prints("[1-9]\\d* passed, 0 failed, \\d+ skipped");
  }

  @Test
  void mistakesAreToldWithARemedy() {
    Cli.run("onnx-tests", "absent.zip")
        .isMistake(
            """
            absent.zip: there is no such file; need a zip of tests
              try: the path of the zip, relative to %s\
            """
                .formatted(Path.of("").toAbsolutePath()));
    Cli.run("onnx-tests", "pom.xml", "--tier", "core")
        .isMistake(
            """
            --tier core: only an index says what tier a test is of
              try: --index FILE.tsv\
            """);
    Cli notZip = Cli.run("onnx-tests", "pom.xml");
    assertEquals(2, notZip.status());
    assertTrue(notZip.err().startsWith("pom.xml: cannot be read"), notZip.err());
  }
}

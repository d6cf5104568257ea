package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.nn.zoo.Architecture;

/// `tombolo explain`, and traces.
class ExplainTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void everyNetworkIsExplained(Architecture architecture) {
    Cli.run("explain", architecture.toString(), "--small", "--device", "cpu")
        .ok()
        .prints("plan of .*/training: .* operations in .* launches, predicted .* ms")
        .prints("  up: [0-9,]+ bytes; .*")
        .prints("  cpu:0: [0-9,]+ bytes of variables, .*");
  }

  @Test
  void theForwardPassHasAPlanToo() {
    Cli.run("explain", "mlp", "--small", "--forward", "--devices", "cpu")
        .ok()
        .prints("plan of .*/forward: .*");
  }

  @Test
  void severalDevicesGetReasons() {
    Cli.needsOpenCl();
    Cli.run("explain", "mlp", "--small", "--devices", "cpu,opencl")
        .ok()
        .prints("placement: least estimated cost of all placements on cpu:0, opencl:0; .*")
        .prints(" +\\d+  .*dot: f32\\[.*\\] on (cpu|opencl):0: cheapest; on (cpu|opencl):0 .*");
  }

  @Test
  void programsGetJson() {
    Cli run = Cli.run("explain", "digits", "--device", "cpu", "--json").ok();
    assertTrue(run.out().startsWith("{\n  \"graph\": \"digits/training\",\n"), run.out());
    run.prints(" +\"reason\": \"only_device\",").prints(" +\"kind\": \"upload\",");
    assertFalse(run.out().contains("\"measured\": {"), "nothing was measured");
  }

  @Test
  void thePageIsWritten() throws Exception {
    Path page = dir.resolve("plan.html");
    Cli.run("explain", "digits", "--device", "cpu", "--html", page.toString())
        .ok()
        .prints("the rest is in .*plan.html");
    assertTrue(Files.readString(page).contains("<script id=\"plan\""), "the page");
  }

  @Test
  void runsAreMeasuredAndTraced() throws Exception {
    Path trace = dir.resolve("trace.json");
    Cli.run("explain", "mlp", "--small", "-d", "cpu", "--measure", "5", "--trace", trace.toString())
        .ok()
        .prints("measured: .* ms, the median of 5 runs; the fastest took .* ms");
    String text = Files.readString(trace);
    assertTrue(
        text.startsWith("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"clock\":\"host; "), text);
    assertTrue(text.contains("\"name\":\"run 6 of "), "one run to warm up and five more");
  }

  @Test
  void trainingIsTraced() throws Exception {
    Path trace = dir.resolve("trace.json");
    Cli.run("train", "digits", "-d", "cpu", "--epochs", "1", "--trace", trace.toString()).ok();
    String text = Files.readString(trace);
    assertTrue(text.contains("\"name\":\"run 44 of digits/training\""), "the last step");
    assertTrue(text.contains("\"ph\":\"s\""), "arrows");
  }

  @Test
  void limitsOfMemoryAreRead() {
    MemoryLimits.FromText reader = new MemoryLimits.FromText();
    assertEquals(
        new MemoryLimits(Optional.of(1536L << 20), Map.of("opencl:0", 2_000_000L)),
        reader.convert("1.5G,opencl:0=2MB"));
    assertEquals(
        Map.of("a", 5L, "b", 1536L),
        reader.convert("1536,a=5").options(List.of("a", "b")).memoryLimits());
    assertEquals(Optional.of(4096L), ByteSize.read("4kib"));
    assertEquals(Optional.of(1L << 40), ByteSize.read("1T"));
    assertEquals(Optional.of(12L), ByteSize.read("12B"));
    assertEquals(Optional.empty(), ByteSize.read("-1"));
    assertEquals(Optional.empty(), ByteSize.read("99999999999T"));
  }

  @Test
  void limitsOfMemoryAreKept() {
    Cli.run("explain", "digits", "--device", "cpu", "--memory-limit", "1G", "--json")
        .ok()
        .prints(" +\"limitBytes\": 1073741824,");
    Cli small = Cli.run("explain", "digits", "--device", "cpu", "--memory-limit", "cpu:0=10K");
    assertEquals(ExitStatus.FAILED, small.status(), small::toString);
    assertTrue(small.err().contains("10,240 bytes"), small.err());
    assertTrue(small.err().contains("\n  try: "), small.err());
  }

  @ParameterizedTest
  @CsvSource({"much", "''", "1Q", "-5", "cpu:0=", "1G;2G"})
  void sizesThatAreNoneAreMistakes(String size) {
    Cli.run("explain", "digits", "--memory-limit", size)
        .isMistake(
            "Invalid value for option '--memory-limit': '%s'; need bytes, such as 4096, 512K, 1.5G or opencl:0=2GiB\n  try: tombolo explain --help"
                .formatted(size));
  }

  @Test
  void whatDoesNotGoTogetherIsNamed() {
    Cli.run("explain", "digits", "--device", "cpu", "--memory-limit", "gpu:7=1G")
        .isMistake(
            "--memory-limit: \"gpu:7\" is not among the devices [cpu:0]; need one of them\n"
                + "  try: one size for all of them, such as --memory-limit 512M");
    Cli.run("explain", "digits", "--trace", "trace.json")
        .isMistake(
            "--trace trace.json: nothing runs that could be traced; need --measure N\n"
                + "  try: --measure 10 with it");
    Cli.run("explain", "mlp", "--batch", "3")
        .isMistake(
            "--batch 3: the networks have their own; digits and clothing take one\n"
                + "  try: the command without it");
    Cli.run("explain", "clothing", "--small")
        .isMistake(
            "--small: is of networks such as mlp; digits and clothing have one size and a training"
                + " step\n  try: the command without it");
    Path file = dir.resolve("none/plan.html");
    Cli.run("explain", "digits", "--html", file.toString())
        .isMistake(
            "--html %s: cannot be written; need a file in a folder that is there\n  try: another name"
                .formatted(file));
  }
}

package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// `tombolo devices` and `tombolo explain`.
class DevicesTest {
  @Test
  void theProcessorIsAlwaysThere() {
    Cli.run("devices")
        .ok()
        .prints("cpu:0: .+")
        .prints("  vendor   .+")
        .prints("  version  .+")
        .prints("  kind     processor, \\d+ units")
        .prints("  memory   .+, shared with the host")
        .prints("  speed    about .+flop/s, .+B/s, .+ us to start a region");
  }

  @Test
  void programsGetJson() {
    Cli run = Cli.run("devices", "--json").ok();
    run.prints("  \"devices\": \\[")
        .prints("  \"missing\": \\[(\\])?")
        .prints("      \"id\": \"cpu:0\",")
        .prints("      \"kind\": \"cpu\",")
        .prints("      \"units\": \\d+,")
        .prints("      \"memoryBytes\": \\d+,")
        .prints("      \"flopsPerSecond\": [0-9.E]+,");
    assertTrue(run.out().startsWith("{\n") && run.out().endsWith("}\n"), run.out());
  }

  @Test
  void openClIsListedWhereItIsThere() {
    Cli.needsOpenCl();
    Cli.run("devices").ok().prints("opencl:0: .+");
  }

  @Test
  void whatIsMissingHasAReasonAndARemedy() {
    Cli run = Drivers.with(Drivers.Lacking.class, () -> Cli.run("devices")).ok();
    assertEquals("abacus: not here: no beads\n  try: a carpenter\n", run.out());
    Drivers.with(Drivers.Lacking.class, () -> Cli.run("devices", "--json"))
        .ok()
        .prints("      \"driver\": \"abacus\",")
        .prints("      \"reason\": \"no beads\",")
        .prints("      \"remedy\": \"a carpenter\"");
  }

  @Test
  void aPlanIsExplainedWithoutData() {
    Cli.run("explain", "clothing", "--device", "cpu", "--batch", "3")
        .ok()
        .prints("conv1 .* \\[28,28,16\\] .*")
        .prints("plan of clothing/training: .*")
        .prints("  host -> cpu:0, input: 2,355 bytes") // 3 * (28 * 28 + 1)
        .prints("  cpu:0 -> host, fetch: 4 bytes");
  }
}

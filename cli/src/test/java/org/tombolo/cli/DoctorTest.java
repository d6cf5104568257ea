package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// `tombolo doctor`.
class DoctorTest {
  @Test
  void theProcessorWorks() {
    Cli.run("doctor")
        .ok()
        .prints("version +tombolo .*")
        .prints("vector unit +jdk.incubator.vector is there")
        .prints("memory +.* GiB, of which .* are free; Java's heap may take .*")
        .prints("digits +1,438 images to learn from, 359 to be tested on")
        .prints("cpu:0 +.*: self-test ok, .* s")
        .prints("(One device works|\\d+ devices work)\\.");
  }

  @Test
  void openClWorksWhereItIsThere() {
    Cli.needsOpenCl();
    Cli.run("doctor").ok().prints("opencl:0 +.*: self-test ok, .* s");
  }

  @Test
  void nothingThatWorksIsAFailure() {
    Cli run = Drivers.with(Drivers.Lacking.class, () -> Cli.run("doctor"));
    run.prints("abacus +not here: no beads")
        .prints("  abacus: a carpenter")
        .prints("No device works: nothing can be trained here\\.");
    assertEquals(1, run.status());
  }

  @Test
  void aDeviceThatCannotBeOpenedIsNotUsable() {
    Cli run = Drivers.with(Drivers.Broken.class, () -> Cli.run("doctor"));
    run.prints("broken:0 +NOT USABLE: .*: self-test failed: broken:0: smells of smoke")
        .prints("  broken:0: another one");
    assertEquals(1, run.status());
  }

  @Test
  void aDeviceThatComputesNonsenseIsFoundOut() {
    Cli run = Drivers.with(Drivers.Wrong.class, () -> Cli.run("doctor"));
    run.prints("wrong:0 +.*: self-test WRONG: step 1, .* is .*, the reference says .*");
    assertEquals(1, run.status());
  }
}

package org.tombolo.cli.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Device;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Op;
import org.tombolo.graph.Rewrite;
import org.tombolo.graph.Rewrites;
import org.tombolo.graph.Verifier;
import org.tombolo.scheduler.Engine;

/// Random programs on every device, fused and one operation at a time, and after each rewrite,
/// against the reference with bounds on the error. What fails is made smaller and printed.
///
/// `-Dtombolo.fuzz=20000` runs as many programs on the processor, `-Dtombolo.fuzz.opencl=1000` as
/// many in each dialect of OpenCL, and `-Dtest.seed=N` begins at another seed; with a count of 1
/// that repeats one program.
class FuzzTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int MOST_FAILURES = 10;

  @Test
  void theProcessor() {
    fuzz("cpu", Integer.getInteger("tombolo.fuzz", 300), 1);
  }

  /// Few, since a compiler for OpenCL takes a tenth of a second for each kernel and a program has
  /// some 30; one operation at a time for every tenth.
  @ParameterizedTest
  @ValueSource(strings = {"simd", "simt"})
  void openCl(String dialect) {
    String key = "tombolo.opencl.dialect";
    String before = System.getProperty(key);
    System.setProperty(key, dialect);
    try {
      fuzz("opencl", Integer.getInteger("tombolo.fuzz.opencl", 3), 10);
    } finally {
      if (before == null) {
        System.clearProperty(key);
      } else {
        System.setProperty(key, before);
      }
    }
  }

  /// @param stepwise out of how many programs one runs one operation at a time
  private static void fuzz(String name, int count, int stepwise) {
    requireDevice(name);
    List<String> failures = new ArrayList<>();
    Set<Class<?>> met = new HashSet<>();
    List<Device> devices = Devices.open(name);
    try (Engine engine = Engine.of(devices)) {
      Way planned = new Way.Planned(name + " planned", engine);
      Way steps = new Way.Stepwise(name + " stepwise", devices.get(0));
      for (long seed = SEED; seed < SEED + count && failures.size() < MOST_FAILURES; seed++) {
        Program program = RandomPrograms.of(seed);
        program.graph().nodes().forEach(node -> met.add(node.op().getClass()));
        boolean stepped = seed % stepwise == 0;
        int pass = (int) (seed / stepwise % (Rewrites.passes().size() + 1));
        List<Check> checks = new ArrayList<>();
        checks.add(each -> each.problem(planned));
        checks.add(FuzzTest::rewriteProblem);
        if (stepped) {
          checks.add(each -> each.problem(steps, rewritten(each.graph(), pass)));
        }
        for (Check check : checks) {
          if (check.of(program).isPresent()) {
            failures.add(report(program, check, seed));
            break;
          }
        }
      }
    }
    if (!failures.isEmpty()) {
      fail(String.join("\n", failures));
    }
    if (count >= 300) {
      // All but functions from outside, which are no part of random programs.
      assertTrue(
          met.size() == Op.class.getPermittedSubclasses().length - 1, () -> "met only " + met);
    }
  }

  private interface Check {
    Optional<String> of(Program program);
  }

  private static String report(Program program, Check check, long seed) {
    Program small = Shrinker.shrink(program, each -> check.of(each).isPresent());
    return "seed %d: %s\n%s".formatted(seed, check.of(small).orElse("not each time"), small);
  }

  private static Graph rewritten(Graph graph, int pass) {
    return pass == 0 ? graph : Rewrites.passes().get(pass - 1).apply(graph);
  }

  /// What a rewrite gets wrong by itself, or all of them together.
  private static Optional<String> rewriteProblem(Program program) {
    List<Rewrite> rewrites = new ArrayList<>(Rewrites.passes());
    rewrites.add(Rewrites::simplify);
    for (Rewrite rewrite : rewrites) {
      String name = rewrite.getClass().getSimpleName();
      try {
        Graph graph = Verifier.verify(rewrite.apply(program.graph()));
        Optional<String> problem = program.problem(new Way.InTheory(), graph);
        if (problem.isPresent()) {
          return Optional.of("after %s: %s\n%s".formatted(name, problem.get(), graph));
        }
      } catch (RuntimeException e) {
        return Optional.of("%s: %s".formatted(name, e));
      }
    }
    return Optional.empty();
  }

  private static void requireDevice(String driver) {
    List<String> missing = new ArrayList<>();
    boolean found = false;
    for (Probe probe : Devices.probe()) {
      switch (probe) {
        case Probe.Found(var info) -> found |= info.driver().equals(driver);
        case Probe.Missing lack -> missing.add(lack.toString());
      }
    }
    if (!found && "required".equals(System.getProperty("tombolo.opencl"))) {
      fail("OpenCL is required here; " + missing);
    }
    Assumptions.assumeTrue(found, "no device of " + driver + ": " + missing);
  }
}

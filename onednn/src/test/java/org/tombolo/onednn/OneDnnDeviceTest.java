package org.tombolo.onednn;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.tombolo.conformance.Conformance;
import org.tombolo.conformance.DriverCheck;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.conformance.Options;
import org.tombolo.conformance.Outcome;
import org.tombolo.conformance.Report;
import org.tombolo.cpu.CpuDriver;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.cpu.kernel.KernelCompiler;
import org.tombolo.cpu.math.VectorMaths;
import org.tombolo.cpu.provider.KernelChoice;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.Device;
import org.tombolo.device.Kernel;
import org.tombolo.device.Probe;
import org.tombolo.device.Region;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// The CPU device with the library's kernels in it.
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class OneDnnDeviceTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final Op.Dot PRODUCT = new Op.Dot(List.of(), List.of(), List.of(1), List.of(0));

  @AfterEach
  void asItWas() {
    System.clearProperty(KernelChoice.PROPERTY);
  }

  /// Everything that any driver is held to, with the library's kernel wherever it has one.
  @Test
  void keepsToTheContract() {
    System.setProperty(KernelChoice.PROPERTY, "always");
    List<Executable> problems = new ArrayList<>();
    try (Device device = open()) {
      DriverCheck check = new DriverCheck(device);
      for (OpCase each : OpCases.all(SEED)) {
        if (check.run(each) instanceof Outcome.Differs(String problem)) {
          problems.add(() -> fail(problem + ", seed " + SEED));
        }
      }
    }
    assertAll(problems.stream());
    Options options = Options.quick().seed(SEED).excluding("numerics", "compared case by case");
    Report report = Conformance.of(new CpuDriver()).with(options).run();
    assertTrue(report.passed(), report::text);
  }

  /// Padding counts for nothing, even under an infinity of the kernel.
  @Test
  void paddingStaysOutside() {
    System.setProperty(KernelChoice.PROPERTY, "always");
    WindowDim slide = WindowDim.of(3, 1, 1, 1);
    Op.Conv op = new Op.Conv(List.of(slide, slide), false, ConvDims.channelsLast(2));
    Tensor x = Memory.random(TensorType.f32(2, 5, 7, 16), new Random(SEED));
    Tensor finite = Memory.random(TensorType.f32(3, 3, 16, 16), new Random(SEED));
    Tensor w = Tensor.filled(finite.type(), i -> i == 7 ? Double.POSITIVE_INFINITY : finite.at(i));
    Tensor wanted = Reference.evaluate(op, List.of(x, w));
    float[] seen = run(op, x, w);
    int infinite = 0;
    for (int i = 0; i < seen.length; i++) {
      assertEquals(wanted.at(i), seen[i], 1e-4, "element " + i);
      infinite += Float.isInfinite(seen[i]) ? 1 : 0;
    }
    assertTrue(infinite > 0 && infinite < seen.length, infinite + " infinities");
  }

  /// What results go through in the same region, they go through after the library's kernel, too.
  @Test
  void resultsGoThroughTheRestOfTheirRegion() {
    System.setProperty(KernelChoice.PROPERTY, "always");
    WindowDim slide = WindowDim.of(3, 1, 1, 1);
    Op.Conv conv = new Op.Conv(List.of(slide, slide), false, ConvDims.channelsLast(2));
    afterwards(PRODUCT, TensorType.f32(1, 7), TensorType.f32(7, 13));
    afterwards(PRODUCT, TensorType.f32(65, 127), TensorType.f32(127, 33));
    afterwards(conv, TensorType.f32(2, 5, 7, 16), TensorType.f32(3, 3, 16, 19));
  }

  private static void afterwards(Op op, TensorType a, TensorType b) {
    TensorType out = op.infer(List.of(a, b));
    GraphBuilder g = new GraphBuilder("afterwards");
    Node made = g.add(op, List.of(g.input("a", a), g.input("b", b)));
    Node bias = g.input("bias", TensorType.f32(out.dim(out.rank() - 1)));
    g.output("y", made.add(bias.broadcastTo(made.shape())).max(0).mul(g.input("same", out)));
    Graph graph = g.build();
    Random random = new Random(SEED);
    Tensor[] inputs =
        graph.inputs().stream()
            .map(node -> Memory.random(node.type(), random))
            .toArray(Tensor[]::new);
    Tensor wanted = Reference.run(graph, List.of(inputs)).getFirst();
    Kernel kernel = Kernel.of(new Region(graph.name(), graph));
    assertInstanceOf(Kernel.Finished.class, kernel);
    try (WorkerTeam team = new WorkerTeam(2)) {
      float[] seen = Memory.run(choice(team).compile(kernel), out, inputs);
      for (int i = 0; i < seen.length; i++) {
        assertEquals(wanted.at(i), seen[i], 1e-4, "%s, element %d".formatted(op, i));
      }
    }
  }

  /// Nothing but the order of sums depends on who computes.
  @Test
  void everyWayToChooseGivesTheSameProduct() {
    Tensor a = Memory.random(TensorType.f32(65, 127), new Random(SEED));
    Tensor b = Memory.random(TensorType.f32(127, 33), new Random(SEED + 1));
    Tensor wanted = Reference.evaluate(PRODUCT, List.of(a, b));
    for (String mode : List.of("measure", "always", "off")) {
      System.setProperty(KernelChoice.PROPERTY, mode);
      float[] seen = run(PRODUCT, a, b);
      for (int i = 0; i < seen.length; i++) {
        assertEquals(wanted.at(i), seen[i], 1e-4, "%s, element %d".formatted(mode, i));
      }
      assertArrayEquals(seen, run(PRODUCT, a, b), mode);
    }
  }

  /// A region may use one input as both operands.
  @Test
  void oneInputMayBeBothOperands() {
    System.setProperty(KernelChoice.PROPERTY, "always");
    Tensor a = Memory.random(TensorType.f32(31, 31), new Random(SEED));
    Tensor wanted = Reference.evaluate(PRODUCT, List.of(a, a));
    try (WorkerTeam team = new WorkerTeam(2)) {
      HostKernel kernel =
          choice(team)
              .compile(new Kernel.Single(PRODUCT, List.of(a.type()), List.of(0, 0), a.type()));
      float[] seen = Memory.run(kernel, a.type(), a);
      for (int i = 0; i < seen.length; i++) {
        assertEquals(wanted.at(i), seen[i], 1e-4);
      }
    }
  }

  /// Small work stays with our kernels, whose results do not depend on a library.
  @Test
  void smallWorkIsNotHandedOver() {
    System.setProperty(KernelChoice.PROPERTY, "measure");
    try (WorkerTeam team = new WorkerTeam(2)) {
      KernelChoice choice = choice(team);
      assertNotSame(choice.compile(square(7)), choice.compile(square(7)), "made anew");
      assertSame(choice.compile(square(65)), choice.compile(square(65)), "chosen once");
    }
  }

  private static Kernel square(long extent) {
    TensorType type = TensorType.f32(extent, extent);
    return new Kernel.Single(PRODUCT, List.of(type, type), List.of(0, 1), type);
  }

  @Test
  void aPropertyThatMeansNothingIsRefused() {
    System.setProperty(KernelChoice.PROPERTY, "sometimes");
    Probe probe = new CpuDriver().probe().get(0);
    assertEquals(
        new Probe.Missing(
            "cpu",
            "-Dtombolo.cpu.providers=sometimes; need measure, always or off",
            "leaving it out"),
        probe);
  }

  @Test
  void theDeviceSaysWhoseKernelsItHas() {
    try (Device device = open()) {
      assertTrue(device.info().fingerprint().contains("onednn"), device.info().fingerprint());
    }
    System.setProperty(KernelChoice.PROPERTY, "off");
    try (Device device = open()) {
      assertFalse(device.info().fingerprint().contains("onednn"), device.info().fingerprint());
    }
  }

  private static float[] run(Op op, Tensor a, Tensor b) {
    TensorType out = op.infer(List.of(a.type(), b.type()));
    try (WorkerTeam team = new WorkerTeam(2)) {
      HostKernel kernel =
          choice(team)
              .compile(new Kernel.Single(op, List.of(a.type(), b.type()), List.of(0, 1), out));
      return Memory.run(kernel, out, a, b);
    }
  }

  private static KernelChoice choice(WorkerTeam team) {
    return KernelChoice.system(new KernelCompiler(team, VectorMaths.best()), team);
  }

  private static Device open() {
    CpuDriver driver = new CpuDriver();
    return driver.open((Probe.Found) driver.probe().get(0));
  }
}

package org.tombolo.opencl.codegen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tombolo.device.Kernel;
import org.tombolo.device.Region;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;
import org.tombolo.graph.WindowDim;
import org.tombolo.opencl.contraction.Blockings;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Pins generated text to files in `src/test/resources/kernels`. After a change that is meant, read
/// the difference that `-Dtest.golden=write` makes.
class KernelTextTest {
  private static final DeviceLimits LIMITS = new DeviceLimits(2, 4096, 1 << 16, 8, true);
  private static final Path FOLDER = Path.of("src/test/resources/kernels");

  private static Steps lower(Dialect dialect, DeviceLimits limits, Consumer<GraphBuilder> body) {
    GraphBuilder g = new GraphBuilder("test");
    body.accept(g);
    Kernel kernel = Kernel.of(new Region("test", g.build()));
    return new KernelLibrary(dialect, limits, Blockings.USUAL).lower("test", kernel);
  }

  private static Consumer<GraphBuilder> body(String name) {
    return switch (name) {
      case "bias-relu" ->
          g -> {
            Node x = g.input("x", TensorType.f32(33, 65));
            Node b = g.input("b", TensorType.f32(65));
            g.output("y", x.add(b.broadcastTo(x.shape())).relu());
          };
      case "halves" ->
          g -> {
            Node x = g.input("x", TensorType.of(DType.F16, 1000));
            g.output("y", x.mul(x));
            g.output("z", x.unary(UnaryFn.TANH).cast(DType.BF16));
          };
      case "random" ->
          g -> {
            Node key = g.input("key", TensorType.of(DType.I64, 2));
            g.output("y", g.randomUniform(key, Shape.of(77)));
          };
      case "row-max" ->
          g -> g.output("y", g.input("x", TensorType.f32(5, 300)).reduce(ReduceFn.MAX, 1));
      case "column-sum" ->
          g -> g.output("y", g.input("x", TensorType.f32(300, 70)).reduce(ReduceFn.SUM, 0));
      case "sum-of-all" ->
          g -> g.output("y", g.input("x", TensorType.f32(300_000)).reduce(ReduceFn.SUM, 0));
      case "max-pool" ->
          g ->
              g.output(
                  "y",
                  g.add(
                      new Op.ReduceWindow(
                          ReduceFn.MAX,
                          List.of(
                              WindowDim.each(),
                              WindowDim.of(2, 2, 0, 0),
                              WindowDim.of(3, 2, 1, 1),
                              WindowDim.each())),
                      List.of(g.input("x", TensorType.f32(2, 8, 9, 11)))));
      case "cross-entropy" ->
          g ->
              g.output(
                  "y",
                  g.call(
                      new Composite.SparseCrossEntropy(),
                      g.input("x", TensorType.f32(9, 100)),
                      g.input("labels", TensorType.of(DType.I32, 9))));
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "bias-relu",
    "halves",
    "random",
    "row-max",
    "column-sum",
    "sum-of-all",
    "max-pool",
    "cross-entropy"
  })
  void writesTheSameText(String name) throws IOException {
    for (Dialect dialect : Dialect.values()) {
      Path file =
          FOLDER.resolve("%s-%s.cl".formatted(name, dialect.name().toLowerCase(Locale.ROOT)));
      String got = print(lower(dialect, LIMITS, body(name)));
      if ("write".equals(System.getProperty("test.golden"))) {
        Files.createDirectories(FOLDER);
        Files.writeString(file, got);
      }
      assertEquals(Files.readString(file), got, file.toString());
    }
  }

  private static String print(Steps steps) {
    return steps.steps().stream()
        .map(step ->
            "/* %s %s, global %s, local %s */\n%s"
                .formatted(
                    step.kernel(), step.args(), step.global(), step.local(), step.source().text()))
        .collect(Collectors.joining("\n"));
  }

  /// Orders of summation must not depend on how large a device is.
  @Test
  void doesNotLookAtTheNumberOfUnits() {
    DeviceLimits large = new DeviceLimits(132, 4096, 1 << 16, 8, true);
    for (Dialect dialect : Dialect.values()) {
      for (String name : List.of("row-max", "column-sum", "sum-of-all", "cross-entropy")) {
        assertEquals(lower(dialect, LIMITS, body(name)), lower(dialect, large, body(name)), name);
      }
    }
  }

  @Test
  void oneProgramServesAllLengths() {
    for (Dialect dialect : Dialect.values()) {
      Step first = single(lower(dialect, LIMITS, g -> twice(g, 100)));
      Step second = single(lower(dialect, LIMITS, g -> twice(g, 12_345)));
      assertEquals(first.source(), second.source());
      assertNotEquals(first.args(), second.args());
    }
  }

  private static void twice(GraphBuilder g, long length) {
    g.output("y", g.input("x", TensorType.f32(length)).mul(2));
  }

  private static Step single(Steps steps) {
    assertEquals(1, steps.steps().size());
    return steps.steps().get(0);
  }

  @Test
  void countsInSixtyFourBitsWhereThirtyTwoMightNotDo() {
    for (Dialect dialect : Dialect.values()) {
      String small = single(lower(dialect, LIMITS, g -> twice(g, 1 << 20))).source().text();
      String large = single(lower(dialect, LIMITS, g -> twice(g, 3L << 30))).source().text();
      assertTrue(small.contains("const int item") && !small.contains("const long item"), small);
      assertTrue(large.contains("const long item") && !large.contains("const int item"), large);
    }
  }

  @Test
  void hasNoAtomicsAndNoGridStrides() {
    for (Dialect dialect : Dialect.values()) {
      for (String name : List.of("bias-relu", "row-max", "column-sum", "sum-of-all")) {
        String text = print(lower(dialect, LIMITS, body(name)));
        assertFalse(text.contains("atomic") || text.contains("get_global_size"), text);
      }
    }
  }

  @Test
  void refusesDoublesWhereThereAreNone() {
    DeviceLimits single = new DeviceLimits(2, 256, 1 << 15, 8, false);
    KernelLibrary library = new KernelLibrary(Dialect.SIMT, single, Blockings.USUAL);
    TensorType f32 = TensorType.f32(4);
    assertEquals(
        Optional.of("the device has no double precision"),
        library.refusal(new Op.Cast(DType.F64), List.of(f32)));
    assertEquals(Optional.empty(), library.refusal(new Op.Cast(DType.F16), List.of(f32)));
    assertEquals(
        Optional.of("softmax has a kernel for the last axis only"),
        library.refusal(new Op.Call(new Composite.Softmax(0)), List.of(TensorType.f32(4, 5))));
  }

  @Test
  void startsNoWorkForNoElements() {
    for (Dialect dialect : Dialect.values()) {
      assertTrue(lower(dialect, LIMITS, g -> twice(g, 0)).steps().stream().allMatch(Step::isEmpty));
    }
  }
}

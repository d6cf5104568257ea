package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.tombolo.device.BuildException;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.Launch;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Compiling: each region gets its own program, whatever was compiled before.
final class ProgramSuite {
  private static final String NAME = "programs";

  private ProgramSuite() {}

  static Suite suite() {
    return new Suite(
        NAME, "each region gets its own program, never that of one that looks alike", s -> all());
  }

  private static List<Check> all() {
    return List.of(
        Check.of(NAME, "other-constants", ProgramSuite::constants),
        Check.of(NAME, "zeros-of-both-signs", ProgramSuite::zeros),
        Check.of(NAME, "other-functions", ProgramSuite::functions),
        Check.of(NAME, "other-shapes", ProgramSuite::shapes),
        Check.of(NAME, "other-types", ProgramSuite::types),
        Check.of(NAME, "other-axes", ProgramSuite::axes),
        Check.of(NAME, "other-operand-order", ProgramSuite::operandOrder),
        Check.of(NAME, "closing-one-keeps-its-twin", ProgramSuite::twins),
        Check.of(NAME, "launches-of-one-executable-are-apart", ProgramSuite::launches),
        Check.of(NAME, "bind-checks-what-it-gets", ProgramSuite::bind),
        Check.of(NAME, "what-is-no-region-is-refused", ProgramSuite::noRegion),
        Check.ofVerdict(NAME, "build-errors-are-build-exceptions", ProgramSuite::buildErrors));
  }

  /// The same region with other constants, compiled twice over, so that every cache is warm.
  private static void constants(Bench bench) {
    double[] constants = {0, 1, 2, -1, 0.5, 3.25, 4096, -7};
    for (int round = 0; round < 2; round++) {
      for (double constant : constants) {
        requireExact(
            bench.device(),
            Exercises.affine(9, constant, constant),
            List.of(Exercises.wholes(bench.random(1), 9)));
      }
    }
  }

  private static void zeros(Bench bench) {
    Tensor x = Tensor.of(new float[] {1, -1, 2});
    for (double zero : new double[] {0.0, -0.0, 0.0}) {
      GraphBuilder g = new GraphBuilder("zero");
      g.output("y", g.input("x", TensorType.f32(3)).mul(zero));
      requireExact(bench.device(), g.build(), List.of(x));
    }
  }

  private static void functions(Bench bench) {
    List<Tensor> inputs =
        List.of(Exercises.wholes(bench.random(2), 33), Exercises.wholes(bench.random(3), 33));
    for (BinaryFn fn :
        List.of(BinaryFn.ADD, BinaryFn.SUB, BinaryFn.MUL, BinaryFn.MAX, BinaryFn.MIN)) {
      GraphBuilder g = new GraphBuilder("same-name");
      Node a = g.input("a", TensorType.f32(33));
      Node b = g.input("b", TensorType.f32(33));
      g.output("y", a.binary(fn, b));
      requireExact(bench.device(), g.build(), inputs);
    }
  }

  private static void shapes(Bench bench) {
    for (long n : new long[] {5, 7, 1, 64, 65, 5}) {
      requireExact(
          bench.device(),
          Exercises.affine(n, 2, -3),
          List.of(Exercises.wholes(bench.random(4), n)));
    }
  }

  private static void types(Bench bench) {
    for (DType dtype : List.of(DType.F32, DType.I32, DType.I64, DType.I16, DType.F32)) {
      TensorType type = TensorType.of(dtype, 21);
      GraphBuilder g = new GraphBuilder("same-name");
      Node x = g.input("x", type);
      g.output("y", x.add(x));
      Bench.requireAgreement(
          bench.device(),
          new OpCase(
              "programs/" + dtype,
              g.build(),
              List.of(new Samples(bench.seed()).between(type, -99, 99)),
              Tolerance.EXACT));
    }
  }

  private static void axes(Bench bench) {
    TensorType type = TensorType.f32(6, 6);
    Tensor x = new Samples(bench.seed()).between(type, -99, 99);
    for (int axis : new int[] {0, 1, 0}) {
      GraphBuilder g = new GraphBuilder("same-name");
      g.output("y", g.add(new Op.Reduce(ReduceFn.SUM, List.of(axis)), List.of(g.input("x", type))));
      requireExact(bench.device(), g.build(), List.of(x));
    }
  }

  private static void operandOrder(Bench bench) {
    List<Tensor> inputs =
        List.of(Exercises.wholes(bench.random(5), 17), Exercises.wholes(bench.random(6), 17));
    for (int round = 0; round < 2; round++) {
      for (boolean swapped : new boolean[] {false, true}) {
        GraphBuilder g = new GraphBuilder("same-name");
        Node a = g.input("a", TensorType.f32(17));
        Node b = g.input("b", TensorType.f32(17));
        g.output("y", swapped ? b.sub(a) : a.sub(b));
        requireExact(bench.device(), g.build(), inputs);
      }
    }
  }

  private static void requireExact(Device device, Graph graph, List<Tensor> inputs) {
    Bench.requireAgreement(
        device, new OpCase("programs/" + graph.name(), graph, inputs, Tolerance.BITS));
  }

  private static void twins(Bench bench) {
    Device device = bench.device();
    Graph graph = Exercises.affine(11, 3, 4);
    List<Tensor> inputs = List.of(Exercises.wholes(bench.random(7), 11));
    Executable first = device.compile(new Region("twin", graph));
    try (Executable second = device.compile(new Region("twin", graph))) {
      List<Tensor> before = Bench.run(device, second, graph, inputs);
      first.close();
      first.close();
      require(
          before.equals(Bench.run(device, second, graph, inputs)),
          "an executable gives another result after an equal one was closed");
    }
  }

  /// Two bound launches, used in turn: each keeps its own memory.
  private static void launches(Bench bench) {
    Device device = bench.device();
    long bytes = 4 * 13;
    Tensor x = Exercises.wholes(bench.random(8), 13);
    Tensor y = Exercises.wholes(bench.random(9), 13);
    Graph graph = Exercises.affine(13, -1, 0);
    try (Memory a = Memory.of(device, x);
        Memory b = Memory.of(device, y);
        Memory fromA = new Memory(device, bytes);
        Memory fromB = new Memory(device, bytes);
        Executable executable = device.compile(new Region("negated", graph));
        Memory scratch = new Memory(device, executable.scratchBytes());
        Launch first =
            executable.bind(List.of(a.slice()), List.of(fromA.slice()), scratch.slice());
        Launch second =
            executable.bind(List.of(b.slice()), List.of(fromB.slice()), scratch.slice())) {
      for (int round = 0; round < 2; round++) {
        for (Launch launch : List.of(first, second, first)) {
          Event event = device.queue(QueueRole.COMPUTE).launch(launch, List.of());
          event.await(Bench.PATIENCE);
        }
        requireNegated("the first launch", x, fromA);
        requireNegated("the second launch", y, fromB);
      }
    }
  }

  private static void requireNegated(String what, Tensor x, Memory memory) {
    Tensor got = memory.tensor(x.type());
    for (long i = 0; i < x.type().size(); i++) {
      require(got.at(i) == -x.at(i), "%s: element %d is %s; need %s", what, i, got.at(i), -x.at(i));
    }
  }

  private static void bind(Bench bench) {
    Device device = bench.device();
    int unit = device.alignment();
    try (Executable executable =
            device.compile(new Region("difference", Exercises.difference(16)));
        Memory memory = new Memory(device, 8L * unit + 512);
        Memory scratch = new Memory(device, executable.scratchBytes());
        Device other = bench.open();
        Memory foreign = new Memory(other, 64)) {
      Slice a = memory.slice(0, 64);
      Slice b = memory.slice(unit > 64 ? unit : 64, 64);
      Slice y = memory.slice(unit > 64 ? 2L * unit : 128, 64);
      Slice none = scratch.slice();
      executable.bind(List.of(a, b), List.of(y), none).close();
      refuses("one input of two", () -> executable.bind(List.of(a), List.of(y), none));
      refuses("no output", () -> executable.bind(List.of(a, b), List.of(), none));
      Slice small = memory.slice(0, 60);
      refuses("an input of 60 bytes", () -> executable.bind(List.of(small, b), List.of(y), none));
      if (unit > 1) {
        Slice odd = memory.slice(y.offset() + unit / 2, 64);
        refuses(
            "an output at half the alignment",
            () -> executable.bind(List.of(a, b), List.of(odd), none));
      }
      refuses(
          "memory of another device",
          () -> executable.bind(List.of(a, foreign.slice()), List.of(y), none));
      if (unit < 64) {
        Slice overlapping = memory.slice(unit, 64);
        refuses(
            "an output that begins inside an input",
            () -> executable.bind(List.of(a, b), List.of(overlapping), none));
      }
    }
  }

  private static void refuses(String what, Supplier<Launch> bind) {
    Bench.requireThrows(
        "bind with " + what, IllegalArgumentException.class, () -> bind.get().close());
  }

  /// Two products: neither a loop nor a single operation.
  private static void noRegion(Bench bench) {
    GraphBuilder g = new GraphBuilder("two-products");
    Node a = g.input("a", TensorType.f32(3, 3));
    g.output("y", a.matmul(a).matmul(a).broadcastTo(Shape.of(3, 3)));
    Region region = new Region("two-products", g.build());
    Bench.requireThrows(
        "compile of a region of two products",
        IllegalArgumentException.class,
        () -> bench.device().compile(region).close());
    Exercises.requireWorks(bench.device());
  }

  private static Verdict buildErrors(Bench bench) {
    Optional<Supplier<? extends Device>> unbuildable = bench.subject().unbuildable();
    if (unbuildable.isEmpty()) {
      return new Verdict.Skipped("no device was given whose compiler refuses everything");
    }
    try (Device device = unbuildable.get().get()) {
      Region region = new Region("unbuildable", Exercises.affine(3, 2, 1));
      try (Executable executable = device.compile(region)) {
        return Verdict.failed("a compiler that refuses everything gave " + executable);
      } catch (BuildException e) {
        require(
            !e.log().isBlank() && !e.source().isBlank(),
            "BuildException without the compiler's log or the source");
        return Verdict.passed();
      }
    }
  }
}

package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.Launch;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Running: sizes about every usual tile, nothing at all, and memory that several operands share.
final class LaunchSuite {
  private static final String NAME = "launches";
  private static final long[] SIZES = {
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511,
    513, 1023, 1025, 4095, 4097, 10_007
  };
  private static final long[][] PLANES = {
    {1, 1}, {1, 67}, {67, 1}, {3, 5}, {15, 17}, {31, 33}, {65, 63}, {127, 9}
  };

  private LaunchSuite() {}

  static Suite suite() {
    return new Suite(
        NAME,
        "odd sizes, one beside a tile, no elements, shared memory, operand order",
        s -> all());
  }

  private static List<Check> all() {
    List<Check> checks = new ArrayList<>();
    for (long size : SIZES) {
      checks.add(Check.of(NAME, "loop-over-%d".formatted(size), bench -> loop(bench, size)));
    }
    for (long[] plane : PLANES) {
      String what = "%dx%d".formatted(plane[0], plane[1]);
      checks.add(Check.of(NAME, "turned-" + what, b -> turned(b, plane[0], plane[1])));
      checks.add(Check.of(NAME, "rows-folded-" + what, b -> folded(b, plane[0], plane[1], 1)));
      checks.add(Check.of(NAME, "columns-folded-" + what, b -> folded(b, plane[0], plane[1], 0)));
      checks.add(Check.of(NAME, "product-" + what, b -> product(b, plane[0], plane[1])));
    }
    checks.add(Check.of(NAME, "no-elements", bench -> loop(bench, 0)));
    checks.add(Check.of(NAME, "no-rows", bench -> turned(bench, 0, 5)));
    checks.add(Check.of(NAME, "fold-of-nothing", bench -> folded(bench, 3, 0, 1)));
    checks.add(Check.of(NAME, "product-over-nothing", bench -> product(bench, 3, 0)));
    checks.add(Check.of(NAME, "one-memory-for-both-operands", LaunchSuite::aliased));
    checks.add(Check.of(NAME, "result-over-an-operand", LaunchSuite::inPlace));
    checks.add(Check.of(NAME, "all-in-one-buffer", LaunchSuite::arena));
    checks.add(Check.of(NAME, "again-with-new-data", LaunchSuite::repeated));
    checks.add(Check.of(NAME, "operand-order", LaunchSuite::operandOrder));
    return checks;
  }

  private static Tensor wholes(Bench bench, int salt, long... dims) {
    TensorType type = TensorType.f32(dims);
    return new Samples(bench.seed() + salt).between(type, -99, 99);
  }

  /// The difference of two vectors, between guards.
  private static void loop(Bench bench, long size) {
    Bench.requireAgreement(
        bench.device(),
        new OpCase(
            "launches/loop-over-" + size,
            Exercises.difference(size),
            List.of(wholes(bench, 1, size), wholes(bench, 2, size)),
            Tolerance.EXACT));
  }

  private static void turned(Bench bench, long rows, long columns) {
    requireExact(
        bench,
        List.of(wholes(bench, 3, rows, columns), wholes(bench, 4, columns, rows)),
        (g, in) -> in.get(0).transpose().sub(in.get(1)));
  }

  private static void folded(Bench bench, long rows, long columns, int axis) {
    requireExact(
        bench,
        List.of(wholes(bench, 5, rows, columns)),
        (g, in) -> in.get(0).reduce(ReduceFn.SUM, axis));
  }

  private static void product(Bench bench, long rows, long columns) {
    requireExact(
        bench,
        List.of(wholes(bench, 6, rows, columns), wholes(bench, 7, columns, rows + 2)),
        (g, in) -> in.get(0).matmul(in.get(1)));
  }

  private static void requireExact(Bench bench, List<Tensor> inputs, OpCases.Body body) {
    Bench.requireAgreement(bench.device(), OpCases.one("launches", Tolerance.EXACT, inputs, body));
  }

  private static void operandOrder(Bench bench) {
    Tensor a = wholes(bench, 8, 5, 5);
    Tensor b = wholes(bench, 9, 5, 5);
    requireExact(bench, List.of(a, b), (g, in) -> in.get(0).sub(in.get(1)));
    requireExact(bench, List.of(a, b), (g, in) -> in.get(1).sub(in.get(0)));
    requireExact(bench, List.of(a, b), (g, in) -> in.get(0).matmul(in.get(1)));
    requireExact(bench, List.of(a, b), (g, in) -> in.get(1).matmul(in.get(0)));
    requireExact(bench, List.of(a, b), (g, in) -> g.concat(1, in.get(0), in.get(1)));
  }

  private static void aliased(Bench bench) {
    Device device = bench.device();
    Tensor x = wholes(bench, 10, 77);
    GraphBuilder g = new GraphBuilder("sum");
    Node a = g.input("a", TensorType.f32(77));
    g.output("y", a.add(g.input("b", TensorType.f32(77)).mul(3)));
    try (Executable executable = device.compile(new Region("sum", g.build()));
        Memory both = Memory.of(device, x);
        Memory result = new Memory(device, x.type().bytes())) {
      launch(device, executable, List.of(both.slice(), both.slice()), result.slice());
      requireScaled(x, result.tensor(x.type()), 4);
    }
  }

  private static void inPlace(Bench bench) {
    Device device = bench.device();
    Tensor x = wholes(bench, 11, 1031);
    Graph graph = Exercises.affine(1031, 5, 0);
    try (Executable executable = device.compile(new Region("scaled", graph));
        Memory memory = Memory.of(device, x)) {
      if (!executable.inPlace(0, 0)) {
        Bench.requireThrows(
            "bind of a result over its operand, which inPlace() denies",
            IllegalArgumentException.class,
            () -> launch(device, executable, List.of(memory.slice()), memory.slice()));
        return;
      }
      launch(device, executable, List.of(memory.slice()), memory.slice());
      requireScaled(x, memory.tensor(x.type()), 5);
    }
  }

  /// Operands and result at aligned offsets of one buffer, as in an arena; the rest stays.
  private static void arena(Bench bench) {
    Device device = bench.device();
    int n = 37;
    int bytes = n * 4;
    int stride = (bytes / device.alignment() + 1) * device.alignment();
    byte[] before = Exercises.bytes(bench.random(12), 4 * stride);
    Tensor a = wholes(bench, 12, n);
    Tensor b = wholes(bench, 13, n);
    System.arraycopy(a.data().toArray(ValueLayout.JAVA_BYTE), 0, before, stride, bytes);
    System.arraycopy(b.data().toArray(ValueLayout.JAVA_BYTE), 0, before, 3 * stride, bytes);
    try (Executable executable = device.compile(new Region("difference", Exercises.difference(n)));
        Memory memory = new Memory(device, before.length)) {
      Bench.write(device, memory.slice(), before);
      launch(
          device,
          executable,
          List.of(memory.slice(stride, bytes), memory.slice(3L * stride, bytes)),
          memory.slice(2L * stride, bytes));
      Tensor got = memory.tensor(a.type(), 2L * stride);
      for (int i = 0; i < n; i++) {
        require(
            got.at(i) == a.at(i) - b.at(i),
            "element %d is %s; need %s",
            i,
            got.at(i),
            a.at(i) - b.at(i));
      }
      byte[] after = memory.bytes();
      Arrays.fill(after, 2 * stride, 2 * stride + bytes, (byte) 0);
      Arrays.fill(before, 2 * stride, 2 * stride + bytes, (byte) 0);
      require(
          Arrays.equals(before, after), "beside the result: %s", Exercises.mismatch(after, before));
    }
  }

  private static void repeated(Bench bench) {
    Device device = bench.device();
    TensorType type = TensorType.f32(19);
    try (Executable executable = device.compile(new Region("scaled", Exercises.affine(19, 2, 0)));
        Memory in = new Memory(device, type.bytes());
        Memory out = new Memory(device, type.bytes());
        Memory scratch = new Memory(device, executable.scratchBytes());
        Launch launch =
            executable.bind(List.of(in.slice()), List.of(out.slice()), scratch.slice())) {
      for (int round = 0; round < 20; round++) {
        Tensor x = Exercises.wholes(bench.random(round), 19);
        Bench.write(device, in.slice(), x.data().toArray(ValueLayout.JAVA_BYTE));
        Event event = device.queue(QueueRole.COMPUTE).launch(launch, List.of());
        event.await(Bench.PATIENCE);
        requireScaled(x, out.tensor(type), 2);
      }
    }
  }

  private static void requireScaled(Tensor x, Tensor got, double factor) {
    for (long i = 0; i < x.type().size(); i++) {
      require(
          got.at(i) == factor * x.at(i),
          "element %d is %s; need %s",
          i,
          got.at(i),
          factor * x.at(i));
    }
  }

  private static void launch(
      Device device, Executable executable, List<Slice> inputs, Slice output) {
    try (Memory scratch = new Memory(device, executable.scratchBytes());
        Launch launch = executable.bind(inputs, List.of(output), scratch.slice())) {
      device.queue(QueueRole.COMPUTE).launch(launch, List.of()).await(Bench.PATIENCE);
    }
  }
}

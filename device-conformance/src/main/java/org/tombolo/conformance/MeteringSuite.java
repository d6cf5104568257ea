package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.tombolo.device.Buffer;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.ByteMeter.Purpose;
import org.tombolo.device.Device;
import org.tombolo.device.Slice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Bytes that are counted are the bytes that move.
///
/// The scheduler counts what it hands over, by direction and purpose; a [CountingDevice] between it
/// and the device sees what arrives. A device that counts by itself, and offers its [ByteMeter] as
/// an [extension][Device#extension], must come to the same.
final class MeteringSuite {
  private static final String NAME = "metering";
  private static final TensorType X = TensorType.f32(37, 5);
  private static final TensorType W = TensorType.f32(5, 3);
  private static final TensorType TABLE = TensorType.f32(37, 3);

  private MeteringSuite() {}

  static Suite suite() {
    return new Suite(
        NAME, "bytes counted, by direction and purpose, are the bytes that move", seed -> all());
  }

  private static List<Check> all() {
    return List.of(
        Check.of(NAME, "a-training-step", MeteringSuite::step),
        Check.ofVerdict(NAME, "own-count-of-uploads", bench -> own(bench, true)),
        Check.ofVerdict(NAME, "own-count-of-downloads", bench -> own(bench, false)));
  }

  /// Two steps of a graph with an input, a table of constants, a variable and a result.
  private static void step(Bench bench) {
    Samples samples = new Samples(bench.seed());
    CountingDevice device = new CountingDevice(bench.open());
    try (Engine engine = Engine.of(List.of(device));
        State state = engine.newState()) {
      state.set("w", samples.ordinary(W));
      try (Plan plan = engine.compile(graph(samples.ordinary(TABLE)), state)) {
        requireEqual(device, engine.meter(), "compile");
        for (int i = 1; i <= 2; i++) {
          plan.run(Map.of("x", samples.ordinary(X)));
          requireEqual(device, engine.meter(), "run " + i);
          requirePurpose(engine.meter(), Purpose.INPUT, i * X.bytes());
          requirePurpose(engine.meter(), Purpose.FETCH, i * TABLE.bytes());
        }
        state.get("w");
        requireEqual(device, engine.meter(), "get of a variable");
        requirePurpose(engine.meter(), Purpose.STATE, 2 * W.bytes());
      }
    }
  }

  private static Graph graph(Tensor table) {
    GraphBuilder g = new GraphBuilder("metered");
    Node x = g.input("x", X);
    Node w = g.variable("w", W);
    Node y = x.matmul(w).mul(g.constant(table));
    g.assign("w", w.mul(0.5));
    g.output("y", y);
    return g.build();
  }

  private static void requireEqual(CountingDevice device, ByteMeter meter, String when) {
    require(
        meter.up() == device.uploaded() && meter.down() == device.downloaded(),
        "after %s the meter says %d bytes up and %d down; the device was given %d and %d",
        when,
        meter.up(),
        meter.down(),
        device.uploaded(),
        device.downloaded());
  }

  private static void requirePurpose(ByteMeter meter, Purpose purpose, long want) {
    long got =
        meter.snapshot().entrySet().stream()
            .filter(entry -> entry.getKey().purpose() == purpose)
            .mapToLong(Map.Entry::getValue)
            .sum();
    require(got == want, "%s counts %d bytes; need %d", purpose, got, want);
  }

  private static Verdict own(Bench bench, boolean up) {
    Device device = bench.device();
    Optional<ByteMeter> meter = device.extension(ByteMeter.class);
    if (meter.isEmpty()) {
      return new Verdict.Skipped("the device keeps no count of its own");
    }
    LongSupplier count = up ? meter.get()::up : meter.get()::down;
    try (Buffer buffer = device.allocate(5000)) {
      for (int bytes : new int[] {1, 64, 4097}) {
        Slice slice = new Slice(buffer, 3, bytes);
        long before = count.getAsLong();
        Bench.write(device, slice, new byte[bytes]);
        if (!up) {
          Bench.read(device, slice);
        }
        long counted = count.getAsLong() - before;
        require(
            counted == bytes,
            "a %s of %d bytes counts as %d",
            up ? "upload" : "download",
            bytes,
            counted);
      }
    }
    return Verdict.passed();
  }
}

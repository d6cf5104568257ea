package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
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

  private static void step(Bench bench) {
    Crew.run(bench, crew -> step(crew, bench.seed()));
  }

  /// Two steps of a graph with an input, a table of constants, a variable and a result. What is fed
  /// and fetched is counted once where one device does everything.
  private static void step(List<Device> crew, long seed) {
    Samples samples = new Samples(seed);
    CountingDevice device = new CountingDevice(crew.getFirst());
    List<Device> devices = new ArrayList<>(crew);
    devices.set(0, device);
    try (Engine engine = Engine.of(devices);
        State state = engine.newState()) {
      state.set("w", samples.ordinary(W));
      try (Plan plan = engine.compile(graph(samples.ordinary(TABLE)), state)) {
        requireEqual(device, engine.meter(), "compile");
        for (int i = 1; i <= 2; i++) {
          plan.run(Map.of("x", samples.ordinary(X)));
          requireEqual(device, engine.meter(), "run " + i);
          if (devices.size() == 1) {
            requirePurpose(engine.meter(), Purpose.INPUT, i * X.bytes());
          }
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
    String id = device.info().id();
    long up = bytes(meter, route -> route.to().equals(id));
    long down = bytes(meter, route -> route.from().equals(id));
    require(
        up == device.uploaded() && down == device.downloaded(),
        "after %s the meter says %d bytes up and %d down; the device was given %d and %d",
        when,
        up,
        down,
        device.uploaded(),
        device.downloaded());
  }

  private static long bytes(ByteMeter meter, Predicate<ByteMeter.Route> which) {
    return meter.snapshot().entrySet().stream()
        .filter(entry -> which.test(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static void requirePurpose(ByteMeter meter, Purpose purpose, long want) {
    long got = bytes(meter, route -> route.purpose() == purpose);
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

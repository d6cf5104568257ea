package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Devices that give no buffer of more than a part of their memory.
class LargestBufferTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  /// Layers whose results are all read again on the way back: arenas of many values of 4 KiB.
  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("layers");
    Node w = g.variable("w", TensorType.f32(32, 32));
    Node first = g.input("a", TensorType.f32(32, 32));
    Node second = g.input("b", TensorType.f32(32, 32));
    Node x = first.add(second);
    Node sum = x;
    for (int i = 0; i < 6; i++) {
      x = x.matmul(w).tanh();
      sum = sum.add(x.matmul(x.transpose()));
    }
    Node constant = g.constant(Tensor.filled(TensorType.f32(32, 32), i -> i % 5));
    Node other = g.constant(Tensor.filled(TensorType.f32(32, 32), i -> i % 3));
    g.output("y", sum.matmul(constant).matmul(other));
    return g.build();
  }

  private static Tensor random(SplittableRandom random) {
    return Tensor.filled(TensorType.f32(32, 32), _ -> random.nextDouble(-0.1, 0.1));
  }

  @Test
  void arenasTakeAsManyBuffersAsNecessary() {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<String, Tensor> feeds = Map.of("a", random(random), "b", random(random));
    Tensor w = random(random);
    float[] want = toFloats(Reference.run(graph(), feeds, Map.of("w", w)).doubles("y"));
    for (long largest : new long[] {4096, 4100, 6000, 8192, 20_000, Long.MAX_VALUE}) {
      SimulatedDevice device =
          SimulatedDevice.of("simulated:0", 1 << 20).withLargestAllocation(largest);
      try (Engine engine = Engine.of(List.of(device));
          State state = engine.newState()) {
        state.set("w", w);
        Plan plan = engine.compile(graph(), state);
        for (int run = 0; run < 3; run++) {
          float[] got = plan.start(feeds).await().get("y").toFloats();
          assertArrayEquals(want, got, 1e-4f, "buffers of " + largest + ", seed " + SEED);
        }
        long arena = plan.statistics().memory().getFirst().arenaBytes();
        assertTrue(arena > 3 * 4096, arena + " bytes");
      }
      assertEquals(0, device.allocatedBytes());
    }
  }

  private static float[] toFloats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static SimulatedDevice small() {
    return SimulatedDevice.of("simulated:0", 1 << 20).withLargestAllocation(4000);
  }

  @Test
  void whatHasNoRoomInABufferGoesElsewhereOrIsRefusedWithTheNumbers() {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<String, Tensor> feeds = Map.of("a", random(random), "b", random(random));
    try (Engine engine = Engine.of(List.of(small()));
        State state = engine.newState()) {
      state.set("w", random(random));
      PlacementException e =
          assertThrows(PlacementException.class, () -> engine.compile(graph(), state));
      assertTrue(
          e.getMessage().contains("takes 4,096 bytes, its largest buffer 4,000"), e.getMessage());
    }
    SimulatedDevice large = SimulatedDevice.of("simulated:1", 1 << 20);
    try (Engine engine = Engine.of(List.of(small(), large));
        State state = engine.newState()) {
      state.set("w", random(random));
      Plan plan = engine.compile(graph(), state);
      plan.run(feeds);
      assertEquals(0, plan.statistics().memory().getFirst().peakBytes());
    }
  }

  @Test
  void aBufferThatIsTooLargeIsRefusedByTheDevice() {
    try (SimulatedDevice small = small()) {
      OutOfDeviceMemoryException e =
          assertThrows(OutOfDeviceMemoryException.class, () -> small.allocate(4001));
      assertEquals(
          "simulated:0: no memory for 4,001 bytes; no buffer has more than 4,000 bytes\n"
              + "  try: several buffers",
          e.getMessage());
    }
  }
}

package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Binding;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// A network on one example, where handing the work over is what could take the time.
class SmallRunsTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final long MOST_ROUNDS = 2000;
  private static final TensorType X = TensorType.f32(1, 784);

  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("mlp");
    Node h =
        g.input("x", X)
            .matmul(g.variable("w1", TensorType.f32(784, 32)))
            .add(g.variable("b1", TensorType.f32(32)).broadcastTo(Shape.of(1, 32)))
            .max(0);
    Node y =
        h.matmul(g.variable("w2", TensorType.f32(32, 10)))
            .add(g.variable("b2", TensorType.f32(10)).broadcastTo(Shape.of(1, 10)))
            .softmax(1);
    g.output("y", y);
    return g.build();
  }

  private static Map<String, Tensor> variables() {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<String, Tensor> values = new HashMap<>();
    for (TensorType type :
        Arrays.asList(
            TensorType.f32(784, 32),
            TensorType.f32(32),
            TensorType.f32(32, 10),
            TensorType.f32(10))) {
      String name = (type.rank() == 2 ? "w" : "b") + (values.size() / 2 + 1);
      values.put(name, Tensor.filled(type, _ -> random.nextDouble(-0.1, 0.1)));
    }
    return values;
  }

  private static Tensor x(SplittableRandom random) {
    return Tensor.filled(X, _ -> random.nextDouble());
  }

  /// The CPU device makes nothing; through OpenCL each command has an event of its own.
  @ParameterizedTest
  @CsvSource({"cpu, 0", "opencl, 700"})
  void leaveLittleOnTheHeap(String device, long allowed) {
    Tensor x = x(new SplittableRandom(SEED));
    try (Engine engine = TestEngines.open(device);
        State state = engine.newState()) {
      variables().forEach(state::set);
      Plan plan = engine.compile(graph(), state);
      Binding binding = plan.bind(Map.of("x", x));
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long thread = Thread.currentThread().threadId();
      int runs = 2000;
      long[] times = new long[runs];
      long least = Long.MAX_VALUE;
      // The JVM compiles everything in the end, after some hundred thousand runs where it is busy.
      for (int round = 0; round < MOST_ROUNDS && least > allowed * runs; round++) {
        long before = threads.getThreadAllocatedBytes(thread);
        for (int i = 0; i < runs; i++) {
          long start = System.nanoTime();
          binding.run();
          times[i] = System.nanoTime() - start;
        }
        least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
      }
      Arrays.sort(times);
      System.out.printf(
          "784-32-10 on one example on %s: median %.2f us, %d bytes in %d runs%n",
          device, times[runs / 2] * 1e-3, least, runs);
      assertTrue(least <= allowed * runs, least + " bytes in " + runs + " runs");
    }
  }

  @Test
  void readAndWriteTheMemoryTheyAreBoundTo() {
    SplittableRandom random = new SplittableRandom(SEED);
    MemorySegment memory = Tensor.allocate(X);
    Tensor x = Tensor.wrap(X, memory);
    Map<String, Tensor> variables = variables();
    for (String device : TestEngines.names().toList()) {
      try (Engine engine = TestEngines.open(device);
          State state = engine.newState()) {
        variables.forEach(state::set);
        Plan plan = engine.compile(graph(), state);
        Binding binding = plan.bind(Map.of("x", x));
        Tensor y = binding.output("y");
        for (int i = 0; i < 3; i++) {
          Tensor next = x(random);
          memory.copyFrom(next.data());
          binding.run();
          double[] want = Reference.run(graph(), Map.of("x", next), variables).doubles("y");
          assertArrayEquals(want, y.toDoubles(), 1e-5, device + ", seed " + SEED);
          assertEquals(plan.run(Map.of("x", next)).get("y"), y, device);
        }
        NoSuchElementException e =
            assertThrows(NoSuchElementException.class, () -> binding.output("z"));
        assertEquals("binding: no output \"z\"; need one of [y]", e.getMessage());
        plan.close();
        assertThrows(IllegalStateException.class, binding::run);
      }
    }
  }

  @Test
  void ofSeveralThreadsTakeTurns() throws InterruptedException {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<String, Tensor> variables = variables();
    try (Engine engine = TestEngines.open("cpu");
        State state = engine.newState()) {
      variables.forEach(state::set);
      Plan plan = engine.compile(graph(), state);
      int threads = 4;
      Tensor[] fed = new Tensor[threads];
      Tensor[] want = new Tensor[threads];
      boolean[] right = new boolean[threads];
      for (int i = 0; i < threads; i++) {
        fed[i] = x(random);
        want[i] = plan.run(Map.of("x", fed[i])).get("y");
      }
      Thread[] running = new Thread[threads];
      for (int i = 0; i < threads; i++) {
        int own = i;
        running[i] =
            Thread.ofPlatform()
                .start(() -> {
                  boolean all = true;
                  for (int run = 0; run < 300; run++) {
                    all &= plan.start(Map.of("x", fed[own])).await().get("y").equals(want[own]);
                  }
                  right[own] = all;
                });
      }
      for (Thread thread : running) {
        thread.join();
      }
      for (boolean each : right) {
        assertTrue(each);
      }
    }
  }
}

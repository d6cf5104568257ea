package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.assignment.AssignmentProblem;
import org.tombolo.scheduler.assignment.MemoryUse;

/// Placements under a limit to memory, against trying every one.
class MemoryLimitTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int MOST = 12;

  /// The least cost of what fits; negative if nothing does.
  private static long exhaustive(PlacementProblem problem, MemoryUse memory, List<Long> limits) {
    long[] best = {-1};
    tryAll(
        problem,
        memory,
        limits,
        List.copyOf(problem.assignment().groups()),
        0,
        new int[problem.nodes().size()],
        best);
    return best[0];
  }

  private static void tryAll(
      PlacementProblem problem,
      MemoryUse memory,
      List<Long> limits,
      List<List<Integer>> groups,
      int at,
      int[] homes,
      long[] best) {
    if (at == groups.size()) {
      long cost = problem.assignment().cost(homes);
      if ((best[0] < 0 || cost < best[0]) && fits(memory, limits, homes)) {
        best[0] = cost;
      }
      return;
    }
    for (int device = 0; device < problem.assignment().devices(); device++) {
      if (problem.assignment().cost(groups.get(at), device) != AssignmentProblem.IMPOSSIBLE) {
        for (int operation : groups.get(at)) {
          homes[operation] = device;
        }
        tryAll(problem, memory, limits, groups, at + 1, homes, best);
      }
    }
  }

  private static boolean fits(MemoryUse memory, List<Long> limits, int[] homes) {
    List<MemoryUse.Peak> peaks = memory.peaks(homes);
    return IntStream.range(0, peaks.size()).allMatch(i -> peaks.get(i).bytes() <= limits.get(i));
  }

  private static int[] homes(PlacementProblem problem, Placement placement) {
    return problem.nodes().stream().mapToInt(node -> placement.devices().get(node)).toArray();
  }

  /// Checks random graphs whose best placement does not fit.
  private static void check(int deviceCount, int graphs) {
    List<Double> gaps = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    int impossible = 0;
    for (int round = 0; ratios.size() < graphs; round++) {
      SplittableRandom random = new SplittableRandom(SEED + 1_000_003L * deviceCount + round);
      List<Device> devices = RandomPlacements.devices(random, deviceCount);
      Graph graph = RandomPlacements.graph(random, random.nextInt(4, MOST));
      PlanOptions options = PlanOptions.defaults();
      PlacementRequest free = PlacementRequest.with(graph, devices, Map.of(), options);
      PlacementProblem problem = new PlacementProblem(free, new Estimates(free));
      MemoryUse memory = MemoryEstimate.of(graph, problem);
      int[] best;
      try {
        best = homes(problem, Placement.of(free));
      } catch (PlacementException e) {
        continue;
      }
      if (problem.assignment().groups().size() > MOST * 2 / deviceCount) {
        continue;
      }
      int full = random.nextInt(deviceCount);
      long limit = (long) (memory.peaks(best).get(full).bytes() * random.nextDouble(0.3, 1));
      if (limit == 0) {
        continue;
      }
      PlacementRequest tight =
          PlacementRequest.with(
              graph, devices, Map.of(), options.withMemoryLimit("simulated:" + full, limit));
      String where = "round " + round + ", seed " + SEED + ", limit " + limit + "\n" + graph;
      long least = exhaustive(problem, memory, tight.rules().limits());
      Placement placement = Placement.of(tight);
      assertEquals(least >= 0, placement.fits(tight.rules().limits()), where);
      assertEquals(
          placement.fits(tight.rules().limits()),
          fits(memory, tight.rules().limits(), homes(problem, placement)),
          where);
      if (least < 0) {
        impossible++;
        continue;
      }
      double leastSeconds = AssignmentProblem.seconds(least);
      assertTrue(placement.lowerBound() <= leastSeconds + 1e-15, where);
      ratios.add(least == 0 ? 1 : placement.seconds() / leastSeconds);
      gaps.add(placement.gap());
    }
    double mean = ratios.stream().mapToDouble(r -> r).average().orElseThrow();
    double worst = ratios.stream().mapToDouble(r -> r).max().orElseThrow();
    double gap = gaps.stream().mapToDouble(r -> r).average().orElseThrow();
    long exact = ratios.stream().filter(r -> r <= 1 + 1e-12).count();
    System.out.printf(
        "%d devices, %d graphs with too little memory (and %d that fit nowhere): best %d times, mean ratio to the best %.6f, worst %.4f; mean gap that is shown %.6f%n",
        deviceCount, graphs, impossible, exact, mean, worst, gap);
    assertTrue(
        mean <= (deviceCount == 2 ? 1 + 1e-12 : 1.005), "mean ratio " + mean + ", seed " + SEED);
  }

  @Test
  void onTwoDevicesTheBestOfSmallGraphsIsFound() {
    check(2, 300);
  }

  @Test
  void onThreeDevicesItNearlyIs() {
    check(3, 100);
  }

  private static final TensorType TYPE = TensorType.f32(64, 64);

  /// A slow device, and a fast one on which all would run.
  private static List<SimulatedDevice> slowAndFast() {
    return List.of(
        SimulatedDevice.of("simulated:0", 1 << 24).withSpeed(new DeviceInfo.Speed(1e9, 1e9, 1e-6)),
        SimulatedDevice.of("simulated:1", 1 << 24));
  }

  /// Four layers with 16 KiB of weights each, of which the values are 16 KiB as well.
  private static Graph layers() {
    GraphBuilder g = new GraphBuilder("layers");
    Node y = g.input("x", TYPE);
    for (int layer = 0; layer < 4; layer++) {
      y = y.matmul(g.variable("w" + layer, TYPE)).tanh();
    }
    g.output("y", y);
    return g.build();
  }

  @Test
  void plansKeepToTheLimitExactly() {
    Graph graph = layers();
    Map<String, Tensor> feeds = Map.of("x", Tensor.filled(TYPE, i -> (i % 5 - 2) / 8.0));
    Map<String, Tensor> weights = new TreeMap<>();
    for (int layer = 0; layer < 4; layer++) {
      weights.put("w" + layer, Tensor.filled(TYPE, i -> (i % 7 - 3) / 16.0));
    }
    double[] want = Reference.run(graph, feeds, weights).doubles("y");
    List<Long> used = new ArrayList<>();
    for (long limit : new long[] {1 << 20, 100_000, 70_000, 20_000}) {
      try (Engine engine = Engine.of(slowAndFast());
          State state = engine.newState()) {
        weights.forEach(state::set);
        PlanOptions options = PlanOptions.defaults().withMemoryLimit("simulated:1", limit);
        try (Plan plan = engine.compile(graph, state, options)) {
          PlanStatistics.Memory memory = plan.statistics().memory().get(1);
          assertTrue(memory.peakBytes() <= limit, memory + " of " + limit + plan.explain());
          used.add(memory.stateBytes());
          assertArrayEquals(want, plan.run(feeds).get("y").toDoubles(), 1e-4);
          assertEquals(
              plan.traffic().values().stream().mapToLong(Long::longValue).sum(),
              engine.meter().snapshot().entrySet().stream()
                  .filter(entry -> entry.getKey().purpose() != ByteMeter.Purpose.STATE)
                  .filter(entry -> entry.getKey().purpose() != ByteMeter.Purpose.CONSTANT)
                  .mapToLong(Map.Entry::getValue)
                  .sum());
        }
      }
    }
    assertEquals(4L * TYPE.bytes(), used.getFirst(), "all weights on the fast device");
    assertTrue(used.get(1) > used.get(2), "fewer with less memory: " + used);
    assertEquals(0L, used.getLast());
  }

  @Test
  void saysHowMuchIsMissingWhereNothingFits() {
    try (Engine engine = Engine.of(slowAndFast());
        State state = engine.newState()) {
      for (int layer = 0; layer < 4; layer++) {
        state.set("w" + layer, Tensor.full(TYPE, 0));
      }
      PlanOptions options =
          PlanOptions.defaults()
              .withMemoryLimit("simulated:0", 40_000)
              .withMemoryLimit("simulated:1", 40_000);
      PlacementException e =
          assertThrows(
              PlacementException.class, () -> engine.compile(layers(), state, options).close());
      assertTrue(
          e.getMessage()
              .matches(
                  """
                  plan of layers: no placement was found that keeps to the memory limits, with all \
                  computed again, swapped or kept on the host that can be; the nearest: \
                  simulated:0 would take [0-9,]+ of 40,000 bytes, [0-9,]+ of them for variables, \
                  simulated:1 would take [0-9,]+ of 40,000 bytes, [0-9,]+ of them for variables
                    try: higher limits, a smaller batch, or another device\
                  """),
          e.getMessage());
      engine.compile(layers(), state).close(); // the engine goes on
    }
  }

  @Test
  void constantsAndWhatLoopsHoldCount() {
    GraphBuilder g = new GraphBuilder("held");
    Node x = g.input("x", TYPE);
    Node table = g.constant(Tensor.filled(TYPE, i -> i % 3));
    List<Node> carried =
        g.whileLoop(
            OptionalLong.of(3),
            List.of(x, g.scalar(DType.I32, 0)),
            List.of(),
            in -> in.get(1).compare(CompareFn.LT, 3),
            in -> List.of(in.get(0).matmul(in.get(0)).tanh().matmul(in.get(0)), in.get(1).add(1)));
    g.output("y", carried.getFirst().add(table));
    Graph graph = g.build();
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1 << 24);
    try (Engine engine = Engine.of(List.of(device));
        State state = engine.newState()) {
      long needed;
      try (Plan plan = engine.compile(graph, state)) {
        needed = device.allocatedBytes();
        assertTrue(plan.statistics().memory().getFirst().constantBytes() >= TYPE.bytes());
      }
      PlanOptions enough = PlanOptions.defaults().withMemoryLimit("simulated:0", needed);
      engine.compile(graph, state, enough).close();
      PlanOptions tooLittle = enough.withMemoryLimit("simulated:0", TYPE.bytes() * 3);
      assertThrows(PlacementException.class, () -> engine.compile(graph, state, tooLittle).close());
    }
  }

  @Test
  void theGapIsPartOfTheExplanation() {
    try (Engine engine = Engine.of(slowAndFast());
        State state = engine.newState()) {
      for (int layer = 0; layer < 4; layer++) {
        state.set("w" + layer, Tensor.full(TYPE, 0));
      }
      try (Plan free = engine.compile(layers(), state)) {
        assertTrue(
            free.explain()
                .contains("least estimated cost of all placements on simulated:0, simulated:1"),
            free.explain());
      }
    }
    Placement some = new Placement(Map.of(), 1.5e-3, 1.2e-3, List.of(0L, 0L), List.of());
    assertEquals(0.25, some.gap(), 1e-12);
    assertEquals(
        "25.00 % above the least that any placement on a, b could cost, 1.200 ms",
        some.claim(List.of("a", "b")));
  }
}

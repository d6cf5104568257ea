package org.tombolo.scheduler.regions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.RegionLimits;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.calibration.Calibration;

/// Chosen regions against every grouping of small graphs.
class RegionSearchTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  /// A graph on one device, with what it takes to price its blocks.
  private static final class Setting {
    private final Graph graph;
    private final Map<Node, Integer> devices = new HashMap<>();
    private final Reads reads;
    private final MemoryReads memoryReads;
    private final RegionPrices prices;
    private final RegionLimits limits;
    private final List<Block> greedy;
    private final List<Block> chosen;

    Setting(Graph graph, DeviceInfo.Speed speed, RegionLimits limits) {
      this.graph = graph;
      this.limits = limits;
      SimulatedDevice device = SimulatedDevice.of("simulated:0", 1 << 30).withSpeed(speed);
      for (Node node : graph.nodes()) {
        if (!(node.op() instanceof Op.Input)) {
          devices.put(node, 0);
        }
      }
      reads = Reads.of(graph, devices);
      memoryReads = new MemoryReads(reads);
      prices = new RegionPrices(graph, List.of(Calibration.rough(device)));
      greedy = GreedyFusion.of(graph, devices, reads, memoryReads, List.of(limits));
      chosen = RegionSearch.of(graph, devices, memoryReads, prices, List.of(limits), greedy);
    }

    double price(List<Block> blocks) {
      Map<Node, Block> homes = new HashMap<>();
      Map<Node, Integer> lasts = new HashMap<>();
      Map<Block, Integer> whens = new HashMap<>();
      double price = 0;
      for (Block block : blocks) {
        Set<Node> reads = memoryReads.of(block.members());
        price += prices.seconds(block, reads);
        whens.put(block, prices.when(block, reads.stream().map(memoryReads::value).toList()));
        block.stored().forEach(value -> homes.put(value, block));
      }
      for (Block block : blocks) {
        memoryReads
            .of(block.members())
            .forEach(read -> lasts.merge(memoryReads.value(read), whens.get(block), Math::max));
      }
      for (Map.Entry<Node, Block> home : homes.entrySet()) {
        int last = lasts.getOrDefault(home.getKey(), 0);
        price += prices.keeping(home.getKey(), 0, whens.get(home.getValue()), last);
      }
      return price;
    }

    /// The least price of all that can be stored, in all groups.
    double least() {
      List<Node> loops = graph.nodes().stream().filter(Block::isLoop).toList();
      double[] best = {Double.POSITIVE_INFINITY};
      for (int stored = 0; stored < 1 << loops.size(); stored++) {
        Set<Node> kept = new HashSet<>();
        for (int i = 0; i < loops.size(); i++) {
          if ((stored >> i & 1) == 1) {
            kept.add(loops.get(i));
          }
        }
        if (loops.stream().allMatch(node -> kept.contains(node) || !isFixed(node))) {
          group(List.copyOf(kept), 0, new ArrayList<>(), kept, best);
        }
      }
      return best[0];
    }

    private boolean isFixed(Node value) {
      return graph.outputs().containsValue(value)
          || graph.nodes().stream()
              .filter(user -> user.inputs().contains(value))
              .anyMatch(user -> !makes(user, value));
    }

    private static boolean makes(Node user, Node operand) {
      return user.op() instanceof Op.Reduce
          || (Block.isLoop(user) && user.shape().equals(operand.shape()));
    }

    private void group(
        List<Node> kept, int at, List<List<Node>> groups, Set<Node> stored, double[] best) {
      if (at == kept.size()) {
        blocks(groups, stored).ifPresent(blocks -> best[0] = Math.min(best[0], price(blocks)));
        return;
      }
      Node node = kept.get(at);
      for (List<Node> group : List.copyOf(groups)) {
        if (group.getFirst().shape().equals(node.shape())) {
          group.add(node);
          group(kept, at + 1, groups, stored, best);
          group.removeLast();
        }
      }
      groups.add(new ArrayList<>(List.of(node)));
      group(kept, at + 1, groups, stored, best);
      groups.removeLast();
    }

    private Optional<List<Block>> blocks(List<List<Node>> groups, Set<Node> stored) {
      List<Block> blocks = new ArrayList<>();
      groups.forEach(group -> blocks.add(block(group, Block.Form.LOOP, stored)));
      for (Node node : graph.nodes()) {
        if (node.op() instanceof Op.Reduce) {
          blocks.add(block(List.of(node), Block.Form.FOLD, stored));
        } else if (node.op() instanceof Op.Dot || reads.isCopied(node)) {
          blocks.add(block(List.of(node), Block.Form.OTHER, stored));
        }
      }
      Map<Node, Integer> times = new HashMap<>();
      for (Block block : blocks) {
        block.members().forEach(member -> times.merge(member, 1, Integer::sum));
        if (block.members().size() > limits.operations()
            || memoryReads.of(block.members()).size() + block.stored().size() > limits.operands()) {
          return Optional.empty();
        }
      }
      boolean isOnce =
          times.entrySet().stream()
              .allMatch(each -> each.getValue() == 1 || !(each.getKey().op() instanceof Op.Unary));
      return isOnce
              && blocks.stream().allMatch(block -> isWanted(block, blocks))
              && isAcyclic(blocks)
          ? Optional.of(blocks)
          : Optional.empty();
    }

    private Block block(List<Node> group, Block.Form form, Set<Node> stored) {
      Set<Node> found = new HashSet<>(group);
      Deque<Node> open = new ArrayDeque<>(group);
      while (!open.isEmpty()) {
        Node node = open.remove();
        for (Node operand : node.inputs()) {
          if (Block.isLoop(operand)
              && !stored.contains(operand)
              && makes(node, operand)
              && found.add(operand)) {
            open.add(operand);
          }
        }
      }
      Comparator<Node> byPosition = Comparator.comparingInt(graph::position);
      return new Block(
          0,
          form,
          group.stream().sorted(byPosition).toList(),
          new LinkedHashSet<>(found.stream().sorted(byPosition).toList()));
    }

    /// Whether somebody else reads each value that a block stores.
    private boolean isWanted(Block block, List<Block> all) {
      return block.stored().stream()
          .allMatch(value ->
              graph.outputs().containsValue(value)
                  || all.stream()
                      .filter(other -> other != block)
                      .anyMatch(other ->
                          memoryReads.of(other.members()).stream()
                              .anyMatch(read -> memoryReads.value(read) == value)));
    }

    private boolean isAcyclic(List<Block> blocks) {
      Map<Node, Block> homes = new HashMap<>();
      blocks.forEach(block -> block.stored().forEach(value -> homes.put(value, block)));
      Set<Block> done = new HashSet<>();
      List<Block> left = new ArrayList<>(blocks);
      while (!left.isEmpty()) {
        List<Block> ready =
            left.stream()
                .filter(block ->
                    memoryReads.of(block.members()).stream()
                        .map(memoryReads::value)
                        .map(homes::get)
                        .allMatch(home -> home == null || done.contains(home)))
                .toList();
        if (ready.isEmpty()) {
          return false;
        }
        done.addAll(ready);
        left.removeAll(ready);
      }
      return true;
    }
  }

  private static Graph graph(SplittableRandom random, int loops) {
    GraphBuilder g = new GraphBuilder("random");
    TensorType type = TensorType.f32(16, 16);
    List<Node> pool = new ArrayList<>(List.of(g.input("a", type), g.input("b", type)));
    int made = 0;
    while (made < loops) {
      Node a = pool.get(random.nextInt(pool.size()));
      Node b = pool.get(random.nextInt(Math.max(0, pool.size() - 4), pool.size()));
      switch (random.nextInt(9)) {
        case 0 -> pool.add(a.matmul(b));
        case 1 -> pool.add(b.sum(0).reshape(1, 16).broadcastTo(type.shape()));
        case 2 -> {
          pool.add(b.tanh());
          made++;
        }
        case 3 -> {
          pool.add(a.compare(CompareFn.GT, b).select(a, b));
          made += 2;
        }
        default -> {
          pool.add(random.nextBoolean() ? a.mul(b) : a.sub(b));
          made++;
        }
      }
    }
    Set<Node> used = new HashSet<>();
    pool.forEach(node -> used.addAll(node.inputs()));
    int outputs = 0;
    for (Node node : pool.subList(2, pool.size())) {
      if (!used.contains(node)) {
        g.output("y" + outputs++, node);
      }
    }
    return g.build();
  }

  @Test
  void smallGraphsComeToTheLeastPriceOfAllGroupings() {
    List<Double> ratios = new ArrayList<>();
    List<Double> before = new ArrayList<>();
    int repeats = 0;
    for (int round = 0; round < 300; round++) {
      SplittableRandom random = new SplittableRandom(SEED + round);
      DeviceInfo.Speed speed =
          new DeviceInfo.Speed(
              Math.pow(10, random.nextDouble(9, 12)),
              Math.pow(10, random.nextDouble(9, 11)),
              Math.pow(10, random.nextDouble(-9, -6)));
      RegionLimits limits = random.nextInt(4) == 0 ? new RegionLimits(5, 4) : RegionLimits.USUAL;
      Setting setting = new Setting(graph(random, random.nextInt(3, 7)), speed, limits);
      double least = setting.least();
      double price = setting.price(setting.chosen);
      String where = "round " + round + ", seed " + SEED + "\n" + setting.graph;
      assertTrue(setting.isAcyclic(setting.chosen), where);
      assertTrue(price >= least * (1 - 1e-9), where);
      assertTrue(price <= setting.price(setting.greedy) * (1 + 1e-9), where);
      ratios.add(price / least);
      before.add(setting.price(setting.greedy) / least);
      Map<Node, Integer> times = new HashMap<>();
      setting.chosen.forEach(
          block -> block.members().forEach(member -> times.merge(member, 1, Integer::sum)));
      repeats += times.values().stream().anyMatch(count -> count > 1) ? 1 : 0;
    }
    double mean = ratios.stream().mapToDouble(each -> each).average().orElseThrow();
    double worst = ratios.stream().mapToDouble(each -> each).max().orElseThrow();
    long exact = ratios.stream().filter(each -> each < 1 + 1e-9).count();
    System.out.printf(
        "%d graphs: %d at the least price, mean ratio %.5f, worst %.4f; as fused first %.5f; %d with repeats%n",
        ratios.size(),
        exact,
        mean,
        worst,
        before.stream().mapToDouble(each -> each).average().orElseThrow(),
        repeats);
    assertTrue(exact >= 0.95 * ratios.size(), exact + " exact");
    assertTrue(mean <= 1.005, "mean " + mean);
    assertTrue(worst <= 1.4, "worst " + worst);
    assertTrue(repeats > 10, repeats + " with repeats");
  }

  @Test
  void choosesTheSameEachTime() {
    for (int round = 0; round < 20; round++) {
      List<List<String>> all = new ArrayList<>();
      for (int again = 0; again < 2; again++) {
        Graph graph = graph(new SplittableRandom(SEED + round), 30);
        Setting setting =
            new Setting(graph, new DeviceInfo.Speed(1e12, 1e10, 1e-6), RegionLimits.USUAL);
        all.add(
            setting.chosen.stream()
                .map(block -> block.members().stream().map(graph::position).toList().toString())
                .toList());
      }
      assertEquals(all.getFirst(), all.getLast());
    }
  }

  /// Values with twice as many ways back at each step: looking at each way would never end.
  @Test
  void chainsOfSquaresAreSearchedInTime() {
    GraphBuilder g = new GraphBuilder("squares");
    TensorType line = TensorType.f32(1000);
    Node other = g.input("y", line).neg();
    Node square = g.input("x", line);
    for (int i = 0; i < 50; i++) {
      square = square.mul(square);
    }
    g.output("square", square);
    g.output("other", other.add(square).add(1));
    g.output("negative", other.add(1));
    Graph graph = g.build();
    Setting setting =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () -> new Setting(graph, new DeviceInfo.Speed(1e12, 1e11, 1e-6), RegionLimits.USUAL));
    assertTrue(!setting.chosen.isEmpty());
  }
}

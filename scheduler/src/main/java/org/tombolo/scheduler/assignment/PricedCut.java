package org.tombolo.scheduler.assignment;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The cheapest placement on two devices with prices for memory, as a minimum cut that is solved
/// again and again.
///
/// Prices and pins all lie between an operation, or what stands for those that share a tenant, and
/// one of the two ends. Where one of them changes, the flow that was found stays a flow once the
/// same is added to both edges of that node, which makes all cuts dearer by the same (Kohli, Torr,
/// *Dynamic graph cuts for efficient inference in Markov random fields*, PAMI 29(12), 2007). So
/// each node has one number, what it could still get from the first end less what it could give to
/// the second, and each solution starts from the last one.
final class PricedCut extends FlowNetwork implements Relaxation {
  /// More than all costs together, and more than a flow could fill.
  private static final long PINNED = 1L << 55;

  private static final long UNBOUNDED = 1L << 61;
  private static final int FIRST = 1;
  private static final int SECOND = 2;

  private final AssignmentProblem problem;
  private final List<MemoryUse.Tenant> tenants;

  /// The node of each operation, which it shares with those that stay with it.
  private final int[] nodeOf;

  private final int groups;

  /// The node that pays for each tenant, by device.
  private final int[][] payers;

  /// What is priced and pinned at present.
  private final long[][] prices;

  private final long[] pins;

  /// What a node could still get from the first end; less than 0 what it could give to the second.
  private long[] surplus = new long[256];

  private final int[] levels;
  private final int[] current;
  private final int[] path;

  PricedCut(AssignmentProblem problem, MemoryUse memory) {
    this.problem = problem;
    this.tenants = memory.tenants();
    this.nodeOf = new int[problem.operations()];
    for (List<Integer> group : problem.groups()) {
      int node = addNode();
      group.forEach(operation -> nodeOf[operation] = node);
    }
    this.groups = nodes;
    this.pins = new long[groups];
    this.prices = new long[2][tenants.size()];
    this.payers = new int[2][tenants.size()];
    for (int i = 0; i < nodeOf.length; i++) {
      surplus[nodeOf[i]] += Math.max(0, problem.cost(i, 1)) - Math.max(0, problem.cost(i, 0));
    }
    problem.crossings().forEach(this::add);
    for (int i = 0; i < tenants.size(); i++) {
      int[] users = Arrays.stream(tenants.get(i).users()).map(user -> nodeOf[user]).toArray();
      payers[0][i] = any(users, true);
      payers[1][i] = any(users, false);
    }
    this.levels = new int[nodes];
    this.current = new int[nodes];
    this.path = new int[nodes];
  }

  private void add(AssignmentProblem.Crossing crossing) {
    int[] readers = crossing.readers().stream().mapToInt(reader -> nodeOf[reader]).toArray();
    long upFirst = crossing.up().get(0);
    long upSecond = crossing.up().get(1);
    if (crossing.maker() < 0) {
      int onFirst = any(readers, true); // which may make room for more nodes
      int onSecond = any(readers, false);
      surplus[onFirst] -= upFirst;
      surplus[onSecond] += upSecond;
      return;
    }
    int maker = nodeOf[crossing.maker()];
    long downFirst = crossing.down().get(0);
    long downSecond = crossing.down().get(1);
    int[] others = Arrays.stream(readers).filter(reader -> reader != maker).toArray();
    if (crossing.fetched()) {
      surplus[maker] += downSecond - downFirst;
    } else {
      upSecond += downFirst;
      upFirst += downSecond;
    }
    if (others.length > 0) {
      addEdge(maker, any(others, false), upSecond);
      addEdge(any(others, true), maker, upFirst);
    }
  }

  /// A node that is on a side if any of some nodes is.
  private int any(int[] of, boolean first) {
    int[] distinct = Arrays.stream(of).distinct().toArray();
    if (distinct.length == 1) {
      return distinct[0];
    }
    int any = addNode();
    for (int node : distinct) {
      addEdge(first ? node : any, first ? any : node, UNBOUNDED);
    }
    return any;
  }

  @Override
  int addNode() {
    int node = super.addNode();
    surplus = node < surplus.length ? surplus : Arrays.copyOf(surplus, 2 * node);
    return node;
  }

  @Override
  public Optional<Solved> solve(long[] allowed, long[][] wanted) {
    long[] both = new long[groups];
    Arrays.fill(both, FIRST | SECOND);
    for (int i = 0; i < nodeOf.length; i++) {
      both[nodeOf[i]] &= allowed[i];
      for (int device = 0; device < 2; device++) {
        if (problem.cost(i, device) == AssignmentProblem.IMPOSSIBLE) {
          both[nodeOf[i]] &= ~(1L << device);
        }
      }
    }
    for (long may : both) {
      if (may == 0) {
        return Optional.empty();
      }
    }
    for (int node = 0; node < groups; node++) {
      long pin = both[node] == FIRST ? PINNED : both[node] == SECOND ? -PINNED : 0;
      surplus[node] += pin - pins[node];
      pins[node] = pin;
    }
    for (int i = 0; i < tenants.size(); i++) {
      surplus[payers[0][i]] -= wanted[0][i] - prices[0][i];
      surplus[payers[1][i]] += wanted[1][i] - prices[1][i];
      prices[0][i] = wanted[0][i];
      prices[1][i] = wanted[1][i];
    }
    while (findLevels()) {
      augment();
    }
    int[] homes = new int[nodeOf.length];
    for (int i = 0; i < homes.length; i++) {
      homes[i] = levels[nodeOf[i]] >= 0 ? 0 : 1;
    }
    return Optional.of(new Solved(homes, cost(homes)));
  }

  private long cost(int[] homes) {
    long cost = problem.cost(homes);
    for (int i = 0; i < prices[0].length; i++) {
      if (prices[0][i] > 0 || prices[1][i] > 0) {
        int places = 0;
        for (int user : tenants.get(i).users()) {
          places |= 1 << homes[user];
        }
        cost += ((places & FIRST) == 0 ? 0 : prices[0][i]);
        cost += ((places & SECOND) == 0 ? 0 : prices[1][i]);
      }
    }
    return cost;
  }

  /// Distances from what the first end still reaches; -1 where there is no way. False if none leads
  /// to the second end.
  private boolean findLevels() {
    Arrays.fill(levels, -1);
    int written = 0;
    for (int node = 0; node < nodes; node++) {
      if (surplus[node] > 0) {
        levels[node] = 0;
        path[written++] = node;
      }
    }
    boolean isThrough = false;
    for (int read = 0; read < written; read++) {
      int node = path[read];
      isThrough |= surplus[node] < 0;
      for (int edge = firsts[node]; edge >= 0; edge = nexts[edge]) {
        if (capacities[edge] > 0 && levels[heads[edge]] < 0) {
          levels[heads[edge]] = levels[node] + 1;
          path[written++] = heads[edge];
        }
      }
    }
    return isThrough;
  }

  /// Sends what the level graph carries.
  private void augment() {
    System.arraycopy(firsts, 0, current, 0, nodes);
    for (int start = 0; start < nodes; start++) {
      boolean sends = true;
      while (sends && surplus[start] > 0) {
        sends = send(start);
      }
    }
  }

  /// Sends as much as one way from a node carries; false if there is none.
  private boolean send(int start) {
    int depth = 0;
    int node = start;
    while (surplus[node] >= 0) {
      int edge = current[node];
      while (edge >= 0 && (capacities[edge] == 0 || levels[heads[edge]] != levels[node] + 1)) {
        edge = nexts[edge];
      }
      current[node] = edge;
      if (edge >= 0) {
        path[depth++] = edge;
        node = heads[edge];
      } else if (depth == 0) {
        return false;
      } else {
        int back = path[--depth];
        node = heads[back ^ 1];
        current[node] = nexts[back];
      }
    }
    long most = Math.min(surplus[start], -surplus[node]);
    for (int i = 0; i < depth; i++) {
      most = Math.min(most, capacities[path[i]]);
    }
    for (int i = 0; i < depth; i++) {
      capacities[path[i]] -= most;
      capacities[path[i] ^ 1] += most;
    }
    surplus[start] -= most;
    surplus[node] += most;
    return true;
  }
}

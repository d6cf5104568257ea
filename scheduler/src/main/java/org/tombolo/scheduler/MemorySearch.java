package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The cheapest placement whose memory, by [MemoryUse], stays within limits: an NP-hard problem
/// (Rao, Stone, Hu, *Assignment of tasks in a distributed processor system with limited memory*,
/// IEEE ToC C-28(4), 1979), solved exactly where graphs are small and nearly so where they are not.
///
/// A price on each byte of a device at the step at which it is full makes the limit part of the
/// cost: whatever the prices, the cheapest placement with them, less what the limits are worth at
/// these prices, costs no more than the best placement that fits (the Lagrangian dual; Fisher, *The
/// Lagrangian relaxation method for solving integer programming problems*, Management Science
/// 27(1), 1981). Prices rise where there is too little memory and fall where there is enough, by
/// Polyak's step. Each placement that is met on the way is repaired by small steps until it fits
/// and then improved by them: [PairRepair] where there are few operations, [ChainRepair] where
/// there are many. There, multiples of the prices are tried, too. What gap is left is closed by
/// branch and bound as far as a fixed budget of cuts goes: operations that take memory where it is
/// scarce are held to the device or kept away from it, and parts whose bound is no better than what
/// was found are given up.
final class MemorySearch {
  /// Rounds before branching.
  private static final int ROUNDS = 40;

  /// Groups up to which repair looks at pairs.
  private static final int MOST_PAIRED = 80;

  /// Groups from which only some of the placements that are met are repaired, and which.
  private static final int MANY = 1000;

  private static final int EACH = 10;

  /// Solved problems on two devices, and on more, where each takes several cuts; and the operations
  /// that all of them together may have.
  private static final int MOST_SOLVED = 1000;

  private static final int MOST_SOLVED_BY_MOVES = 100;
  private static final long MOST_WORK = 200_000;

  /// Groups up to which each is tried on each device before a part is solved.
  private static final int MOST_PROBED = 150;

  /// Largest sum of prices, so that costs still add up exactly.
  private static final double MOST_PRICE = 0x1p50;

  /// Times that prices are doubled to find something that fits at all.
  private static final int MOST_RAISES = 20;

  /// The largest multiple of prices that is tried to find something that fits, and how many are.
  private static final double MOST_SCALED = 64;

  private static final int SCALES = 10;

  /// Rounds in each part that is branched into.
  private static final int ROUNDS_INSIDE = 4;

  /// Makes placements fit by small steps.
  interface Repair {
    /// A placement that fits, made of one that may not; empty if no move helps any more, or there
    /// was too much to look at already.
    Optional<int[]> repaired(int[] start);

    /// The nearest to fitting of all placements that could not be repaired.
    int[] leastExcess();
  }

  /// A device at a step at which its memory was full.
  private record Place(int device, int step) {}

  /// A part of all placements.
  ///
  /// @param allowed devices that each operation may be on, as bits
  /// @param prices cost of a byte, by place
  /// @param bound less than which none of them costs
  /// @param homes the cheapest one at these prices
  @SuppressWarnings("ArrayRecordComponent")
  private record Part(long[] allowed, Map<Place, Double> prices, long bound, int[] homes) {}

  /// What was found.
  ///
  /// @param homes device of each operation
  /// @param bound less than which no placement that fits costs
  /// @param fits whether the placement does
  @SuppressWarnings("ArrayRecordComponent")
  record Found(int[] homes, long bound, boolean fits) {}

  private final PlacementProblem problem;
  private final MemoryUse memory;
  private final List<Long> limits;
  private final Function<PlacementProblem, Optional<int[]>> solver;
  private final Repair repair;

  /// The operations that are where one is.
  private final Map<Integer, List<Integer>> groups = new HashMap<>();

  /// All groups if they are few, else none.
  private final List<List<Integer>> few;

  private final double totalBytes;
  private final Set<List<Integer>> met = new HashSet<>();
  private long work;
  private int solved;
  private int @Nullable [] best;
  private long bestCost = Long.MAX_VALUE;

  private MemorySearch(
      PlacementProblem problem,
      MemoryUse memory,
      List<Long> limits,
      Function<PlacementProblem, Optional<int[]>> solver) {
    this.problem = problem;
    this.memory = memory;
    this.limits = limits;
    this.solver = solver;
    this.repair =
        problem.groups().size() <= MOST_PAIRED
            ? new PairRepair(problem, memory, limits)
            : new ChainRepair(problem, memory, limits);
    this.totalBytes = memory.tenants().stream().mapToDouble(MemoryUse.Tenant::bytes).sum();
    this.few = problem.groups().size() > MOST_PROBED ? List.of() : List.copyOf(problem.groups());
    problem.groups().forEach(group -> group.forEach(operation -> groups.put(operation, group)));
  }

  /// The best placement that fits, or if none was found the one that goes over the limits least.
  ///
  /// @param start the cheapest placement if memory did not matter
  /// @param bound less than which no placement costs
  /// @param limits most bytes on each device
  /// @param solver a cheap placement of a problem, and the cheapest if there are at most two
  ///   devices
  static Found of(
      PlacementProblem problem,
      MemoryUse memory,
      int[] start,
      long bound,
      List<Long> limits,
      Function<PlacementProblem, Optional<int[]>> solver) {
    return new MemorySearch(problem, memory, limits, solver).run(start, bound);
  }

  private Found run(int[] start, long leastBound) {
    long[] everything = new long[start.length];
    for (int i = 0; i < start.length; i++) {
      for (int device = 0; device < problem.devices(); device++) {
        everything[i] |= problem.cost(i, device) == PlacementProblem.IMPOSSIBLE ? 0 : 1L << device;
      }
    }
    meet(start);
    Part root = new Part(everything, Map.of(), leastBound, start);
    root = tightened(root, ROUNDS);
    if (best == null) {
      raisePrices(root);
    }
    if (problem.groups().size() > MOST_PAIRED) {
      scalePrices(root);
    }
    PriorityQueue<Part> open = new PriorityQueue<>(Comparator.comparingLong(Part::bound));
    open.add(root);
    while (!open.isEmpty() && open.peek().bound() < bestCost && goesOn()) {
      Part part = open.remove();
      int branch = branching(part);
      if (branch < 0) {
        continue; // it is one placement, which was met
      }
      long at = 1L << part.homes()[branch];
      for (long side : new long[] {at, part.allowed()[branch] & ~at}) {
        restricted(part, branch, side).ifPresent(open::add);
      }
    }
    int[] found = best;
    if (found == null) {
      return new Found(repair.leastExcess(), leastBound, false);
    }
    long bound = open.isEmpty() ? bestCost : open.peek().bound();
    return new Found(found, Math.max(leastBound, Math.min(bound, bestCost)), true);
  }

  private boolean goesOn() {
    int most = problem.devices() > 2 ? MOST_SOLVED_BY_MOVES : MOST_SOLVED;
    return work < MOST_WORK && solved < most;
  }

  /// Takes note of a placement and of what it can be repaired to.
  private void meet(int[] homes) {
    if (!met.add(Arrays.stream(homes).boxed().toList())) {
      return;
    }
    repair
        .repaired(homes)
        .ifPresent(fitting -> {
          long cost = problem.cost(fitting);
          if (cost < bestCost) {
            best = fitting;
            bestCost = cost;
          }
        });
  }

  /// Raises prices until something fits, or nothing is gained by that any more.
  private void raisePrices(Part root) {
    Part last = root;
    for (int round = 0; round < MOST_RAISES && best == null; round++) {
      Map<Place, Double> prices = new HashMap<>();
      last.prices().forEach((place, price) -> prices.put(place, 2 * price));
      double most = prices.values().stream().mapToDouble(price -> price).max().orElse(0);
      List<MemoryUse.Peak> peaks = memory.peaks(last.homes());
      for (int device = 0; device < peaks.size(); device++) {
        if (peaks.get(device).bytes() > limits.get(device)) {
          double first = Math.max(1, root.bound()) / totalBytes;
          prices.putIfAbsent(new Place(device, peaks.get(device).step()), most > 0 ? most : first);
        }
      }
      prices.replaceAll((_, price) -> Math.min(price, MOST_PRICE / prices.size() / totalBytes));
      Optional<Part> next = solved(root.allowed(), prices);
      if (next.isEmpty()) {
        return;
      }
      last = next.get();
      meet(last.homes());
    }
  }

  /// Looks for the lowest multiple of the prices at which the cheapest placement fits by itself,
  /// and takes note of all that are met on the way: they move what belongs together, which repair
  /// by small steps does not find.
  private void scalePrices(Part root) {
    if (root.prices().isEmpty() || root.bound() >= bestCost) {
      return;
    }
    double low = 1;
    double high = MOST_SCALED;
    for (int round = 0; round < SCALES; round++) {
      double scale = Math.sqrt(low * high);
      Map<Place, Double> prices = new HashMap<>();
      root.prices()
          .forEach((place, price) ->
              prices.put(
                  place, Math.min(scale * price, MOST_PRICE / root.prices().size() / totalBytes)));
      Optional<Part> part = solved(root.allowed(), prices);
      if (part.isEmpty()) {
        return;
      }
      meet(part.get().homes());
      List<MemoryUse.Peak> peaks = memory.peaks(part.get().homes());
      boolean fits =
          IntStream.range(0, limits.size()).allMatch(i -> peaks.get(i).bytes() <= limits.get(i));
      low = fits ? low : scale;
      high = fits ? scale : high;
    }
  }

  /// The part of a part in which a group of operations is on some devices alone; empty if there is
  /// none.
  private Optional<Part> restricted(Part part, int operation, long devices) {
    long[] allowed = part.allowed().clone();
    for (int member : Objects.requireNonNull(groups.get(operation))) {
      allowed[member] &= devices;
      if (allowed[member] == 0) {
        return Optional.empty();
      }
    }
    if (!propagated(allowed)) {
      return Optional.empty();
    }
    return solved(allowed, part.prices())
        .map(solved ->
            new Part(
                allowed, part.prices(), Math.max(part.bound(), solved.bound()), solved.homes()))
        .map(solved -> tightened(solved, ROUNDS_INSIDE));
  }

  /// Takes devices away from groups that they have no memory for beside what has to be there.
  ///
  /// @param allowed devices that each operation may be on, as bits, which become fewer
  /// @return false if a group has none left
  private boolean propagated(long[] allowed) {
    boolean changes = true;
    while (changes) {
      changes = false;
      for (int device = 0; device < problem.devices(); device++) {
        long here = 1L << device;
        if (memory.peak(i -> allowed[i] == here).bytes() > limits.get(device)) {
          return false;
        }
        for (List<Integer> group : few) {
          long now = allowed[group.getFirst()];
          boolean isFree = (now & here) != 0 && now != here;
          if (isFree
              && memory.peak(i -> allowed[i] == here || group.contains(i)).bytes()
                  > limits.get(device)) {
            group.forEach(i -> allowed[i] &= ~here);
            changes = true;
          }
        }
      }
    }
    return true;
  }

  private Optional<Part> solved(long[] allowed, Map<Place, Double> prices) {
    work += allowed.length;
    solved++;
    PlacementProblem priced = problem.with(allowed, crossings(prices));
    return solver
        .apply(priced)
        .map(homes -> {
          double free = 0;
          for (Map.Entry<Place, Double> price : prices.entrySet()) {
            free += price.getValue() * limits.get(price.getKey().device());
          }
          long least =
              problem.devices() > 2
                  ? LowerBound.of(priced).orElseThrow()
                  : priced.cost(homes); // the cut is exact
          long bound = least - (long) Math.ceil(free);
          return new Part(allowed, prices, bound, homes);
        });
  }

  /// Prices as values that cost something wherever they are.
  private List<PlacementProblem.Crossing> crossings(Map<Place, Double> prices) {
    List<PlacementProblem.Crossing> crossings = new ArrayList<>();
    for (MemoryUse.Tenant tenant : memory.tenants()) {
      double[] perByte = new double[problem.devices()];
      boolean isPriced = false;
      for (Map.Entry<Place, Double> price : prices.entrySet()) {
        int step = price.getKey().step();
        if (tenant.from() <= step && step <= tenant.to()) {
          perByte[price.getKey().device()] += price.getValue();
          isPriced = true;
        }
      }
      if (isPriced) {
        crossings.add(PlacementProblem.Crossing.price(tenant.users(), tenant.bytes(), perByte));
      }
    }
    return crossings;
  }

  /// A part with a better bound, by better prices.
  private Part tightened(Part start, int rounds) {
    Part tightest = start;
    Part last = start;
    double eagerness = 1;
    for (int round = 0;
        round < rounds && tightest.bound() < bestCost && work < MOST_WORK;
        round++) {
      Optional<Map<Place, Double>> prices = better(last, eagerness);
      if (prices.isEmpty()) {
        break;
      }
      Optional<Part> next = solved(last.allowed(), prices.get());
      if (next.isEmpty()) {
        break;
      }
      last = next.get();
      if (problem.groups().size() < MANY || round % EACH == 0) {
        meet(last.homes());
      }
      if (last.bound() > tightest.bound()) {
        tightest = last;
      } else {
        eagerness *= 0.7;
      }
    }
    return new Part(
        tightest.allowed(),
        tightest.prices(),
        Math.max(start.bound(), tightest.bound()),
        tightest.homes());
  }

  /// Prices that follow the use of memory; empty if they are right as they are.
  private Optional<Map<Place, Double>> better(Part part, double eagerness) {
    Map<Place, Double> prices = new HashMap<>(part.prices());
    long[][] loads = memory.loads(part.homes());
    crowded(loads).forEach(place -> prices.putIfAbsent(place, 0.0));
    Map<Place, Double> excess = new HashMap<>();
    double norm = 0;
    for (Map.Entry<Place, Double> price : prices.entrySet()) {
      Place place = price.getKey();
      double over = (double) loads[place.device()][place.step()] - limits.get(place.device());
      if (over > 0 || price.getValue() > 0) {
        excess.put(place, over);
        norm += over * over;
      }
    }
    if (norm == 0) {
      return Optional.empty();
    }
    double aim = bestCost == Long.MAX_VALUE ? 1.2 * Math.max(part.bound(), 1) : bestCost;
    double step = eagerness * Math.max(aim - part.bound(), 0.01 * Math.max(part.bound(), 1)) / norm;
    Map<Place, Double> next = new HashMap<>();
    excess.forEach((place, over) -> {
      double price = prices.getOrDefault(place, 0.0) + step * over;
      price = Math.clamp(price, 0, MOST_PRICE / excess.size() / totalBytes);
      if (price > 0) {
        next.put(place, price);
      }
    });
    return Optional.of(next);
  }

  /// Where there is more than there should be.
  private List<Place> crowded(long[][] loads) {
    List<Place> places = new ArrayList<>();
    for (int device = 0; device < loads.length; device++) {
      for (int step : MemoryUse.crowded(loads[device], limits.get(device))) {
        places.add(new Place(device, step));
      }
    }
    return places;
  }

  /// The operation whose group takes most memory where it is scarce, among those that may still be
  /// elsewhere; if none does, any that may; negative if there is none.
  private int branching(Part part) {
    List<MemoryUse.Peak> peaks = memory.peaks(part.homes());
    long[] scarce = new long[part.homes().length];
    for (MemoryUse.Tenant tenant : memory.tenants()) {
      for (int user : tenant.users()) {
        int device = part.homes()[user];
        MemoryUse.Peak peak = peaks.get(device);
        boolean isThere = tenant.from() <= peak.step() && peak.step() <= tenant.to();
        if (isThere && peak.bytes() > limits.get(device)) {
          scarce[user] += tenant.bytes();
        } else if (priced(part, tenant, device)) {
          scarce[user] += Math.max(1, tenant.bytes() / 4);
        }
      }
    }
    int most = -1;
    int[] incumbent = best;
    for (int i = 0; i < scarce.length; i++) {
      scarce[i] *= incumbent != null && incumbent[i] != part.homes()[i] ? 4 : 1;
      boolean isFree = Long.bitCount(part.allowed()[i]) > 1;
      if (isFree && (most < 0 || scarce[i] > scarce[most])) {
        most = i;
      }
    }
    return most;
  }

  private static boolean priced(Part part, MemoryUse.Tenant tenant, int device) {
    return part.prices().keySet().stream()
        .anyMatch(place ->
            place.device() == device
                && tenant.from() <= place.step()
                && place.step() <= tenant.to());
  }
}

package org.tombolo.scheduler.assignment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The cheapest placement whose memory, by [MemoryUse], stays within limits: an NP-hard problem
/// (Rao, Stone, Hu, *Assignment of tasks in a distributed processor system with limited memory*,
/// IEEE ToC C-28(4), 1979), solved exactly where graphs are small and nearly so where they are not.
///
/// Prices make limits part of the cost: whatever the prices on what [MemoryRow]s sum up, the
/// cheapest placement with them, less what the rows allow at these prices, costs no more than the
/// best placement that fits (the Lagrangian dual; Fisher, *The Lagrangian relaxation method for
/// solving integer programming problems*, Management Science 27(1), 1981). Prices follow a mixture
/// of the placements that were met (Barahona, Anbil, *The volume algorithm*, Mathematical
/// Programming 87(3), 2000). Rows are added as that mixture breaks them: those of steps at which
/// there is too much, and those that follow from them by rounding. Each placement that is met on
/// the way is repaired by small steps until it fits and then improved by them: [PairRepair] where
/// there are few operations, [ChainRepair] where there are many. What gap is left is closed by
/// branch and bound as far as a fixed budget of cuts goes: something is away from a device, or it
/// counts as there; parts whose bound is no better than what was found are given up.
public final class MemorySearch {
  /// Rounds before branching, and in each part that is branched into.
  private static final int ROUNDS = 250;

  private static final int ROUNDS_BY_MOVES = 40;

  private static final int ROUNDS_INSIDE = 12;

  /// Rounds after which rows are looked for.
  private static final int SEPARATION = 5;

  /// Groups up to which repair looks at pairs.
  private static final int MOST_PAIRED = 80;

  /// Of placements that are met, those that are repaired where graphs are large.
  private static final int MANY = 80;

  private static final int EACH = 10;

  /// Operations of all problems that are solved.
  private static final long MOST_WORK = 8_000_000;

  /// Operations from which each problem takes so long that there are fewer.
  private static final int LARGE = 4000;

  private static final long MOST_WORK_IF_LARGE = 2_000_000;

  /// Problems that are solved on more than two devices, where each takes several cuts.
  private static final long MOST_SOLVED_BY_MOVES = 300;

  /// Times that prices are doubled to find something that fits at all.
  private static final int MOST_RAISES = 20;

  /// The largest multiple of prices that is tried to find something that fits, and how many are.
  private static final double MOST_SCALED = 64;

  private static final int SCALES = 10;

  /// Parts that are looked into one after the other before the one of least bound is again.
  private static final int MOST_DIVED = 40;

  /// How far prices go towards what the gap asks for: at first, at most, and by what factor more
  /// after a better bound, or less after some rounds without one.
  private static final double EAGER = 0.5;

  private static final double MOST_EAGER = 1.9;
  private static final double MORE = 1.15;
  private static final double LESS = 0.66;
  private static final int PATIENCE = 3;

  /// Share of the latest placement in the mixture: in the first half of the rounds, and then.
  private static final double FRESH = 0.2;

  private static final double LATE = 0.08;

  /// Questions of which the one that says most is asked.
  private static final int MOST_ASKED = 4;

  /// Times from which what a question was worth is believed.
  private static final int OFTEN = 2;

  /// How near to certain the mixture has to be for what is decided many at a time.
  private static final double SURE = 0.1;

  /// Times that something better is looked for around the best.
  private static final int MOST_NEIGHBOURHOODS = 6;

  /// Gap that is left where there are many groups: to close it takes longer than it is worth.
  private static final double TOLERANCE = 0.005;

  /// Share of the bound by which answers have to raise it to say something about a question.
  private static final double NOTABLE = 0.01;

  /// Makes placements fit by small steps.
  interface Repair {
    /// A placement that fits, made of one that may not; empty if no move helps any more, or there
    /// was too much to look at already.
    Optional<int[]> repaired(int[] start);

    /// The nearest to fitting of all placements that could not be repaired.
    int[] leastExcess();
  }

  /// What was found.
  ///
  /// @param homes device of each operation
  /// @param bound less than which no placement that fits costs
  /// @param fits whether the placement does
  @SuppressWarnings("ArrayRecordComponent")
  public record Found(int[] homes, long bound, boolean fits) {}

  private final AssignmentProblem problem;
  private final MemoryUse memory;
  private final List<MemoryUse.Tenant> tenants;
  private final List<Long> limits;
  private final Relaxation relaxation;
  private final Repair repair;
  private final MemoryRows rows;
  private final MemoryQuestions questions;
  private final int groupCount;
  private final int rounds;
  private final Map<MemoryQuestions.Question, Worth> worths = new HashMap<>();
  private final Set<List<Integer>> met = new HashSet<>();
  private final long mostWork;
  private long work;
  private int @Nullable [] best;
  private long bestCost = Long.MAX_VALUE;

  private MemorySearch(
      AssignmentProblem problem,
      MemoryUse memory,
      List<Long> limits,
      Function<AssignmentProblem, Optional<int[]>> solver) {
    this.problem = problem;
    this.memory = memory;
    this.tenants = memory.tenants();
    this.limits = limits;
    this.rows = new MemoryRows(memory, limits);
    this.questions = new MemoryQuestions(problem, memory, limits, rows);
    this.relaxation = Relaxation.of(problem, memory, solver);
    this.groupCount = problem.groups().size();
    this.repair =
        groupCount <= MOST_PAIRED
            ? new PairRepair(problem, memory, limits)
            : new ChainRepair(problem, memory, limits);
    boolean isCut = problem.devices() <= 2;
    long most = problem.operations() > LARGE ? MOST_WORK_IF_LARGE : MOST_WORK;
    this.mostWork = isCut ? most : Math.min(most, MOST_SOLVED_BY_MOVES * problem.operations());
    this.rounds = isCut ? ROUNDS : ROUNDS_BY_MOVES;
  }

  /// The best placement that fits, or if none was found the one that goes over the limits least.
  ///
  /// @param start the cheapest placement if memory did not matter
  /// @param bound less than which no placement costs
  /// @param limits most bytes on each device
  /// @param solver a cheap placement of a problem, and the cheapest if there are at most two
  ///   devices
  public static Found of(
      AssignmentProblem problem,
      MemoryUse memory,
      int[] start,
      long bound,
      List<Long> limits,
      Function<AssignmentProblem, Optional<int[]>> solver) {
    return new MemorySearch(problem, memory, limits, solver).run(start, bound);
  }

  private Found run(int[] start, long leastBound) {
    long[] everything = questions.everything();
    meet(start);
    BitSet[] counted = new BitSet[problem.devices()];
    Arrays.setAll(counted, _ -> new BitSet());
    if (!questions.propagate(everything, counted)) {
      return found(leastBound, leastBound);
    }
    MemoryPart root =
        new MemoryPart(
            everything,
            counted,
            new double[0],
            leastBound,
            start,
            questions.presence(start, counted));
    root = rows.withoutIdle(tightened(root, rounds));
    if (best == null) {
      raisePrices(root);
    }
    if (groupCount > MOST_PAIRED) {
      scalePrices(root);
    }
    dive(root);
    long before = bestCost;
    for (int round = 0; round < MOST_NEIGHBOURHOODS; round++) {
      lookAround(root);
      if (bestCost == before) {
        break;
      }
      before = bestCost;
    }
    if (best != null && root.bound() > bestCost) {
      throw new IllegalStateException(
          "no placement costs less than %d, but one costs %d".formatted(root.bound(), bestCost));
    }
    return found(leastBound, Math.max(root.bound(), branch(root, mostWork)));
  }

  private Found found(long leastBound, long bound) {
    int[] found = best;
    return found == null
        ? new Found(repair.leastExcess(), leastBound, false)
        : new Found(found, Math.min(bound, bestCost), true);
  }

  /// Decides more and more, as the mixture has it, until one placement is left.
  private void dive(MemoryPart root) {
    MemoryPart part = root;
    for (int depth = 0; depth < MOST_DIVED && part.bound() < enough() && work < mostWork; depth++) {
      long[] allowed = part.allowed().clone();
      BitSet[] counted = part.copyOfCounted();
      List<MemoryQuestions.Question> open = questions.of(part, best, Integer.MAX_VALUE);
      boolean changes = false;
      MemoryQuestions.Question nearest = null;
      double least = 1;
      for (MemoryQuestions.Question question : open) {
        double there = MemoryQuestions.presence(part, question);
        double unsure = Math.min(there, 1 - there);
        if (question.isTenant() && unsure < SURE) {
          changes |= questions.decide(allowed, counted, question, there >= 0.5);
        } else if (question.isTenant() && unsure < least) {
          least = unsure;
          nearest = question;
        }
      }
      if (nearest != null && !changes) {
        boolean there = MemoryQuestions.presence(part, nearest) >= 0.5;
        changes = questions.decide(allowed, counted, nearest, there);
      }
      Optional<MemoryPart> next = changes ? inside(part, allowed, counted) : Optional.empty();
      if (next.isEmpty()) {
        break;
      }
      part = tightened(next.get(), ROUNDS_INSIDE);
    }
    meet(part.homes());
  }

  /// Looks for something better among the placements that differ from the best one only where that
  /// differs from the cheapest at the prices at hand, or the mixture is unsure (Danna, Rothberg, Le
  /// Pape, *Exploring relaxation induced neighborhoods to improve MIP solutions*, Mathematical
  /// Programming 102(1), 2005).
  private void lookAround(MemoryPart root) {
    int[] incumbent = best;
    if (incumbent == null) {
      return;
    }
    boolean[] isFree = new boolean[incumbent.length];
    for (int i = 0; i < isFree.length; i++) {
      isFree[i] |= incumbent[i] != root.homes()[i];
    }
    for (double[] presence : root.presence()) {
      for (int i = 0; i < presence.length; i++) {
        if (presence[i] > SURE && presence[i] < 1 - SURE) {
          for (int user : tenants.get(i).users()) {
            isFree[user] = true;
          }
        }
      }
    }
    long[] allowed = root.allowed().clone();
    for (List<Integer> group : problem.groups()) {
      if (group.stream().noneMatch(operation -> isFree[operation])) {
        group.forEach(operation -> allowed[operation] = 1L << incumbent[operation]);
      }
    }
    inside(root, allowed, root.copyOfCounted())
        .ifPresent(part -> branch(tightened(part, ROUNDS_INSIDE), work + (mostWork - work) / 8));
  }

  /// Branch and bound; the bound that is left.
  private long branch(MemoryPart root, long untilWork) {
    PriorityQueue<MemoryPart> open =
        new PriorityQueue<>(Comparator.comparingLong(MemoryPart::bound));
    Deque<MemoryPart> dive = new ArrayDeque<>();
    dive.push(root);
    int dived = 0;
    while ((!open.isEmpty() || !dive.isEmpty()) && work < untilWork) {
      MemoryPart part = dive.isEmpty() || dived > MOST_DIVED ? null : dive.pop();
      if (part == null) {
        open.addAll(dive);
        dive.clear();
        dived = 0;
        part = open.remove();
      }
      if (part.bound() >= enough()) {
        continue;
      }
      dived++;
      for (MemoryPart each : parts(part)) { // the likelier one last
        if (dive.size() > 0) {
          open.add(dive.pop());
        }
        dive.push(each);
      }
    }
    open.addAll(dive);
    return open.isEmpty()
        ? enough()
        : Math.min(enough(), Objects.requireNonNull(open.peek()).bound());
  }

  /// The bound from which a part is given up.
  private long enough() {
    return groupCount > MOST_PAIRED ? bestCost - (long) (TOLERANCE * bestCost) : bestCost;
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
  private void raisePrices(MemoryPart root) {
    MemoryPart last = root;
    for (int round = 0; round < MOST_RAISES && best == null; round++) {
      double[] excess = rows.excess(last.presence());
      double[] prices = Arrays.copyOf(last.prices(), excess.length);
      double most = Arrays.stream(prices).max().orElse(0);
      for (int i = 0; i < prices.length; i++) {
        prices[i] *= 2;
        if (prices[i] == 0 && excess[i] > 0) {
          prices[i] = most > 0 ? most : Math.max(1, root.bound());
        }
      }
      Optional<MemoryPart> next = solved(root, prices);
      if (next.isEmpty()) {
        return;
      }
      last = next.get();
      double[][] presence = questions.presence(last.homes(), last.counted());
      rows.addSteps(presence);
      last = last.withPresence(presence);
      meet(last.homes());
    }
  }

  /// Looks for the lowest multiple of the prices at which the cheapest placement fits by itself,
  /// and takes note of all that are met on the way: they move what belongs together, which repair
  /// by small steps does not find.
  private void scalePrices(MemoryPart root) {
    if (root.bound() >= enough()) {
      return;
    }
    double low = 1;
    double high = MOST_SCALED;
    for (int round = 0; round < SCALES; round++) {
      double scale = Math.sqrt(low * high);
      Optional<MemoryPart> part =
          solved(root, Arrays.stream(root.prices()).map(price -> scale * price).toArray());
      if (part.isEmpty()) {
        return;
      }
      meet(part.get().homes());
      boolean fits = fits(part.get().homes());
      low = fits ? low : scale;
      high = fits ? scale : high;
    }
  }

  private boolean fits(int[] homes) {
    List<MemoryUse.Peak> peaks = memory.peaks(homes);
    for (int device = 0; device < limits.size(); device++) {
      if (peaks.get(device).bytes() > limits.get(device)) {
        return false;
      }
    }
    return true;
  }

  /// Solves a part with other prices.
  private Optional<MemoryPart> solved(MemoryPart part, double[] prices) {
    work += part.allowed().length;
    MemoryRows.Sum sum = rows.sum(prices, part.counted());
    return relaxation
        .solve(part.allowed(), sum.ofTenants())
        .map(solved ->
            new MemoryPart(
                part.allowed(),
                part.counted(),
                prices,
                solved.least() - sum.free(),
                solved.homes(),
                part.presence()));
  }

  /// A part with a better bound, by better prices.
  private MemoryPart tightened(MemoryPart start, int rounds) {
    double[] center = start.prices();
    long bound = start.bound();
    double[][] mixture = start.presence();
    int[] homes = start.homes();
    double eagerness = EAGER;
    int misses = 0;
    for (int round = 0; round < rounds && bound < enough() && work < mostWork; round++) {
      if (round % SEPARATION == 0) {
        rows.addSteps(mixture);
        rows.addCuts(start.counted(), mixture);
      }
      double[] excess = rows.excess(mixture);
      double norm = 0;
      for (int i = 0; i < excess.length; i++) {
        double price = i < center.length ? center[i] : 0;
        if (excess[i] > 0 || price > 0) {
          norm += excess[i] * excess[i];
        } else {
          excess[i] = 0;
        }
      }
      if (norm < 1e-12) {
        break;
      }
      double aim = bestCost == Long.MAX_VALUE ? 1.2 * Math.max(bound, 1) : bestCost;
      aim = Math.min(aim, 2 * Math.max(bound, 1));
      double step = eagerness * Math.max(aim - bound, 0.01 * Math.max(bound, 1)) / norm;
      double[] prices = new double[excess.length];
      for (int i = 0; i < prices.length; i++) {
        prices[i] = Math.max(0, (i < center.length ? center[i] : 0) + step * excess[i]);
      }
      Optional<MemoryPart> next = solved(start, prices);
      if (next.isEmpty()) {
        return start.withBound(Long.MAX_VALUE);
      }
      if (groupCount < MANY || round % EACH == 0) {
        meet(next.get().homes());
      }
      double share = round == 0 && rounds > ROUNDS_INSIDE ? 1 : round < rounds / 2 ? FRESH : LATE;
      mixture = mixed(mixture, questions.presence(next.get().homes(), start.counted()), share);
      if (next.get().bound() > bound) {
        bound = next.get().bound();
        center = prices;
        homes = next.get().homes();
        eagerness = Math.min(MOST_EAGER, MORE * eagerness);
        misses = 0;
      } else if (++misses >= PATIENCE) {
        eagerness *= LESS;
        misses = 0;
      }
    }
    return new MemoryPart(start.allowed(), start.counted(), center, bound, homes, mixture);
  }

  private static double[][] mixed(double[][] mixture, double[][] other, double share) {
    double[][] mixed = new double[mixture.length][mixture[0].length];
    for (int device = 0; device < mixed.length; device++) {
      for (int i = 0; i < mixed[device].length; i++) {
        mixed[device][i] = (1 - share) * mixture[device][i] + share * other[device][i];
      }
    }
    return mixed;
  }

  /// What asking a question was worth.
  ///
  /// @param score sum of all times
  private record Worth(double score, int times) {}

  /// The two parts that a part consists of, as far as there is anything in them: the likelier last.
  ///
  /// Of the questions that matter most by an estimate, that one is asked whose answers make the
  /// placement dearest, both of them; what was asked often enough is judged by that.
  private List<MemoryPart> parts(MemoryPart part) {
    List<MemoryQuestions.Question> open = questions.of(part, best, MOST_ASKED);
    if (open.isEmpty()) {
      return byOperation(part);
    }
    List<MemoryPart> chosen = List.of();
    MemoryQuestions.Question unasked = open.getFirst();
    double most = NOTABLE * part.bound();
    for (MemoryQuestions.Question question : open) {
      Worth worth = worths.getOrDefault(question, new Worth(0, 0));
      if (worth.times() >= OFTEN) {
        double score = worth.score() / worth.times();
        if (score > most) {
          most = score;
          unasked = question;
          chosen = List.of();
        }
        continue;
      }
      List<MemoryPart> answers = answers(part, question);
      if (answers.size() < 2) {
        return tightened(answers);
      }
      double first = (double) answers.get(0).bound() - part.bound() + 1e-4 * part.bound();
      double second = (double) answers.get(1).bound() - part.bound() + 1e-4 * part.bound();
      double score = Math.sqrt(first * second);
      worths.put(question, new Worth(worth.score() + score, worth.times() + 1));
      if (score > most) {
        most = score;
        chosen = answers;
      }
    }
    return tightened(chosen.isEmpty() ? answers(part, unasked) : chosen);
  }

  private List<MemoryPart> tightened(List<MemoryPart> parts) {
    return parts.stream()
        .map(each -> tightened(each, ROUNDS_INSIDE))
        .filter(each -> each.bound() < enough())
        .toList();
  }

  private List<MemoryPart> answers(MemoryPart part, MemoryQuestions.Question question) {
    double there = MemoryQuestions.presence(part, question);
    List<MemoryPart> answers = new ArrayList<>();
    for (boolean isThere : new boolean[] {there < 0.5, there >= 0.5}) {
      restricted(part, question, isThere).ifPresent(answers::add);
    }
    return answers;
  }

  /// The parts by where a group of operations is.
  private List<MemoryPart> byOperation(MemoryPart part) {
    for (int i = 0; i < part.allowed().length; i++) {
      if (Long.bitCount(part.allowed()[i]) > 1) {
        long here = 1L << part.homes()[i];
        List<MemoryPart> found = new ArrayList<>();
        for (long side : new long[] {~here, here}) {
          long[] allowed = part.allowed().clone();
          if (questions.restrict(allowed, i, side)) {
            inside(part, allowed, part.copyOfCounted())
                .map(each -> tightened(each, ROUNDS_INSIDE))
                .ifPresent(found::add);
          }
        }
        return found;
      }
    }
    return List.of(); // it is one placement, which was met
  }

  private Optional<MemoryPart> restricted(
      MemoryPart part, MemoryQuestions.Question question, boolean there) {
    long[] allowed = part.allowed().clone();
    BitSet[] counted = part.copyOfCounted();
    return questions.decide(allowed, counted, question, there)
        ? inside(part, allowed, counted)
        : Optional.empty();
  }

  /// The part of a part in which something is decided; empty if there is nothing worth a look.
  private Optional<MemoryPart> inside(MemoryPart part, long[] allowed, BitSet[] counted) {
    if (!questions.propagate(allowed, counted)) {
      return Optional.empty();
    }
    double[][] presence = questions.decided(part.presence(), allowed, counted);
    MemoryPart inside =
        new MemoryPart(allowed, counted, part.prices(), part.bound(), part.homes(), presence);
    return solved(inside, part.prices())
        .map(solved -> {
          meetSome(solved.homes());
          return solved.bound() > part.bound() ? solved : solved.withBound(part.bound());
        })
        .filter(solved -> solved.bound() < enough());
  }

  /// Takes note of a placement, in large graphs if it fits by itself.
  private void meetSome(int[] homes) {
    if (groupCount < MANY || (fits(homes) && problem.cost(homes) < bestCost)) {
      meet(homes);
    }
  }
}

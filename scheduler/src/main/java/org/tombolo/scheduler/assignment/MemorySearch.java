package org.tombolo.scheduler.assignment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Function;

/// The cheapest placement whose memory, by [MemoryUse], stays within limits: an NP-hard problem
/// (Rao, Stone, Hu, *Assignment of tasks in a distributed processor system with limited memory*,
/// IEEE ToC C-28(4), 1979), solved exactly where graphs are small and nearly so where they are not.
///
/// Prices make limits part of the cost: whatever the prices on what [MemoryRow]s sum up, the
/// cheapest placement with them, less what the rows allow at these prices, costs no more than the
/// best placement that fits (the Lagrangian dual; Fisher, *The Lagrangian relaxation method for
/// solving integer programming problems*, Management Science 27(1), 1981). [PriceAscent] finds the
/// prices, from a mixture of the placements that it meets. Rows are added as that mixture breaks
/// them: those of steps at which there is too much, and those that follow from them by rounding.
/// Placements that are met on the way are repaired by small steps until they fit and then improved
/// by them: [PairRepair] where there are few groups of operations, [ChainRepair] where there are
/// many; the best is the [Incumbent]. What gap is left is closed by branch and bound as far as a
/// fixed budget of cuts goes: something is away from a device, or it counts as there; parts whose
/// bound is no better than what was found are given up.
public final class MemorySearch {
  /// Rounds before branching, and in each part that is branched into.
  private static final int ROUNDS = 250;

  private static final int ROUNDS_BY_MOVES = 40;

  private static final int ROUNDS_INSIDE = 12;

  /// Operations of all problems that are solved.
  private static final long MOST_WORK = 8_000_000;

  /// Operations from which each problem takes so long that there are fewer.
  private static final int LARGE = 4000;

  private static final long MOST_WORK_IF_LARGE = 2_000_000;

  /// Problems that are solved on more than two devices, where each takes several cuts.
  private static final long MOST_SOLVED_BY_MOVES = 300;

  /// Parts that are looked into one after the other before the one of least bound is again.
  private static final int MOST_DIVED = 40;

  /// Questions of which the one that says most is asked.
  private static final int MOST_ASKED = 4;

  /// Times from which what a question was worth is believed.
  private static final int OFTEN = 2;

  /// How near to certain the mixture has to be for what is decided many at a time.
  private static final double SURE = 0.1;

  /// Times that something better is looked for around the best.
  private static final int MOST_NEIGHBOURHOODS = 6;

  /// Share of the bound by which answers have to raise it to say something about a question.
  private static final double NOTABLE = 0.01;

  /// What was found.
  ///
  /// @param homes device of each operation
  /// @param bound less than which no placement that fits costs
  /// @param fits whether the placement does
  @SuppressWarnings("ArrayRecordComponent")
  public record Found(int[] homes, long bound, boolean fits) {}

  private final AssignmentProblem problem;
  private final List<MemoryUse.Tenant> tenants;
  private final Incumbent incumbent;
  private final PriceAscent ascent;
  private final MemoryRows rows;
  private final MemoryQuestions questions;
  private final int rounds;
  private final Map<MemoryQuestions.Question, Worth> worths = new HashMap<>();
  private final long mostWork;

  private MemorySearch(
      AssignmentProblem problem,
      MemoryUse memory,
      List<Long> limits,
      Function<AssignmentProblem, Optional<int[]>> solver) {
    this.problem = problem;
    this.tenants = memory.tenants();
    this.rows = new MemoryRows(memory, limits);
    this.questions = new MemoryQuestions(problem, memory, limits, rows);
    this.incumbent = new Incumbent(problem, memory, limits);
    boolean isCut = problem.devices() <= 2;
    long most = problem.operations() > LARGE ? MOST_WORK_IF_LARGE : MOST_WORK;
    this.mostWork = isCut ? most : Math.min(most, MOST_SOLVED_BY_MOVES * problem.operations());
    this.rounds = isCut ? ROUNDS : ROUNDS_BY_MOVES;
    this.ascent =
        new PriceAscent(
            Relaxation.of(problem, memory, solver), rows, questions, incumbent, mostWork);
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
    incumbent.meet(start);
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
    root = rows.withoutIdle(ascent.tightened(root, rounds, true));
    if (incumbent.homes() == null) {
      ascent.raisePrices(root);
    }
    if (incumbent.hasMany()) {
      ascent.scalePrices(root);
    }
    dive(root);
    long before = incumbent.cost();
    for (int round = 0; round < MOST_NEIGHBOURHOODS; round++) {
      lookAround(root);
      if (incumbent.cost() == before) {
        break;
      }
      before = incumbent.cost();
    }
    if (incumbent.homes() != null && root.bound() > incumbent.cost()) {
      throw new IllegalStateException(
          "no placement costs less than %d, but one costs %d"
              .formatted(root.bound(), incumbent.cost()));
    }
    return found(leastBound, Math.max(root.bound(), branch(root, mostWork)));
  }

  private Found found(long leastBound, long bound) {
    int[] homes = incumbent.homes();
    return homes == null
        ? new Found(incumbent.leastExcess(), leastBound, false)
        : new Found(homes, Math.min(bound, incumbent.cost()), true);
  }

  /// Decides more and more, as the mixture has it, until one placement is left. What cannot be
  /// decided so beside the rest stays open.
  private void dive(MemoryPart root) {
    MemoryPart part = root;
    for (int depth = 0; depth < MOST_DIVED && isWorthALook(part); depth++) {
      MemoryPart from = part;
      List<MemoryQuestions.Question> open =
          questions.of(part, incumbent.homes(), Integer.MAX_VALUE).stream()
              .filter(MemoryQuestions.Question::isTenant)
              .sorted(Comparator.comparingDouble(question -> unsure(from, question)))
              .toList();
      Optional<MemoryPart> decided = decided(part, open);
      if (decided.isEmpty()) {
        break;
      }
      part = tightened(decided.get());
    }
    incumbent.meet(part.homes());
  }

  private boolean isWorthALook(MemoryPart part) {
    return part.bound() < incumbent.enough() && ascent.work() < mostWork;
  }

  /// How far the mixture is from an answer.
  private static double unsure(MemoryPart part, MemoryQuestions.Question question) {
    double there = MemoryQuestions.presence(part, question);
    return Math.min(there, 1 - there);
  }

  /// The part in which all that the mixture is sure of is decided so, or, where that is nothing,
  /// what it is surest of; empty if there is nothing in it that is worth a look.
  ///
  /// @param open by how sure the mixture is
  private Optional<MemoryPart> decided(MemoryPart part, List<MemoryQuestions.Question> open) {
    long[] allowed = part.allowed().clone();
    BitSet[] counted = part.copyOfCounted();
    boolean changes = false;
    for (MemoryQuestions.Question question : open) {
      if (changes && unsure(part, question) >= SURE) {
        break;
      }
      boolean there = MemoryQuestions.presence(part, question) >= 0.5;
      changes |= questions.decide(allowed, counted, question, there);
    }
    return changes ? inside(part, allowed, counted) : Optional.empty();
  }

  /// Looks for something better among the placements that differ from the best one only where that
  /// differs from the cheapest at the prices at hand, or the mixture is unsure (Danna, Rothberg, Le
  /// Pape, *Exploring relaxation induced neighborhoods to improve MIP solutions*, Mathematical
  /// Programming 102(1), 2005).
  private void lookAround(MemoryPart root) {
    int[] best = incumbent.homes();
    if (best == null) {
      return;
    }
    boolean[] isFree = new boolean[best.length];
    for (int i = 0; i < isFree.length; i++) {
      isFree[i] |= best[i] != root.homes()[i];
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
        group.forEach(operation -> allowed[operation] = 1L << best[operation]);
      }
    }
    inside(root, allowed, root.copyOfCounted())
        .ifPresent(part -> branch(tightened(part), ascent.work() + (mostWork - ascent.work()) / 8));
  }

  /// Branch and bound; the bound that is left.
  private long branch(MemoryPart root, long untilWork) {
    PriorityQueue<MemoryPart> open =
        new PriorityQueue<>(Comparator.comparingLong(MemoryPart::bound));
    Deque<MemoryPart> dive = new ArrayDeque<>();
    dive.push(root);
    int dived = 0;
    while ((!open.isEmpty() || !dive.isEmpty()) && ascent.work() < untilWork) {
      MemoryPart part = dive.isEmpty() || dived > MOST_DIVED ? null : dive.pop();
      if (part == null) {
        open.addAll(dive);
        dive.clear();
        dived = 0;
        part = open.remove();
      }
      if (part.bound() >= incumbent.enough()) {
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
        ? incumbent.enough()
        : Math.min(incumbent.enough(), Objects.requireNonNull(open.peek()).bound());
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
    List<MemoryQuestions.Question> open = questions.of(part, incumbent.homes(), MOST_ASKED);
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

  private MemoryPart tightened(MemoryPart part) {
    return ascent.tightened(part, ROUNDS_INSIDE, false);
  }

  private List<MemoryPart> tightened(List<MemoryPart> parts) {
    return parts.stream()
        .map(this::tightened)
        .filter(each -> each.bound() < incumbent.enough())
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
            inside(part, allowed, part.copyOfCounted()).map(this::tightened).ifPresent(found::add);
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
    return ascent
        .solved(inside, part.prices())
        .map(solved -> {
          incumbent.meetInPassing(solved.homes());
          return solved.bound() > part.bound() ? solved : solved.withBound(part.bound());
        })
        .filter(solved -> solved.bound() < incumbent.enough());
  }
}

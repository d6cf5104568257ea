package org.tombolo.scheduler.assignment;

import java.util.Arrays;
import java.util.Optional;

/// Better bounds by better prices: a subgradient method whose prices follow a mixture of the
/// placements that were met (Barahona, Anbil, *The volume algorithm*, Mathematical Programming
/// 87(3), 2000).
///
/// Whatever is met on the way, the [Incumbent] takes note of.
final class PriceAscent {
  /// Rounds after which rows are looked for.
  private static final int SEPARATION = 5;

  /// Of placements that are met, those that are repaired where there are many groups.
  private static final int EACH = 10;

  /// Times that prices are doubled to find something that fits at all.
  private static final int MOST_RAISES = 20;

  /// The largest multiple of prices that is tried to find something that fits, and how many are.
  private static final double MOST_SCALED = 64;

  private static final int SCALES = 10;

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

  private final Relaxation relaxation;
  private final MemoryRows rows;
  private final MemoryQuestions questions;
  private final Incumbent incumbent;
  private final long mostWork;
  private long work;

  /// @param mostWork operations of all problems that are solved, from which on none is tightened
  PriceAscent(
      Relaxation relaxation,
      MemoryRows rows,
      MemoryQuestions questions,
      Incumbent incumbent,
      long mostWork) {
    this.relaxation = relaxation;
    this.rows = rows;
    this.questions = questions;
    this.incumbent = incumbent;
    this.mostWork = mostWork;
  }

  /// Operations of all problems that were solved.
  long work() {
    return work;
  }

  /// Solves a part with other prices.
  Optional<MemoryPart> solved(MemoryPart part, double[] prices) {
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

  /// A part with a better bound, by better prices; without a bound if there is nothing in it.
  ///
  /// @param fresh whether the mixture starts anew
  MemoryPart tightened(MemoryPart start, int rounds, boolean fresh) {
    double[] center = start.prices();
    long bound = start.bound();
    double[][] mixture = start.presence();
    int[] homes = start.homes();
    double eagerness = EAGER;
    int misses = 0;
    for (int round = 0; round < rounds && bound < incumbent.enough() && work < mostWork; round++) {
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
      double aim = incumbent.homes() == null ? 1.2 * Math.max(bound, 1) : incumbent.cost();
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
      if (round % EACH == 0) {
        incumbent.meet(next.get().homes());
      } else {
        incumbent.meetInPassing(next.get().homes());
      }
      double share = round == 0 && fresh ? 1 : round < rounds / 2 ? FRESH : LATE;
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

  /// Raises prices until something fits, or nothing is gained by that any more.
  void raisePrices(MemoryPart root) {
    MemoryPart last = root;
    for (int round = 0; round < MOST_RAISES && incumbent.homes() == null; round++) {
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
      incumbent.meet(last.homes());
    }
  }

  /// Looks for the lowest multiple of the prices at which the cheapest placement fits by itself,
  /// and takes note of all that are met on the way: they move what belongs together, which repair
  /// by small steps does not find.
  void scalePrices(MemoryPart root) {
    if (root.bound() >= incumbent.enough()) {
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
      incumbent.meet(part.get().homes());
      boolean fits = incumbent.fits(part.get().homes());
      low = fits ? low : scale;
      high = fits ? scale : high;
    }
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
}

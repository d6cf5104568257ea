package org.tombolo.scheduler.assignment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TwoWayCutTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private record Made(int maker, Set<Integer> users, long toSecond, long toFirst) {}

  private record Fed(Set<Integer> users, long toFirst, long toSecond) {}

  /// A random problem with its cost written out plainly.
  private static final class Problem {
    private final int size;
    private final long[][] prices;
    private final int[] pins;
    private final List<Made> made = new ArrayList<>();
    private final List<Fed> fed = new ArrayList<>();

    Problem(SplittableRandom random) {
      size = random.nextInt(1, 13);
      prices = new long[size][2];
      pins = new int[size];
      for (int i = 0; i < size; i++) {
        prices[i][0] = random.nextInt(1000);
        prices[i][1] = random.nextInt(1000);
        pins[i] = random.nextInt(4) == 0 ? random.nextInt(2) : -1;
      }
      for (int i = 0; i < size; i++) {
        Set<Integer> users = new TreeSet<>();
        for (int j = i + 1; j < size; j++) {
          if (random.nextInt(3) == 0) {
            users.add(j);
          }
        }
        made.add(new Made(i, users, random.nextInt(2000), random.nextInt(2000)));
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        Set<Integer> users = Set.of(random.nextInt(size));
        fed.add(new Fed(users, random.nextInt(2000), random.nextInt(2000)));
      }
    }

    TwoWayCut cut() {
      TwoWayCut cut = new TwoWayCut(size);
      for (int i = 0; i < size; i++) {
        cut.price(i, prices[i][0], prices[i][1]);
        if (pins[i] >= 0) {
          cut.pin(i, pins[i] == 1);
        }
      }
      made.forEach(t -> {
        cut.staysWithoutAny(t.maker(), t.users(), t.toSecond());
        cut.goesWithoutAny(t.maker(), t.users(), t.toFirst());
      });
      fed.forEach(t -> {
        cut.anyOnFirst(t.users(), t.toFirst());
        cut.anyOnSecond(t.users(), t.toSecond());
      });
      return cut;
    }

    long cost(int sides) {
      long cost = 0;
      for (int i = 0; i < size; i++) {
        int side = sides >> i & 1;
        if (pins[i] >= 0 && pins[i] != side) {
          return Long.MAX_VALUE;
        }
        cost += prices[i][side];
      }
      for (Made t : made) {
        boolean makerOnSecond = (sides >> t.maker() & 1) == 1;
        boolean crosses =
            t.users().stream().anyMatch(user -> (sides >> user & 1) == 1 != makerOnSecond);
        cost += crosses ? (makerOnSecond ? t.toFirst() : t.toSecond()) : 0;
      }
      for (Fed t : fed) {
        boolean first = t.users().stream().anyMatch(user -> (sides >> user & 1) == 0);
        boolean second = t.users().stream().anyMatch(user -> (sides >> user & 1) == 1);
        cost += (first ? t.toFirst() : 0) + (second ? t.toSecond() : 0);
      }
      return cost;
    }

    long best() {
      long best = Long.MAX_VALUE;
      for (int sides = 0; sides < 1 << size; sides++) {
        best = Math.min(best, cost(sides));
      }
      return best;
    }
  }

  @Test
  void equalsExhaustiveSearchOnRandomProblems() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 1000; round++) {
      Problem problem = new Problem(random);
      TwoWayCut.Division division = problem.cut().solve().orElseThrow();
      int sides = 0;
      for (int i = 0; i < problem.size; i++) {
        sides |= division.onSecond().contains(i) ? 1 << i : 0;
      }
      String where = "round " + round + ", seed " + SEED;
      assertEquals(problem.best(), division.cost(), where);
      assertEquals(division.cost(), problem.cost(sides), where);
    }
  }

  @Test
  void chargesATensorOnceHoweverManyReadersItHas() {
    TwoWayCut cut = new TwoWayCut(4);
    cut.pin(0, false);
    for (int user = 1; user < 4; user++) {
      cut.pin(user, true);
    }
    cut.staysWithoutAny(0, Set.of(1, 2, 3), 70);
    cut.goesWithoutAny(0, Set.of(1, 2, 3), 900);
    assertEquals(70, cut.solve().orElseThrow().cost());
  }

  @Test
  void keepsOperationsTogether() {
    TwoWayCut cut = new TwoWayCut(2);
    cut.price(0, 10, 0);
    cut.price(1, 0, 15);
    cut.together(0, 1);
    TwoWayCut.Division division = cut.solve().orElseThrow();
    assertEquals(10, division.cost());
    assertEquals(Set.of(), division.onSecond());
  }

  @Test
  void refusesPinsThatContradict() {
    TwoWayCut cut = new TwoWayCut(1);
    cut.pin(0, false);
    cut.pin(0, true);
    assertEquals(Optional.empty(), cut.solve());
  }
}

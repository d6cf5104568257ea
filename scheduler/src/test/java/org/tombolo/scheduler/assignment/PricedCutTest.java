package org.tombolo.scheduler.assignment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// A cut that is solved again and again, against one that is made anew each time.
class PricedCutTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  private static Set<Integer> some(SplittableRandom random, int operations) {
    Set<Integer> some = new TreeSet<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      some.add(random.nextInt(operations));
    }
    return some;
  }

  private static AssignmentProblem problem(SplittableRandom random, int operations) {
    List<long[]> costs = new ArrayList<>();
    for (int i = 0; i < operations; i++) {
      long[] cost = {random.nextLong(1000), random.nextLong(1000)};
      if (random.nextInt(operations) == 0) {
        cost[random.nextInt(2)] = AssignmentProblem.IMPOSSIBLE;
      }
      costs.add(cost);
    }
    List<AssignmentProblem.Crossing> crossings = new ArrayList<>();
    for (int i = 0; i < operations; i++) {
      crossings.add(
          new AssignmentProblem.Crossing(
              random.nextInt(-1, operations),
              some(random, operations),
              random.nextInt(4) == 0,
              List.of(random.nextLong(300), random.nextLong(300)),
              List.of(random.nextLong(300), random.nextLong(300))));
    }
    List<int[]> ties = new ArrayList<>();
    for (int i = Math.min(8, operations / 6); i > 0; i--) {
      ties.add(new int[] {random.nextInt(operations), random.nextInt(operations)});
    }
    return new AssignmentProblem(2, costs, crossings, ties);
  }

  @Test
  void agreesWithACutMadeAnew() {
    int solved = 0;
    for (int round = 0; round < 100; round++) {
      SplittableRandom random = new SplittableRandom(SEED + round);
      int operations = random.nextInt(1, round % 10 == 0 ? 400 : 40);
      AssignmentProblem problem = problem(random, operations);
      List<MemoryUse.Tenant> tenants = new ArrayList<>();
      for (int i = random.nextInt(1, 20); i > 0; i--) {
        int[] users = some(random, operations).stream().mapToInt(user -> user).toArray();
        tenants.add(new MemoryUse.Tenant(users, 1, 0, 0));
      }
      PricedCut cut = new PricedCut(problem, new MemoryUse(2, 1, tenants));
      for (int again = 0; again < 10; again++) {
        long[] allowed = new long[operations];
        Arrays.setAll(allowed, _ -> random.nextInt(operations) == 0 ? random.nextInt(1, 3) : 3);
        long[][] prices = new long[2][tenants.size()];
        List<AssignmentProblem.Crossing> priced = new ArrayList<>();
        for (int i = 0; i < tenants.size(); i++) {
          prices[0][i] = random.nextInt(3) == 0 ? 0 : random.nextLong(500);
          prices[1][i] = random.nextInt(3) == 0 ? 0 : random.nextLong(500);
          priced.add(
              AssignmentProblem.Crossing.price(
                  tenants.get(i).users(), List.of(prices[0][i], prices[1][i])));
        }
        AssignmentProblem anew = problem.with(allowed, priced);
        Optional<int[]> want = CheapestAssignment.of(anew);
        Optional<Relaxation.Solved> got = cut.solve(allowed, prices);
        String where = "round " + round + ", again " + again + ", seed " + SEED;
        assertEquals(want.isPresent(), got.isPresent(), where);
        if (want.isPresent()) {
          solved++;
          assertEquals(anew.cost(want.get()), got.get().least(), where);
          assertEquals(got.get().least(), anew.cost(got.get().homes()), where);
        }
      }
    }
    System.out.printf("cuts solved again: %d%n", solved);
    assertTrue(solved > 100, "solved " + solved);
  }
}

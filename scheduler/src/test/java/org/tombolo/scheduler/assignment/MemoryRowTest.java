package org.tombolo.scheduler.assignment;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Rows that follow from a limit, against every set of tenants that fits.
class MemoryRowTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  @Test
  void whatFitsObeysEveryRowThatFollows() {
    int cuts = 0;
    for (int round = 0; round < 2000; round++) {
      SplittableRandom random = new SplittableRandom(SEED + round);
      int count = random.nextInt(1, 10);
      List<MemoryUse.Tenant> tenants = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        tenants.add(new MemoryUse.Tenant(new int[] {i}, random.nextLong(1, 30), 0, 0));
      }
      long[] bytes = tenants.stream().mapToLong(MemoryUse.Tenant::bytes).toArray();
      long limit = (long) (Arrays.stream(bytes).sum() * random.nextDouble(0, 1));
      double[] presence = random.doubles(count).map(x -> x < 0.3 ? 0 : x > 0.6 ? 1 : x).toArray();
      MemoryRow row = MemoryRow.of(tenants, 0, 0, limit);
      Optional<MemoryRow> cut = row.cut(bytes, limit, presence, _ -> true);
      if (cut.isEmpty()) {
        continue;
      }
      cuts++;
      String where = "round " + round + ", seed " + SEED + ": " + Arrays.toString(bytes);
      assertTrue(cut.get().excess(presence) > 0, where);
      for (int set = 0; set < 1 << count; set++) {
        double[] there = new double[count];
        long sum = 0;
        for (int i = 0; i < count; i++) {
          there[i] = set >> i & 1;
          sum += there[i] > 0 ? bytes[i] : 0;
        }
        if (sum <= limit) {
          assertTrue(cut.get().excess(there) <= 1e-9, where + " limit " + limit + " set " + set);
        }
      }
    }
    System.out.printf("rows that follow from a limit: %d%n", cuts);
    assertTrue(cuts > 500, "cuts " + cuts);
  }
}

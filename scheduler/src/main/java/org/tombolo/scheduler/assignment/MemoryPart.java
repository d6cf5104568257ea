package org.tombolo.scheduler.assignment;

import java.util.Arrays;
import java.util.BitSet;

/// A part of all placements, as [MemorySearch] divides them.
///
/// @param allowed devices that each operation may be on, as bits
/// @param counted tenants that count as there whether they are or not, by device
/// @param prices of rows; those beyond are 0
/// @param bound less than which none of them costs
/// @param homes the cheapest one at these prices
/// @param presence of tenants in the mixture that the prices follow, from 0 to 1, by device
@SuppressWarnings("ArrayRecordComponent")
record MemoryPart(
    long[] allowed,
    BitSet[] counted,
    double[] prices,
    long bound,
    int[] homes,
    double[][] presence) {

  MemoryPart withBound(long other) {
    return new MemoryPart(allowed, counted, prices, other, homes, presence);
  }

  MemoryPart withPrices(double[] other) {
    return new MemoryPart(allowed, counted, other, bound, homes, presence);
  }

  MemoryPart withPresence(double[][] other) {
    return new MemoryPart(allowed, counted, prices, bound, homes, other);
  }

  /// A copy of [#counted] to add to.
  BitSet[] copyOfCounted() {
    return Arrays.stream(counted).map(each -> (BitSet) each.clone()).toArray(BitSet[]::new);
  }
}

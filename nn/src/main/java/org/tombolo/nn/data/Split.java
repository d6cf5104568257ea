package org.tombolo.nn.data;

import java.util.Arrays;
import java.util.stream.IntStream;

/// A set to learn from and a set to be judged by, with no example in both.
///
/// @param train to learn from
/// @param test to be judged by
public record Split(DataSet train, DataSet test) {

  /// Draws a test set; the same seed gives the same split.
  ///
  /// @param all what is split
  /// @param testShare share of the examples that goes to the test set, in `[0, 1]`
  /// @param seed of the draw
  public static Split shuffled(DataSet all, double testShare, long seed) {
    if (!(testShare >= 0 && testShare <= 1)) {
      throw new IllegalArgumentException(
          "split: test share is %s; need 0 to 1\n  try: 0.2".formatted(testShare));
    }
    int[] order = IntStream.range(0, all.size()).toArray();
    Batches.shuffle(order, Seeds.generator(seed));
    int train = all.size() - (int) Math.round(all.size() * testShare);
    return new Split(
        all.pick(Arrays.copyOfRange(order, 0, train)),
        all.pick(Arrays.copyOfRange(order, train, order.length)));
  }
}

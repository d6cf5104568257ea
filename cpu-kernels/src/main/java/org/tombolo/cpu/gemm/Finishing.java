package org.tombolo.cpu.gemm;

/// Joins neighbouring ranges of a result, since each call of [Finish#range] should have many
/// elements. For one thread.
final class Finishing {
  /// Elements after which a range is not made longer: they should still be in a cache.
  private static final long ENOUGH = 1 << 14;

  private final Finish finish;
  private long from;
  private long to;

  Finishing(Finish finish) {
    this.finish = finish;
  }

  /// Some more elements are there.
  void add(long first, long count) {
    if (first != to || to - from >= ENOUGH) {
      flush();
      from = first;
    }
    to = first + count;
  }

  /// Finishes all that was added.
  void flush() {
    if (to > from) {
      finish.range(from, to);
    }
    from = to;
  }
}

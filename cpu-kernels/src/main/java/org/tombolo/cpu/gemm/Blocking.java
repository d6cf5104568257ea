package org.tombolo.cpu.gemm;

/// Sizes of the blocks that a product is cut into, after Goto and van de Geijn, *Anatomy of
/// High-Performance Matrix Multiplication*, ACM TOMS 34(3), 2008. They change where numbers lie
/// while they are used, never the order in which they are summed.
final class Blocking {
  private Blocking() {}

  /// Terms that one call of a micro-kernel sums at most. A right panel of so many lines of 32
  /// floats takes 32 KiB and is read from the first-level cache for all rows of a block.
  static final int DEPTH = 256;

  /// Floats from one packed row of the left operand to the next: [#DEPTH] and a cache line more, so
  /// that the rows of a tile do not fall into the same cache sets.
  static final int ROW_STEP = DEPTH + 16;

  /// Terms for which operands are packed at once. A left block of [#ROWS] rows takes 306 KiB, which
  /// leaves room in a second-level cache.
  static final int DEEP = 4 * DEPTH;

  /// Rows of a left block, at most: whole tiles of 4, 6 or 8 rows.
  static final int ROWS = 72;

  /// Floats of the packed right operand that are kept at once: 4 MiB, which a last-level cache may
  /// hold and which bounds the memory of any product.
  static final int RIGHT_FLOATS = 1 << 20;

  /// Right panels to make room for before the terms that are packed at once grow beyond [#DEEP]:
  /// each stretch of terms packs the left operand anew for each group of panels.
  static final int PANELS_AT_ONCE = 32;

  /// Right panels that one task packs.
  static final int PANELS_PER_TASK = 2;

  /// Right panels that a task multiplies before it has their results finished: enough for long
  /// ranges, and few enough for a second-level cache.
  static final int FINISHED_PANELS = 32;

  /// Floats of the images that are kept at once, 32 MiB; a single image may take more.
  static final int IMAGE_FLOATS = 1 << 23;

  /// Terms up to which a plan keeps offsets, 16 bytes each, instead of computing them in each task.
  static final int KEPT_TERMS = 128 * DEEP;

  /// Below so many multiplications, about ten microseconds' worth, the calling thread works alone.
  static final long SHARED_WORK = 1 << 20;

  /// Results up to this size are summed in parts where the sum is long: too few tasks otherwise.
  static final long SPLIT_RESULT = 1 << 16;

  /// Columns up to which [#SPLIT_TERMS] terms of the right operand fit into [#RIGHT_FLOATS].
  static final int SPLIT_COLUMNS = 256;

  /// Least number of terms of such a part.
  static final int SPLIT_TERMS = 4096;

  /// Parts that are wanted, and summed at once at most.
  static final int SPLIT_PARTS = 16;

  /// Number of terms after which a sum is cut, or all of them. Depends on the extents alone: the
  /// cut shows in the last bits of the result.
  static long termsPerPart(long elements, long columns, long terms) {
    if (elements > SPLIT_RESULT || columns > SPLIT_COLUMNS || terms < 2 * SPLIT_TERMS) {
      return Math.max(1, terms);
    }
    long most = RIGHT_FLOATS / Math.max(32, columns) / DEEP * DEEP;
    long even = (terms + SPLIT_PARTS - 1) / SPLIT_PARTS;
    long rounded = (even + DEEP - 1) / DEEP * DEEP;
    return Math.clamp(rounded, SPLIT_TERMS, Math.min(most, 8L * SPLIT_TERMS));
  }
}

package org.tombolo.device;

import java.util.List;

/// A compiled region. Closing twice is harmless.
public interface Executable extends AutoCloseable {
  /// Bytes of working memory that each launch needs for itself.
  long scratchBytes();

  /// Whether an output may lie in exactly the memory of an input, which it then replaces.
  ///
  /// @param output position among the region's outputs
  /// @param input position among the region's inputs
  boolean inPlace(int output, int input);

  /// Fixes the memory that a launch works on, so that launching it again costs little.
  ///
  /// @param inputs one range per input of the region, of exactly its size
  /// @param outputs one range per output of the region, of exactly its size
  /// @param scratch working memory of at least [#scratchBytes] bytes, used by no one else while the
  ///   launch runs
  /// @throws IllegalArgumentException if a range does not fit: wrong count, size or alignment, a
  ///   buffer of another device, or an output overlapping another range without [#inPlace]
  Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch);

  @Override
  void close();
}

package org.tombolo.kernels;

import java.util.List;

/// Runs work-items one after the other.
interface ItemLoop {
  /// Runs some work-items in row-major order, from the one where `item` is. If one throws, `item`
  /// is still there.
  ///
  /// @param own memory of each work-item
  void run(Kernel kernel, Item item, List<Accessor> own, int count);
}

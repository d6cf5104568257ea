package org.tombolo.nn;

import org.tombolo.graph.ShapeException;
import org.tombolo.graph.WindowDim;

/// What a window sees beyond the edge of an image.
public sealed interface Padding {
  /// How a window of `size` slides along an axis of `extent` in steps of `stride`.
  WindowDim window(long extent, long size, long stride);

  /// Nothing: every window lies inside, so an axis gets `floor((extent - size) / stride) + 1`.
  record Valid() implements Padding {
    @Override
    public WindowDim window(long extent, long size, long stride) {
      return WindowDim.of(size, stride, 0, 0);
    }

    @Override
    public String toString() {
      return "valid";
    }
  }

  /// As many zeros as it takes for an axis to get `ceil(extent / stride)`, half of them on each
  /// side; an odd one goes to the far side.
  record Same() implements Padding {
    @Override
    public WindowDim window(long extent, long size, long stride) {
      long out = (extent + stride - 1) / stride;
      long zeros = Math.max(0, (out - 1) * stride + size - extent);
      return WindowDim.of(size, stride, zeros / 2, zeros - zeros / 2);
    }

    @Override
    public String toString() {
      return "same";
    }
  }

  /// A number of zeros on each side.
  ///
  /// @param zeros elements, at least 0
  record Zeros(int zeros) implements Padding {
    /// Checks the number.
    public Zeros {
      if (zeros < 0) {
        throw new ShapeException(
            "padding: zeros is %d; need 0 or more".formatted(zeros), "new Padding.Valid()");
      }
    }

    @Override
    public WindowDim window(long extent, long size, long stride) {
      return WindowDim.of(size, stride, zeros, zeros);
    }

    @Override
    public String toString() {
      return "pad " + zeros;
    }
  }
}

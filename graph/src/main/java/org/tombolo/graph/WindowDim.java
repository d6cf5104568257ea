package org.tombolo.graph;

/// How a window slides along one axis.
///
/// Output position `o` and window position `k` look at index `(o*stride + k*windowDilation -
/// padLow) / baseDilation` of the operand, and at nothing where that is outside the operand or not
/// whole. Padding may be negative, which crops.
///
/// @param size window positions, at least 1
/// @param stride index step from one output to the next, at least 1
/// @param padLow positions added before the first element
/// @param padHigh positions added after the last element
/// @param baseDilation distance between neighbouring elements of the operand, at least 1
/// @param windowDilation distance between neighbouring window positions, at least 1
public record WindowDim(
    long size, long stride, long padLow, long padHigh, long baseDilation, long windowDilation) {

  /// Checks the ranges above.
  public WindowDim {
    if (size < 1 || stride < 1 || baseDilation < 1 || windowDilation < 1) {
      throw new ShapeException(
          "window: size %d, stride %d, base dilation %d, window dilation %d; need 1 or more each"
              .formatted(size, stride, baseDilation, windowDilation),
          "1 for what does not matter");
    }
  }

  /// A window without dilation.
  public static WindowDim of(long size, long stride, long padLow, long padHigh) {
    return new WindowDim(size, stride, padLow, padHigh, 1, 1);
  }

  /// One position that visits every element: leaves an axis as it is.
  public static WindowDim each() {
    return of(1, 1, 0, 0);
  }

  /// Positions that the operand covers once dilated, without padding.
  public long dilatedExtent(long extent) {
    return extent == 0 ? 0 : (extent - 1) * baseDilation + 1;
  }

  /// Positions from the first to the last element of one window.
  public long span() {
    return (size - 1) * windowDilation + 1;
  }

  /// Number of windows along an axis of this extent; windows of one position may be none at all.
  ///
  /// @throws ShapeException if a window is too wide to fit even once
  public long outputExtent(long extent) {
    long room = dilatedExtent(extent) + padLow + padHigh - span();
    if (room == -1 && size == 1) {
      return 0;
    }
    if (room < 0) {
      throw new ShapeException(
          "window: spans %d positions of an axis that has %d with padding; need at least %d"
              .formatted(span(), dilatedExtent(extent) + padLow + padHigh, span()),
          "a smaller window or more padding");
    }
    return room / stride + 1;
  }

  /// The operand index under window position `k` of output `o`, or -1 where there is none.
  public long index(long o, long k, long extent) {
    long position = o * stride + k * windowDilation - padLow;
    if (position < 0 || position % baseDilation != 0) {
      return -1;
    }
    long index = position / baseDilation;
    return index < extent ? index : -1;
  }
}

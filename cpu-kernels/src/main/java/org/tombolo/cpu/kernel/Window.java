package org.tombolo.cpu.kernel;

import java.util.List;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// Where windows lie over a tensor whose innermost axes they leave as they are.
///
/// These innermost axes are *channels*: all window positions treat them alike, so that kernels run
/// along them. The rest are *places*.
final class Window {
  private final List<WindowDim> dims;
  private final TensorType in;
  private final TensorType out;
  private final int placeAxes;
  private final long channels;
  private final long places;
  private final int positions;

  Window(List<WindowDim> dims, TensorType in, TensorType out) {
    this.dims = dims;
    this.in = in;
    this.out = out;
    int axis = in.rank();
    long inner = 1;
    while (axis > 0 && dims.get(axis - 1).equals(WindowDim.each())) {
      axis--;
      inner *= in.dim(axis);
    }
    this.placeAxes = axis;
    this.channels = inner;
    long outer = 1;
    long window = 1;
    for (int i = 0; i < axis; i++) {
      outer *= out.dim(i);
      window *= dims.get(i).size();
    }
    this.places = outer;
    this.positions = Math.toIntExact(window);
  }

  /// Elements that every window position sees side by side.
  long channels() {
    return channels;
  }

  /// Places of the result, each with all channels.
  long places() {
    return places;
  }

  /// Window positions.
  int positions() {
    return positions;
  }

  /// Places of the result for each index of the first axis, if windows treat every index of it by
  /// itself; else all.
  long placesPerImage() {
    boolean apart = placeAxes > 0 && dims.get(0).equals(WindowDim.each()) && in.dim(0) > 0;
    return apart ? places / in.dim(0) : places;
  }

  /// The first elements under the window at a place, one for each position that sees any, in index
  /// order.
  ///
  /// @param place number of the place
  /// @param to room for [#positions] numbers
  /// @return how many there are
  int look(long place, long[] to) {
    to[0] = 0;
    int found = 1;
    // Grown axis by axis, outermost first: every prefix times every position of the axis.
    long rest = place;
    long below = places;
    for (int axis = 0; axis < placeAxes; axis++) {
      below /= out.dim(axis);
      long at = rest / below;
      rest -= at * below;
      found = grow(dims.get(axis), at, in.dim(axis), to, found);
    }
    for (int i = 0; i < found; i++) {
      to[i] *= channels;
    }
    return found;
  }

  private static int grow(WindowDim dim, long at, long extent, long[] to, int found) {
    int size = (int) dim.size();
    int seen = 0;
    for (int k = 0; k < size; k++) {
      seen += index(dim, at, k, extent) >= 0 ? 1 : 0;
    }
    // From the back, so that prefixes are read before they are overwritten.
    int end = found * seen;
    for (int prefix = found - 1; prefix >= 0; prefix--) {
      long base = to[prefix] * extent;
      for (int k = size - 1; k >= 0; k--) {
        long index = index(dim, at, k, extent);
        if (index >= 0) {
          to[--end] = base + index;
        }
      }
    }
    return found * seen;
  }

  private static long index(WindowDim dim, long at, long k, long extent) {
    if (dim.baseDilation() != 1) {
      return dim.index(at, k, extent);
    }
    long index = at * dim.stride() + k * dim.windowDilation() - dim.padLow();
    return index >= 0 && index < extent ? index : -1;
  }
}

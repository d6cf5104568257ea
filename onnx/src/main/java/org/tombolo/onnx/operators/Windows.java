package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.WindowDim;
import org.tombolo.onnx.lowering.Call;

/// How a window slides over the spatial axes of a tensor, from the attributes that convolutions and
/// pools share.
///
/// @param size window positions, per spatial axis
/// @param stride index step from one output to the next
/// @param dilation distance between neighbouring positions
/// @param low positions added before the first element
/// @param high positions added after the last element
/// @param more positions that rounding up adds to those
@SuppressWarnings("ArrayRecordComponent") // never compared
record Windows(long[] size, long[] stride, long[] dilation, long[] low, long[] high, long[] more) {

  /// @param extents of the spatial axes
  /// @param size of the window along them
  static Windows of(Call c, long[] extents, long[] size) {
    int n = extents.length;
    long[] ones = Nodes.ones(n);
    long[] stride = c.wholes("strides", ones);
    long[] dilation = c.wholes("dilations", ones);
    long[] pads = c.wholes("pads", new long[2 * n]);
    String auto = c.text("auto_pad", "NOTSET");
    boolean ceil = c.integer("ceil_mode", 0) != 0;
    if (size.length != n || stride.length != n || dilation.length != n || pads.length != 2 * n) {
      throw c.mistake(
          "kernel_shape, strides, dilations and pads are of %d, %d, %d and %d axes; need %d (pads twice that)"
              .formatted(size.length, stride.length, dilation.length, pads.length, n),
          "a number for each axis but the first two");
    }
    long[] low = new long[n];
    long[] high = new long[n];
    long[] more = new long[n];
    for (int i = 0; i < n; i++) {
      long span = (size[i] - 1) * dilation[i] + 1;
      switch (auto) {
        case "NOTSET", "" -> {
          low[i] = pads[i];
          high[i] = pads[n + i];
        }
        case "VALID" -> {}
        case "SAME_UPPER", "SAME_LOWER" -> {
          long out = Math.ceilDiv(extents[i], stride[i]);
          long all = Math.max(0, (out - 1) * stride[i] + span - extents[i]);
          low[i] = auto.equals("SAME_UPPER") ? all / 2 : all - all / 2;
          high[i] = all - low[i];
        }
        default ->
            throw c.mistake(
                "auto_pad is %s; need NOTSET, VALID, SAME_UPPER or SAME_LOWER".formatted(auto),
                "NOTSET");
      }
      long room = extents[i] + low[i] + high[i] - span;
      if (ceil && room >= 0 && !auto.startsWith("SAME")) {
        long out = Math.ceilDiv(room, stride[i]) + 1;
        // A window that would begin past the elements and the first padding does not count.
        if ((out - 1) * stride[i] >= extents[i] + low[i]) {
          out--;
        }
        more[i] = Math.max(0, (out - 1) * stride[i] - room);
      }
    }
    return new Windows(size, stride, dilation, low, high, more);
  }

  /// Number of spatial axes.
  int rank() {
    return size.length;
  }

  /// The window along the spatial axes.
  List<WindowDim> spatial() {
    List<WindowDim> out = new ArrayList<>();
    for (int i = 0; i < rank(); i++) {
      out.add(new WindowDim(size[i], stride[i], low[i], high[i] + more[i], 1, dilation[i]));
    }
    return out;
  }

  /// The window along all axes, of which the first two stay.
  List<WindowDim> all() {
    List<WindowDim> out = new ArrayList<>(List.of(WindowDim.each(), WindowDim.each()));
    out.addAll(spatial());
    return out;
  }

  /// Number of windows along a spatial axis.
  long outputs(int axis, long extent) {
    return spatial().get(axis).outputExtent(extent);
  }
}

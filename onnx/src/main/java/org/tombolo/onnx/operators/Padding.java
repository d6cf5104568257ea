package org.tombolo.onnx.operators;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.tombolo.graph.Node;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Value;

/// Elements added around a tensor, or taken away.
final class Padding {
  private Padding() {}

  static List<Value.Dense> pad(Call c) {
    Node x = c.x(0);
    long[] given =
        c.opset() < 2
            ? c.wholes("paddings", new long[0])
            : c.opset() < 11 ? c.wholes("pads", new long[0]) : c.wholes(1);
    double value =
        c.opset() < 11 ? c.real("value", 0) : c.has(2) && c.in(2).size() == 1 ? c.host(2).at(0) : 0;
    long[] which = c.has(3) ? c.wholes(3) : LongStream.range(0, x.rank()).toArray();
    int[] axes = c.axes(which, x.rank());
    if (given.length != 2 * axes.length) {
      throw c.mistake(
          "pads are %s; need two for each of %d axes"
              .formatted(Arrays.toString(given), axes.length),
          "0 for a side that stays");
    }
    long[] low = new long[x.rank()];
    long[] high = new long[x.rank()];
    for (int i = 0; i < axes.length; i++) {
      low[axes[i]] += given[i];
      high[axes[i]] += given[axes.length + i];
    }
    String mode = c.text("mode", "constant");
    if (mode.equals("constant")) {
      return c.like(constant(x, low, high, value));
    }
    for (int axis = 0; axis < x.rank(); axis++) {
      x = repeated(c, x, axis, low[axis], high[axis], mode);
    }
    return c.like(x);
  }

  /// Pads with a number; negative pads take elements away.
  static Node constant(Node x, long[] low, long[] high, double value) {
    long[] starts = new long[x.rank()];
    long[] limits = x.shape().toArray();
    long[] ones = Nodes.ones(x.rank());
    long[] front = new long[x.rank()];
    long[] back = new long[x.rank()];
    for (int i = 0; i < x.rank(); i++) {
      front[i] = Math.max(0, low[i]);
      back[i] = Math.max(0, high[i]);
      starts[i] = Math.clamp(-low[i], 0, limits[i]);
      limits[i] = Math.max(starts[i], limits[i] + Math.min(0, high[i]));
    }
    return x.slice(starts, limits, ones).pad(front, back, new long[x.rank()], value);
  }

  private static Node repeated(Call c, Node x, int axis, long low, long high, String mode) {
    long extent = x.shape().dim(axis);
    if (low == 0 && high == 0) {
      return x;
    }
    if (extent == 0) {
      throw c.mistake(
          "axis %d is empty; need elements for mode %s".formatted(axis, mode), "mode constant");
    }
    long[] places = LongStream.range(-low, extent + high).toArray();
    for (int i = 0; i < places.length; i++) {
      long at = places[i];
      places[i] =
          switch (mode) {
            case "edge" -> Math.clamp(at, 0, extent - 1);
            case "wrap" -> Math.floorMod(at, extent);
            case "reflect" -> {
              long period = Math.max(1, 2 * (extent - 1));
              long folded = Math.floorMod(at, period);
              yield folded < extent ? folded : period - folded;
            }
            default ->
                throw c.mistake(
                    "mode is %s; need constant, edge, reflect or wrap".formatted(mode), "edge");
          };
    }
    return Nodes.pick(x, axis, places);
  }

  static List<Value.Dense> centerCropPad(Call c) {
    Node x = c.x(0);
    long[] target = c.wholes(1);
    int[] axes = c.axes(c.wholes("axes", LongStream.range(0, x.rank()).toArray()), x.rank());
    long[] low = new long[x.rank()];
    long[] high = new long[x.rank()];
    for (int i = 0; i < axes.length; i++) {
      long extent = x.shape().dim(axes[i]);
      long more = target[i] - extent;
      // The odd element goes, or is taken away, after the last one.
      low[axes[i]] = more / 2;
      high[axes[i]] = more - low[axes[i]];
    }
    return c.like(constant(x, low, high, 0));
  }
}

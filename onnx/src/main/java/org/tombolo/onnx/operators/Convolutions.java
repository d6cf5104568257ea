package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.WindowDim;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Convolutions of images `[n, c, spatial..]`.
final class Convolutions {
  private Convolutions() {}

  static void define(Registry to) {
    to.add("Conv", Convolutions::conv, 1, 11, 22);
    to.add("ConvTranspose", Convolutions::transposed, 1, 11, 22);
    to.add("ConvInteger", Convolutions::integer, 10);
  }

  private static List<Value.Dense> conv(Call c) {
    Node out = conv(c, c.wide(0), c.wide(1));
    return c.like(c.has(2) ? out.add(perChannel(c.wide(2), out)) : out);
  }

  private static Node perChannel(Node vector, Node image) {
    return Nodes.along(vector, 1, image.rank()).broadcastTo(image.shape());
  }

  /// The convolution of a call, without the bias.
  static Node conv(Call c, Node x, Node kernel) {
    long[] d = x.shape().toArray();
    long[] k = kernel.shape().toArray();
    long[] extents = Arrays.copyOfRange(d, 2, d.length);
    long[] size = c.wholes("kernel_shape", Arrays.copyOfRange(k, 2, k.length));
    Windows windows = Windows.of(c, extents, size);
    long group = c.integer("group", 1);
    if (group < 1 || d[1] != k[1] * group || k[0] % group != 0) {
      throw c.mistake(
          "%d groups; need groups that divide both numbers of channels".formatted(group),
          "group = 1");
    }
    return conv(x, kernel, windows.spatial(), group, false);
  }

  /// @param kernel `[cout, cin / groups, ..]`, or transposed `[cin, cout / groups, ..]`
  static Node conv(Node x, Node kernel, List<WindowDim> window, long groups, boolean transposed) {
    int n = window.size();
    int first = groups == 1 ? 2 : 3;
    List<Integer> spatial = IntStream.range(first, first + n).boxed().toList();
    int rhsIn = (transposed ? 0 : 1) + (groups == 1 ? 0 : 1);
    int rhsOut = (transposed ? 1 : 0) + (groups == 1 ? 0 : 1);
    Node image = x;
    Node filters = kernel;
    Optional<ConvDims.Group> group = Optional.empty();
    if (groups != 1) {
      image = split(x, 1, groups);
      filters = split(kernel, 0, groups);
      group = Optional.of(new ConvDims.Group(1, 0, 1));
    }
    ConvDims dims =
        new ConvDims(0, first - 1, spatial, rhsIn, rhsOut, spatial, 0, first - 1, spatial, group);
    Node out = x.builder().add(new Op.Conv(window, transposed, dims), List.of(image, filters));
    return groups == 1 ? out : joined(out);
  }

  /// An axis as groups and what is in each.
  private static Node split(Node x, int axis, long groups) {
    List<Long> dims = new ArrayList<>(x.shape().toList());
    dims.set(axis, dims.get(axis) / groups);
    dims.add(axis, groups);
    return x.reshape(Shape.of(dims));
  }

  private static Node joined(Node x) {
    List<Long> dims = new ArrayList<>(x.shape().toList());
    dims.set(1, dims.get(1) * dims.remove(2));
    return x.reshape(Shape.of(dims));
  }

  private static List<Value.Dense> transposed(Call c) {
    Node x = c.wide(0);
    Node kernel = c.wide(1);
    long[] d = x.shape().toArray();
    long[] k = kernel.shape().toArray();
    int n = d.length - 2;
    long[] size = c.wholes("kernel_shape", Arrays.copyOfRange(k, 2, k.length));
    long[] ones = Nodes.ones(n);
    long[] stride = c.wholes("strides", ones);
    long[] dilation = c.wholes("dilations", ones);
    long[] pads = c.wholes("pads", new long[2 * n]);
    long[] extra = c.wholes("output_padding", new long[n]);
    long[] wanted = c.wholes("output_shape");
    String auto = c.text("auto_pad", "NOTSET");
    List<WindowDim> window = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      long span = (size[i] - 1) * dilation[i] + 1;
      long full = stride[i] * (d[2 + i] - 1) + extra[i] + span;
      long low = pads[i];
      long high = pads[n + i];
      boolean same = auto.startsWith("SAME");
      if (wanted != null || same) {
        long out = wanted == null ? d[2 + i] * stride[i] : wanted[wanted.length - n + i];
        long all = full - out;
        // The odd element is taken away after the last one for SAME_UPPER, else before the first;
        // what is missing is added after the last one.
        long half = auto.equals("SAME_UPPER") ? all / 2 : all - all / 2;
        low = Math.max(0, half);
        high = all - low;
      } else if (auto.equals("VALID")) {
        low = 0;
        high = 0;
      }
      window.add(
          new WindowDim(
              size[i], 1, span - 1 - low, span - 1 - high + extra[i], stride[i], dilation[i]));
    }
    Node out = conv(x, kernel, window, c.integer("group", 1), true);
    return c.like(c.has(2) ? out.add(perChannel(c.wide(2), out)) : out);
  }

  private static List<Value.Dense> integer(Call c) {
    Node x = c.x(0).cast(DType.I32);
    if (c.has(2)) {
      x = x.sub(c.x(2).cast(DType.I32).reshape(Shape.SCALAR));
    }
    return c.one(ElementType.INT32, integer(c, x, 2, 1, 3));
  }

  /// The convolution of whole numbers, in single precision where that is exact.
  ///
  /// @param x the first input less its zero point, `i32`
  /// @param zero input with the zero point of the images
  /// @param filters input with the kernel
  /// @param zeroFilters input with the zero points of the kernel
  static Node integer(Call c, Node x, int zero, int filters, int zeroFilters) {
    Optional<Value.Dense> weights = ExactSums.weights(c, filters, zeroFilters, true);
    if (weights.isPresent()
        && ExactSums.areExact(
            ExactSums.bound(c, 0, zero), Objects.requireNonNull(weights.get().tensor()), true)) {
      return conv(c, x.cast(DType.F32), c.node(weights.get())).cast(DType.I32);
    }
    Node kernel = c.x(filters).cast(DType.I32);
    if (c.has(zeroFilters)) {
      kernel = kernel.sub(perFilter(c.x(zeroFilters).cast(DType.I32), kernel));
    }
    return conv(c, x, kernel);
  }

  /// One number for all filters, or one for each.
  private static Node perFilter(Node vector, Node kernel) {
    return vector.shape().size() == 1
        ? vector.reshape(Shape.SCALAR)
        : Nodes.along(vector, 0, kernel.rank()).broadcastTo(kernel.shape());
  }
}

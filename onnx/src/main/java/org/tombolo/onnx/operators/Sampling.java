package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;

/// Elements of images at places that are computed, and images put together from pieces.
final class Sampling {
  private Sampling() {}

  static void define(Registry to) {
    to.add("GridSample", Sampling::gridSample, 16, 20, 22);
    to.add("AffineGrid", Sampling::affineGrid, 20);
    to.add("DeformConv", Sampling::deformConv, 19, 22);
    to.add("Col2Im", Sampling::col2im, 18);
  }

  /// Samples an image `[n, c, spatial..]` at places `[n, p]` along each spatial axis.
  ///
  /// @param padding `zeros`, `border` or `reflection`
  /// @param aligned whether corners of an image are the middle of elements
  private record Sampler(Node image, String padding, boolean aligned) {

    long extent(int axis) {
      return image.shape().dim(2 + axis);
    }

    /// Where a coordinate outside comes to lie.
    Node bent(Node x, int axis) {
      double low = aligned ? 0 : -0.5;
      double high = aligned ? extent(axis) - 1 : extent(axis) - 0.5;
      return switch (padding) {
        case "border" -> x.max(0).min(extent(axis) - 1.0);
        case "reflection" -> {
          double span = high - low;
          if (span == 0) {
            yield Nodes.full(x, low);
          }
          Node away = x.sub(low).abs();
          Node turns = Nodes.floor(away.div(span));
          Node rest = away.sub(turns.mul(span));
          Node odd = turns.sub(Nodes.floor(turns.mul(0.5)).mul(2)).compare(CompareFn.EQ, 1);
          Node inside = x.compare(CompareFn.GE, low).and(x.compare(CompareFn.LE, high));
          Node folded = odd.select(rest.neg().add(high), rest.add(low));
          yield inside.select(x, folded);
        }
        default -> x;
      };
    }

    /// Elements `[n, c, p]` at whole places `[n, p]` for each axis, as floats; zero outside if so
    /// padded.
    Node at(List<Node> places) {
      Node flat = null;
      Node inside = null;
      for (int axis = 0; axis < places.size(); axis++) {
        Node place = places.get(axis);
        if (!padding.equals("zeros")) {
          place = Nodes.roundEven(bent(place, axis));
        }
        double top = extent(axis) - 1.0;
        Node own = place.compare(CompareFn.GE, 0).and(place.compare(CompareFn.LE, top));
        inside = inside == null ? own : inside.and(own);
        Node index = place.max(0).min(top).cast(DType.I64);
        flat =
            flat == null ? index : flat.mul(Nodes.scalar(flat.builder(), extent(axis))).add(index);
      }
      if (flat == null || inside == null) {
        throw new IllegalStateException("no spatial axes");
      }
      long[] dims = image.shape().toArray();
      Node rows = image.reshape(dims[0], dims[1], Nodes.product(dims, 2, dims.length));
      Node picked = image.builder().add(new Op.Gather(1, 2), List.of(rows, flat));
      Node seen = Nodes.unsqueeze(inside, 1).broadcastTo(picked.shape());
      return seen.select(picked, Nodes.scalar(picked, 0));
    }

    Node nearest(List<Node> at) {
      List<Node> places = new ArrayList<>();
      for (int axis = 0; axis < at.size(); axis++) {
        places.add(bent(Nodes.roundEven(at.get(axis)), axis));
      }
      return at(places);
    }

    /// Sums over the elements around, `2 * reach` along each axis.
    Node weighted(List<Node> at, int reach, double a) {
      List<Node> bent = new ArrayList<>();
      for (int axis = 0; axis < at.size(); axis++) {
        // A wide window looks past the border by itself, element by element.
        bent.add(reach == 1 ? bent(at.get(axis), axis) : at.get(axis));
      }
      int taps = 2 * reach;
      int all = (int) Math.pow(taps, at.size());
      Node sum = null;
      for (int tap = 0; tap < all; tap++) {
        List<Node> places = new ArrayList<>();
        Node weight = null;
        int rest = tap;
        for (Node x : bent) {
          Node place = Nodes.floor(x).add(rest % taps - reach + 1.0);
          rest /= taps;
          Node distance = x.sub(place).abs();
          Node own = reach == 1 ? distance.neg().add(1).max(0) : cubic(distance, a);
          weight = weight == null ? own : weight.mul(own);
          places.add(place);
        }
        Node value = at(places);
        if (weight == null) {
          return value;
        }
        Node part = value.mul(Nodes.unsqueeze(weight, 1).broadcastTo(value.shape()));
        sum = sum == null ? part : sum.add(part);
      }
      return Objects.requireNonNull(sum);
    }

    private static Node cubic(Node x, double a) {
      Node near = x.mul(a + 2).sub(a + 3).mul(x).mul(x).add(1);
      Node far = x.mul(a).sub(5 * a).mul(x).add(8 * a).mul(x).sub(4 * a);
      Node zero = Nodes.full(x, 0);
      return x.compare(CompareFn.LE, 1).select(near, x.compare(CompareFn.LT, 2).select(far, zero));
    }
  }

  private static List<Value.Dense> gridSample(Call c) {
    Node x = c.wide(0);
    Node grid = c.wide(1).cast(x.dtype());
    boolean aligned = c.integer("align_corners", 0) != 0;
    int spatial = x.rank() - 2;
    Sampler sampler = new Sampler(x, c.text("padding_mode", "zeros"), aligned);
    long[] dims = grid.shape().toArray();
    long points = Nodes.product(dims, 1, dims.length - 1);
    List<Node> at = new ArrayList<>();
    for (int axis = 0; axis < spatial; axis++) {
      // The last axis of the image comes first in the grid.
      int place = spatial - 1 - axis;
      Node own = grid.slice(dims.length - 1, place, place + 1).reshape(dims[0], points);
      double extent = sampler.extent(axis);
      at.add(aligned ? own.add(1).mul((extent - 1) / 2) : own.add(1).mul(extent).sub(1).mul(0.5));
    }
    String mode = c.text("mode", c.opset() < 20 ? "bilinear" : "linear");
    Node out =
        switch (mode) {
          case "nearest" -> sampler.nearest(at);
          case "linear", "bilinear" -> sampler.weighted(at, 1, 0);
          case "cubic", "bicubic" -> sampler.weighted(at, 2, -0.75);
          default ->
              throw c.mistake(
                  "mode is %s; need linear, nearest or cubic".formatted(mode), "linear");
        };
    long[] shape = x.shape().toArray();
    System.arraycopy(dims, 1, shape, 2, spatial);
    return c.like(out.reshape(shape));
  }

  private static List<Value.Dense> affineGrid(Call c) {
    Node theta = c.wide(0);
    long[] size = c.wholes(1);
    int spatial = size.length - 2;
    boolean aligned = c.integer("align_corners", 0) != 0;
    long[] extents = Arrays.copyOfRange(size, 2, size.length);
    List<Long> dims = new ArrayList<>();
    for (long extent : extents) {
      dims.add(extent);
    }
    Shape shape = Shape.of(dims);
    List<Node> columns = new ArrayList<>();
    for (int axis = spatial - 1; axis >= 0; axis--) {
      double[] own = new double[(int) extents[axis]];
      for (int i = 0; i < own.length; i++) {
        own[i] =
            aligned
                ? (own.length == 1 ? 0 : -1 + 2.0 * i / (own.length - 1))
                : -1 + (2.0 * i + 1) / own.length;
      }
      Node line = Nodes.along(c.constant(theta.dtype(), own), axis, spatial);
      columns.add(line.broadcastTo(shape).reshape(shape.size(), 1));
    }
    columns.add(c.graph().full(new TensorType(theta.dtype(), Shape.of(shape.size(), 1)), 1));
    Node places = c.graph().concat(1, columns.toArray(Node[]::new));
    Node out =
        Matrices.matmul(
            places.broadcastTo(Shape.of(size[0], shape.size(), spatial + 1)), theta.transpose());
    dims.addFirst(size[0]);
    dims.add((long) spatial);
    return c.like(out.reshape(Shape.of(dims)));
  }

  /// A convolution whose window positions are moved by offsets, each by its own (Dai et al.,
  /// *Deformable convolutional networks*, ICCV 2017), over two spatial axes.
  private static List<Value.Dense> deformConv(Call c) {
    Node x = c.wide(0);
    Node kernel = c.wide(1);
    Node offset = c.wide(2);
    long[] d = x.shape().toArray();
    long[] k = kernel.shape().toArray();
    if (d.length != 4) {
      throw c.mistake("images have %d spatial axes; need 2".formatted(d.length - 2), "[n,c,h,w]");
    }
    Windows windows =
        Windows.of(c, new long[] {d[2], d[3]}, c.wholes("kernel_shape", new long[] {k[2], k[3]}));
    long groups = c.integer("offset_group", 1);
    long high = offset.shape().dim(2);
    long wide = offset.shape().dim(3);
    long taps = k[2] * k[3];
    long channels = d[1] / groups;
    Node moves = offset.reshape(d[0], groups, taps, 2, high * wide);
    List<Node> parts = new ArrayList<>();
    for (int g = 0; g < groups; g++) {
      Sampler sampler = new Sampler(x.slice(1, g * channels, (g + 1) * channels), "zeros", true);
      List<Node> patches = new ArrayList<>();
      for (int tap = 0; tap < taps; tap++) {
        List<Node> at = new ArrayList<>();
        for (int axis = 0; axis < 2; axis++) {
          double[] base = new double[(int) (high * wide)];
          long position = axis == 0 ? tap / k[3] : tap % k[3];
          for (int i = 0; i < base.length; i++) {
            long out = axis == 0 ? i / wide : i % wide;
            base[i] =
                out * windows.stride()[axis]
                    - windows.low()[axis]
                    + position * windows.dilation()[axis];
          }
          Node move =
              moves
                  .slice(1, g, g + 1)
                  .slice(2, tap, tap + 1)
                  .slice(3, axis, axis + 1)
                  .reshape(d[0], high * wide);
          Node own = c.constant(x.dtype(), base, 1, base.length);
          at.add(move.add(own.broadcastTo(move.shape())));
        }
        Node value = sampler.weighted(at, 1, 0);
        if (c.has(4)) {
          Node mask =
              c.wide(4)
                  .reshape(d[0], groups, taps, high * wide)
                  .slice(1, g, g + 1)
                  .slice(2, tap, tap + 1)
                  .reshape(d[0], 1, high * wide);
          value = value.mul(mask.broadcastTo(value.shape()));
        }
        patches.add(Nodes.unsqueeze(value, 2));
      }
      parts.add(c.graph().concat(2, patches.toArray(Node[]::new)));
    }
    // [n, c, taps, places] with the kernel in groups
    Node all = c.graph().concat(1, parts.toArray(Node[]::new));
    long group = c.integer("group", 1);
    Node rows = all.reshape(d[0], group, d[1] / group * taps, high * wide);
    Node filters = kernel.reshape(1, group, k[0] / group, k[1] * taps);
    Node out = Matrices.matmul(filters, rows).reshape(d[0], k[0], high, wide);
    if (c.has(3)) {
      out = Nodes.binary(BinaryFn.ADD, out, Nodes.along(c.wide(3), 1, 4));
    }
    return c.like(out);
  }

  /// Adds blocks that were cut out of an image back where they came from.
  private static List<Value.Dense> col2im(Call c) {
    Node x = c.x(0);
    long[] image = c.wholes(1);
    long[] block = c.wholes(2);
    int n = image.length;
    long[] ones = Nodes.ones(n);
    long[] stride = c.wholes("strides", ones);
    long[] dilation = c.wholes("dilations", ones);
    long[] pads = c.wholes("pads", new long[2 * n]);
    long taps = Nodes.product(block, 0, n);
    long[] counts = new long[n];
    for (int i = 0; i < n; i++) {
      long span = (block[i] - 1) * dilation[i] + 1;
      counts[i] = (image[i] + pads[i] + pads[n + i] - span) / stride[i] + 1;
    }
    long places = Nodes.product(counts, 0, n);
    long[] index = new long[Math.toIntExact(taps * places)];
    for (int i = 0; i < index.length; i++) {
      long tap = i / places;
      long place = i % places;
      long at = 0;
      long step = 1;
      boolean inside = true;
      for (int axis = n - 1; axis >= 0; axis--) {
        long own =
            place % counts[axis] * stride[axis] + tap % block[axis] * dilation[axis] - pads[axis];
        place /= counts[axis];
        tap /= block[axis];
        inside &= own >= 0 && own < image[axis];
        at += own * step;
        step *= image[axis];
      }
      index[i] = inside ? at : -1;
    }
    long batch = x.shape().dim(0);
    long channels = x.shape().dim(1) / taps;
    long size = Nodes.product(image, 0, n);
    Node zeros = c.graph().full(new TensorType(x.dtype(), Shape.of(batch * channels, size)), 0);
    Node sum = zeros.scatterAdd(1, c.constant(index), x.reshape(batch * channels, index.length));
    List<Long> dims = new ArrayList<>(List.of(batch, channels));
    for (long extent : image) {
      dims.add(extent);
    }
    return c.like(sum.reshape(Shape.of(dims)));
  }
}

package org.tombolo.onnx.operators;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;

/// Images of another size, axis by axis: nearest elements are picked, weighted sums are a product
/// with a matrix `[out, in]`, whose rows are known.
final class Resampling {
  private Resampling() {}

  static void define(Registry to) {
    to.add("Resize", Resampling::resize, 10, 11, 13, 18, 19);
    to.add("Upsample", Resampling::resize, 1, 7, 9, 10);
  }

  /// How one axis is resized.
  ///
  /// @param in its extent
  /// @param out extent that it gets
  /// @param scale of the axis; the extent may be rounded down from it
  /// @param start of the region that is resized, as a share of the axis
  /// @param end of that region
  private record Axis(long in, long out, double scale, double start, double end) {

    /// Place in the input that an output stands for.
    double source(Call c, long o) {
      double width = scale * in;
      // Single precision, as elsewhere: ties between elements are decided by its rounding.
      float step = (float) scale;
      return switch (coordinates(c)) {
        case "half_pixel" -> (o + 0.5f) / step - 0.5f;
        case "half_pixel_symmetric" -> {
          float offset = in / 2f * (1 - out / (step * in));
          yield offset + (o + 0.5f) / step - 0.5f;
        }
        case "pytorch_half_pixel" -> out == 1 ? -0.5 : (o + 0.5f) / step - 0.5f;
        case "align_corners" -> width == 1 ? 0 : o * (in - 1) / (width - 1);
        case "asymmetric" -> o / step;
        case "tf_half_pixel_for_nn" -> (o + 0.5f) / step;
        case "tf_crop_and_resize" ->
            out > 1
                ? start * (in - 1) + o * (end - start) * (in - 1) / (out - 1)
                : 0.5 * (start + end) * (in - 1);
        default ->
            throw c.mistake(
                "coordinate_transformation_mode is %s; that is not known".formatted(coordinates(c)),
                "half_pixel");
      };
    }
  }

  private static String coordinates(Call c) {
    return c.opset() < 11 ? "asymmetric" : c.text("coordinate_transformation_mode", "half_pixel");
  }

  private static List<Value.Dense> resize(Call c) {
    Node x = c.x(0);
    Axis[] axes = axes(c, x.shape().toArray());
    String mode = c.text("mode", "nearest");
    Node out = mode.equals("nearest") ? x : c.wide(0);
    if (!mode.equals("nearest") && !c.type(0).isFloat()) {
      out = x.cast(DType.F32);
    }
    boolean crops = coordinates(c).equals("tf_crop_and_resize");
    @Nullable Node inside = null;
    for (int i = 0; i < axes.length; i++) {
      Axis axis = axes[i];
      boolean same = axis.in == axis.out && axis.scale == 1 && !crops;
      if (same) {
        continue;
      }
      if (mode.equals("nearest")) {
        out = Nodes.pick(out, i, nearest(c, axis));
      } else {
        out = weighted(c, out, i, axis, mode);
      }
      if (crops) {
        double[] seen = new double[(int) axis.out];
        for (int o = 0; o < seen.length; o++) {
          double at = axis.source(c, o);
          seen[o] = at >= 0 && at <= axis.in - 1 ? 1 : 0;
        }
        Node own = Nodes.along(c.constant(x.dtype(), seen), i, x.rank()).compare(CompareFn.NE, 0);
        inside = inside == null ? own : Nodes.binary(BinaryFn.AND, inside, own);
      }
    }
    if (inside != null) {
      Node filler = Nodes.scalar(out, c.real("extrapolation_value", 0));
      out = inside.broadcastTo(out.shape()).select(out, filler);
    }
    return c.like(out);
  }

  private static Axis[] axes(Call c, long[] dims) {
    int rank = dims.length;
    int scalesAt = c.opset() < 11 ? 1 : 2;
    long[] which = c.wholes("axes", LongStream.range(0, rank).toArray());
    int[] axes = c.axes(which, rank);
    double[] scales = new double[rank];
    Arrays.fill(scales, 1);
    long[] out = dims.clone();
    float[] attribute =
        c.says("height_scale")
            ? new float[] {1, 1, c.real("height_scale", 1), c.real("width_scale", 1)}
            : c.reals("scales");
    if (c.has(3) && c.in(3).size() > 0) {
      sizes(c, dims, axes, scales, out);
    } else {
      double[] given =
          attribute != null
              ? toDoubles(attribute)
              : c.has(scalesAt) ? c.host(scalesAt).toDoubles() : new double[0];
      if (given.length != axes.length) {
        throw c.mistake(
            "%d scales for %d axes; need one for each, or sizes"
                .formatted(given.length, axes.length),
            "1 for an axis that stays");
      }
      for (int i = 0; i < axes.length; i++) {
        scales[axes[i]] = given[i];
        out[axes[i]] = (long) Math.floor(dims[axes[i]] * given[i]);
      }
    }
    double[] roi = c.opset() >= 11 && c.has(1) ? c.host(1).toDoubles() : new double[0];
    Axis[] result = new Axis[rank];
    for (int i = 0; i < rank; i++) {
      result[i] = new Axis(dims[i], out[i], scales[i], 0, 1);
    }
    for (int i = 0; i < axes.length && roi.length == 2 * axes.length; i++) {
      int a = axes[i];
      result[a] = new Axis(dims[a], out[a], scales[a], roi[i], roi[axes.length + i]);
    }
    return result;
  }

  private static double[] toDoubles(float[] values) {
    double[] out = new double[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = values[i];
    }
    return out;
  }

  private static void sizes(Call c, long[] dims, int[] axes, double[] scales, long[] out) {
    long[] sizes = c.wholes(3);
    String policy = c.text("keep_aspect_ratio_policy", "stretch");
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (int i = 0; i < axes.length; i++) {
      double scale = sizes[i] / (double) dims[axes[i]];
      least = Math.min(least, scale);
      most = Math.max(most, scale);
    }
    for (int i = 0; i < axes.length; i++) {
      int a = axes[i];
      if (policy.equals("stretch")) {
        scales[a] = sizes[i] / (double) dims[a];
        out[a] = sizes[i];
      } else {
        scales[a] = policy.equals("not_larger") ? least : most;
        out[a] = (long) Math.floor(scales[a] * dims[a] + 0.5);
      }
    }
  }

  private static long[] nearest(Call c, Axis axis) {
    String simple = axis.scale < 1 ? "ceil" : "floor";
    String mode = c.opset() < 11 ? simple : c.text("nearest_mode", "round_prefer_floor");
    long[] places = new long[(int) axis.out];
    for (int o = 0; o < places.length; o++) {
      double at = axis.source(c, o);
      double place =
          switch (mode) {
            case "round_prefer_floor" -> Math.ceil(at - 0.5);
            case "round_prefer_ceil" -> Math.floor(at + 0.5);
            case "floor" -> Math.floor(at);
            case "ceil" -> Math.ceil(at);
            default -> throw c.mistake("nearest_mode is %s".formatted(mode), "floor");
          };
      places[o] = Math.clamp((long) place, 0, axis.in - 1);
    }
    return places;
  }

  private static Node weighted(Call c, Node x, int place, Axis axis, String mode) {
    boolean excludes = c.integer("exclude_outside", 0) != 0;
    double shrink = c.integer("antialias", 0) != 0 ? Math.min(1, axis.scale) : 1;
    double a = c.real("cubic_coeff_a", -0.75);
    double reach = mode.equals("cubic") ? 2 : 1;
    double[] matrix = new double[Math.toIntExact(axis.out * axis.in)];
    for (int o = 0; o < axis.out; o++) {
      double at = axis.source(c, o);
      long base = (long) Math.floor(at);
      long first = (long) Math.floor(-reach / shrink) + 1;
      double sum = 0;
      double[] weights = new double[(int) (2 - 2 * first)];
      for (int k = 0; k < weights.length; k++) {
        double distance = Math.abs(base + first + k - at) * shrink;
        boolean outside = base + first + k < 0 || base + first + k >= axis.in;
        weights[k] =
            excludes && outside
                ? 0
                : mode.equals("cubic") ? cubic(distance, a) : Math.max(0, 1 - distance);
        sum += weights[k];
      }
      for (int k = 0; k < weights.length; k++) {
        long index = Math.clamp(base + first + k, 0, axis.in - 1);
        matrix[(int) (o * axis.in + index)] += weights[k] / sum;
      }
    }
    Node rows = c.constant(x.dtype(), matrix, axis.out, axis.in);
    return Nodes.moveAxis(
        Matrices.matmul(Nodes.moveAxis(x, place, x.rank() - 1), rows.transpose()),
        x.rank() - 1,
        place);
  }

  /// Weight of an element at a distance (Keys, *Cubic convolution interpolation*, 1981).
  static double cubic(double x, double a) {
    if (x <= 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  }
}

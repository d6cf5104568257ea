package org.tombolo.onnx.operators;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Operator;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Fourier transforms, by products with matrices of sines and cosines, and what belongs to them.
final class Signals {
  private Signals() {}

  static void define(Registry to) {
    to.add("DFT", Signals::dft, 17, 20);
    to.add("STFT", Signals::stft, 17);
    to.add("HannWindow", window(0.5, 0.5, 0), 17);
    to.add("HammingWindow", window(25.0 / 46, 21.0 / 46, 0), 17);
    to.add("BlackmanWindow", window(0.42, 0.5, 0.08), 17);
    to.add("MelWeightMatrix", Signals::melWeights, 17);
  }

  /// `a - b cos(2 pi i / n) + d cos(4 pi i / n)`.
  private static Operator window(double a, double b, double d) {
    return c -> {
      long size = c.whole(0);
      double n = c.integer("periodic", 1) != 0 ? size : size - 1;
      ElementType type = c.elementType("output_datatype", ElementType.FLOAT);
      IntToDoubleFunction element =
          i -> {
            double angle = n == 0 ? 0 : 2 * Math.PI * i / n;
            return a - b * Math.cos(angle) + d * Math.cos(2 * angle);
          };
      TensorType of = TensorType.of(type.carried(), size);
      return c.known(
          type,
          type.isFloat()
              ? Tensor.filled(of, i -> element.applyAsDouble((int) i))
              : Tensor.wholes(of, i -> (long) element.applyAsDouble((int) i)));
    };
  }

  private static List<Value.Dense> dft(Call c) {
    Node x = c.wide(0);
    int last = x.rank() - 1;
    int axis =
        c.opset() < 20 ? c.axis("axis", 1, x.rank()) : c.axis(c.has(2) ? c.whole(2) : -2, x.rank());
    boolean inverse = c.integer("inverse", 0) != 0;
    boolean onesided = c.integer("onesided", 0) != 0;
    long n = c.has(1) ? c.whole(1) : x.shape().dim(axis);
    if (inverse && onesided) {
      long full = c.has(1) ? n : (x.shape().dim(axis) - 1) * 2;
      return c.like(realInverse(c, x, axis, full));
    }
    Node real = Nodes.squeeze(x.slice(last, 0, 1), last);
    @Nullable Node imaginary =
        x.shape().dim(last) == 2 ? Nodes.squeeze(x.slice(last, 1, 2), last) : null;
    long bins = onesided ? n / 2 + 1 : n;
    return c.like(
        transform(
            c,
            fitted(real, axis, n),
            imaginary == null ? null : fitted(imaginary, axis, n),
            axis,
            bins,
            inverse));
  }

  /// Cut or filled with zeros to an extent.
  private static Node fitted(Node x, int axis, long extent) {
    long[] high = new long[x.rank()];
    high[axis] = extent - x.shape().dim(axis);
    return Padding.constant(x, new long[x.rank()], high, 0);
  }

  /// The transform along an axis, real and imaginary parts along a new last axis.
  private static Node transform(
      Call c, Node real, @Nullable Node imaginary, int axis, long bins, boolean inverse) {
    long n = real.shape().dim(axis);
    double sign = inverse ? 1 : -1;
    double norm = inverse ? 1.0 / n : 1;
    Node cos = matrix(c, real.dtype(), n, bins, angle -> Math.cos(angle) * norm);
    Node sin = matrix(c, real.dtype(), n, bins, angle -> sign * Math.sin(angle) * norm);
    Node a = along(real, axis, cos);
    Node b = along(real, axis, sin);
    if (imaginary != null) {
      a = a.sub(along(imaginary, axis, sin));
      b = b.add(along(imaginary, axis, cos));
    }
    int last = real.rank();
    return c.graph().concat(last, Nodes.unsqueeze(a, last), Nodes.unsqueeze(b, last));
  }

  private static Node matrix(Call c, DType dtype, long n, long bins, DoubleUnaryOperator element) {
    double[] all = new double[Math.toIntExact(n * bins)];
    for (long i = 0; i < n; i++) {
      for (long k = 0; k < bins; k++) {
        all[(int) (i * bins + k)] = element.applyAsDouble(2 * Math.PI * (i * k % n) / n);
      }
    }
    return c.constant(dtype, all, n, bins);
  }

  private static Node along(Node x, int axis, Node matrix) {
    Node last = Nodes.moveAxis(x, axis, x.rank() - 1);
    return Nodes.moveAxis(Matrices.matmul(last, matrix), x.rank() - 1, axis);
  }

  /// The real signal of which half the spectrum is given: the other half is its conjugate.
  private static Node realInverse(Call c, Node x, int axis, long n) {
    int last = x.rank() - 1;
    long bins = n / 2 + 1;
    Node half = fitted(x, axis, bins);
    Node real = Nodes.squeeze(half.slice(last, 0, 1), last);
    Node imaginary = Nodes.squeeze(half.slice(last, 1, 2), last);
    double[] cos = new double[Math.toIntExact(bins * n)];
    double[] sin = new double[cos.length];
    for (long k = 0; k < bins; k++) {
      boolean alone = k == 0 || 2 * k == n;
      for (long i = 0; i < n; i++) {
        double angle = 2 * Math.PI * (i * k % n) / n;
        cos[(int) (k * n + i)] = (alone ? 1 : 2) * Math.cos(angle) / n;
        sin[(int) (k * n + i)] = -(alone ? 1 : 2) * Math.sin(angle) / n;
      }
    }
    Node out =
        along(real, axis, c.constant(x.dtype(), cos, bins, n))
            .add(along(imaginary, axis, c.constant(x.dtype(), sin, bins, n)));
    return Nodes.unsqueeze(out, last);
  }

  private static List<Value.Dense> stft(Call c) {
    Node x = c.wide(0);
    long step = c.whole(1);
    long length = c.has(3) ? c.whole(3) : c.in(2).dim(0);
    long batch = x.shape().dim(0);
    long frames = (x.shape().dim(1) - length) / step + 1;
    boolean complex = x.rank() == 3 && x.shape().dim(2) == 2;
    Node signal = x.rank() == 3 ? x : Nodes.unsqueeze(x, 2);
    long[] places = new long[Math.toIntExact(frames * length)];
    for (int i = 0; i < places.length; i++) {
      places[i] = i / length * step + i % length;
    }
    Node cut = Nodes.pick(signal, 1, places).reshape(batch, frames, length, signal.shape().dim(2));
    Node real = Nodes.squeeze(cut.slice(3, 0, 1), 3);
    @Nullable Node imaginary = complex ? Nodes.squeeze(cut.slice(3, 1, 2), 3) : null;
    if (c.has(2)) {
      Node shape = c.wide(2).cast(x.dtype());
      real = real.mul(shape.broadcastTo(real.shape()));
      imaginary = imaginary == null ? null : imaginary.mul(shape.broadcastTo(real.shape()));
    }
    boolean onesided = c.integer("onesided", 1) != 0 && !complex;
    long bins = onesided ? length / 2 + 1 : length;
    return c.like(transform(c, real, imaginary, 2, bins, false));
  }

  /// Triangles that are equally wide on the mel scale, over the bins of a spectrum.
  private static List<Value.Dense> melWeights(Call c) {
    int bands = (int) c.whole(0);
    long length = c.whole(1);
    long rate = c.whole(2);
    double low = mel(c.host(3).at(0));
    double high = mel(c.host(4).at(0));
    ElementType type = c.elementType("output_datatype", ElementType.FLOAT);
    int bins = (int) (length / 2 + 1);
    long[] edges = new long[bands + 2];
    for (int i = 0; i < edges.length; i++) {
      double at = i * ((high - low) / edges.length) + low;
      double hertz = 700 * (Math.pow(10, at / 2595) - 1);
      edges[i] = (long) Math.floor((length + 1) * hertz / rate);
    }
    double[] weights = new double[bins * bands];
    for (int band = 0; band < bands; band++) {
      long left = edges[band];
      long top = edges[band + 1];
      long right = edges[band + 2];
      for (long bin = Math.max(0, left); bin < bins && bin <= Math.max(top, right); bin++) {
        double weight = 0;
        if (top == left) {
          weight = bin == top ? 1 : 0;
        } else if (bin <= top) {
          weight = (double) (bin - left) / (top - left);
        }
        if (bin >= top && bin < right) {
          weight = (double) (right - bin) / (right - top);
        }
        weights[(int) bin * bands + band] = weight;
      }
    }
    TensorType of = new TensorType(type.carried(), Shape.of(bins, bands));
    return c.known(type, Tensor.filled(of, i -> weights[(int) i]));
  }

  private static double mel(double hertz) {
    return 2595 * Math.log10(1 + hertz / 700);
  }
}

package org.tombolo.onnx.operators;

import static org.tombolo.onnx.operators.Elementwise.real;

import java.util.List;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;

/// Activation functions.
final class Activations {
  private Activations() {}

  static void define(Registry to) {
    to.add("Relu", c -> c.like(c.x(0).max(0)), 1, 6, 13, 14);
    to.add("LeakyRelu", c -> c.like(c.wide(0).leakyRelu(c.real("alpha", 0.01))), 1, 6, 16);
    to.add("PRelu", Activations::prelu, 1, 6, 7, 9, 16);
    to.add("Elu", c -> c.like(elu(c.wide(0), c.real("alpha", 1))), 1, 6, 22);
    to.add("Selu", Activations::selu, 1, 6, 22);
    to.add("Celu", Activations::celu, 12);
    to.add("ThresholdedRelu", Activations::thresholdedRelu, 10, 22);
    to.add("Sigmoid", real(Activations::sigmoid), 1, 6, 13);
    to.add("HardSigmoid", c -> c.like(hardSigmoid(c, 0.2, 0.5)), 1, 6, 22);
    to.add("HardSwish", real(x -> x.mul(x.mul(1 / 6.0).add(0.5).max(0).min(1))), 14, 22);
    to.add("Softplus", real(Activations::softplus), 1, 22);
    to.add("Softsign", real(x -> x.div(x.abs().add(1))), 1, 22);
    to.add("Tanh", real(Node::tanh), 1, 6, 13);
    to.add("Gelu", Activations::gelu, 20);
    to.add("Mish", real(x -> x.mul(softplus(x).tanh())), 18, 22);
    to.add("Swish", Activations::swish, 24);
    to.add("Shrink", Activations::shrink, 9);
    to.add("Softmax", c -> soft(c, false), 1, 11, 13);
    to.add("LogSoftmax", c -> soft(c, true), 1, 11, 13);
    to.add("Hardmax", Activations::hardmax, 1, 11, 13);
  }

  static Node softplus(Node x) {
    return x.softplus();
  }

  /// `1 / (1 + exp(-x))`, which keeps the digits of a small result.
  static Node sigmoid(Node x) {
    Node e = x.abs().neg().exp();
    Node small = e.div(e.add(1));
    return x.compare(CompareFn.GE, 0).select(small.neg().add(1), small);
  }

  static Node elu(Node x, double alpha) {
    Node below = Nodes.expm1(x.min(0)).mul(alpha);
    return x.compare(CompareFn.GT, 0).select(x, below);
  }

  private static List<Value.Dense> selu(Call c) {
    double alpha = c.real("alpha", c.opset() < 6 ? 1.6732 : 1.6732632);
    double gamma = c.real("gamma", c.opset() < 6 ? 1.0507 : 1.050701);
    return c.like(elu(c.wide(0), alpha).mul(gamma));
  }

  private static List<Value.Dense> celu(Call c) {
    double alpha = c.real("alpha", 1);
    Node x = c.wide(0);
    Node below = Nodes.expm1(x.div(alpha)).mul(alpha).min(0);
    return c.like(x.max(0).add(below));
  }

  private static List<Value.Dense> thresholdedRelu(Call c) {
    Node x = c.x(0);
    return c.like(x.compare(CompareFn.GT, c.real("alpha", 1)).select(x, Nodes.scalar(x, 0)));
  }

  static Node hardSigmoid(Call c, double alpha, double beta) {
    return c.wide(0).mul(c.real("alpha", alpha)).add(c.real("beta", beta)).max(0).min(1);
  }

  private static List<Value.Dense> gelu(Call c) {
    Node x = c.wide(0);
    return c.like(c.text("approximate", "none").equals("tanh") ? x.geluTanh() : x.gelu());
  }

  private static List<Value.Dense> swish(Call c) {
    Node x = c.wide(0);
    return c.like(x.mul(sigmoid(x.mul(c.real("alpha", 1)))));
  }

  private static List<Value.Dense> shrink(Call c) {
    Node x = c.x(0);
    double bias = c.real("bias", 0);
    double lambda = c.real("lambd", 0.5);
    Node zero = Nodes.scalar(x, 0);
    Node wide = c.type(0).isFloat() ? x : x.cast(DType.F64);
    Node up = wide.sub(bias).cast(x.dtype());
    Node down = wide.add(bias).cast(x.dtype());
    Node above = wide.compare(CompareFn.GT, lambda);
    Node below = wide.compare(CompareFn.LT, -lambda);
    return c.like(above.select(up, below.select(down, zero)));
  }

  private static List<Value.Dense> prelu(Call c) {
    Node x = c.x(0);
    Node slope = c.x(1);
    // Before version 7 a vector of slopes counts the channels, which are axis 1.
    boolean channels =
        slope.rank() == 1 && x.rank() > 1 && slope.shape().dim(0) == x.shape().dim(1);
    boolean last = slope.rank() == 1 && slope.shape().dim(0) == x.shape().dim(x.rank() - 1);
    if (channels && (c.opset() < 7 || !last)) {
      slope = Nodes.along(slope, 1, x.rank());
    }
    Node below = x.mul(slope.broadcastTo(x.shape()));
    return c.like(x.compare(CompareFn.LT, 0).select(below, x));
  }

  /// Along an axis; before version 13, over all axes from one on.
  private static List<Value.Dense> soft(Call c, boolean log) {
    Node x = c.wide(0);
    Node in = x;
    int axis;
    if (c.opset() < 13) {
      in = Nodes.rows(x, firstOfRow(c, x));
      axis = 1;
    } else {
      axis = c.axis("axis", -1, x.rank());
    }
    if (in.shape().size() == 0) {
      return c.like(x);
    }
    Node out = log ? in.logSoftmax(axis) : in.softmax(axis);
    return c.like(out.reshape(x.shape()));
  }

  /// First axis of what counts as a row before version 13; one past the last is allowed.
  private static int firstOfRow(Call c, Node x) {
    long axis = c.integer("axis", 1);
    return axis == x.rank() ? x.rank() : c.axis(axis, x.rank());
  }

  private static List<Value.Dense> hardmax(Call c) {
    Node x = c.x(0);
    Node in = x;
    int axis;
    if (c.opset() < 13) {
      in = Nodes.rows(x, firstOfRow(c, x));
      axis = 1;
    } else {
      axis = c.axis("axis", -1, x.rank());
    }
    Shape shape = in.shape();
    if (shape.size() == 0) {
      return c.like(x);
    }
    Node first = Nodes.unsqueeze(in.argMax(axis), axis).broadcastTo(shape);
    Node places = c.graph().iota(new TensorType(DType.I32, shape), axis);
    return c.like(places.compare(CompareFn.EQ, first).cast(x.dtype()).reshape(x.shape()));
  }
}

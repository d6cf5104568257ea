package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Pieces that the definitions of many operators are made of.
final class Nodes {
  private Nodes() {}

  /// The shape that shapes are repeated to together, as NumPy does: axes matched from the last one.
  static Shape common(List<Shape> shapes) {
    int rank = shapes.stream().mapToInt(Shape::rank).max().orElse(0);
    long[] dims = ones(rank);
    for (Shape shape : shapes) {
      int shift = rank - shape.rank();
      for (int i = 0; i < shape.rank(); i++) {
        long dim = shape.dim(i);
        if (dims[shift + i] == 1) {
          dims[shift + i] = dim;
        } else if (dim != 1 && dim != dims[shift + i]) {
          throw new ShapeException(
              "shapes are %s; need extents that are equal or 1, matched from the last axis"
                  .formatted(shapes),
              "another shape");
        }
      }
    }
    return Shape.of(dims);
  }

  /// Nodes repeated to the shape that they have in common.
  static List<Node> together(List<Node> nodes) {
    Shape shape = common(nodes.stream().map(Node::shape).toList());
    return nodes.stream().map(node -> node.broadcastTo(shape)).toList();
  }

  static List<Node> together(Node... nodes) {
    return together(List.of(nodes));
  }

  static Node binary(BinaryFn fn, Node a, Node b) {
    List<Node> pair = together(a, b);
    return pair.get(0).binary(fn, pair.get(1));
  }

  static Node compare(CompareFn fn, Node a, Node b) {
    List<Node> pair = together(a, b);
    return pair.get(0).compare(fn, pair.get(1));
  }

  static Node select(Node condition, Node yes, Node no) {
    List<Node> all = together(condition, yes, no);
    return all.get(0).select(all.get(1), all.get(2));
  }

  static Node scalar(Node like, double value) {
    return like.builder().scalar(like.dtype(), value);
  }

  static Node scalar(GraphBuilder g, long value) {
    return g.constant(Tensor.wholes(new TensorType(DType.I64, Shape.SCALAR), _ -> value));
  }

  static Node full(Node like, double value) {
    return like.builder().full(like.type(), value);
  }

  /// A node without the axes of extent 1 at these places.
  static Node squeeze(Node x, int... axes) {
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      int axis = i;
      if (Arrays.stream(axes).noneMatch(a -> a == axis)) {
        dims.add(x.shape().dim(i));
      } else if (x.shape().dim(i) != 1) {
        throw new ShapeException(
            "axis %d of %s has extent %d; need 1".formatted(i, x.type(), x.shape().dim(i)),
            "another axis");
      }
    }
    return x.reshape(Shape.of(dims));
  }

  /// A node with axes of extent 1 at these places of the result.
  static Node unsqueeze(Node x, int... axes) {
    int rank = x.rank() + axes.length;
    long[] dims = new long[rank];
    int[] sorted = axes.clone();
    Arrays.sort(sorted);
    int next = 0;
    int own = 0;
    for (int i = 0; i < rank; i++) {
      if (next < sorted.length && sorted[next] == i) {
        dims[i] = 1;
        next++;
      } else {
        dims[i] = x.shape().dim(own++);
      }
    }
    return x.reshape(dims);
  }

  /// A vector along one axis of a rank, so that it can be repeated beside a tensor.
  static Node along(Node vector, int axis, int rank) {
    long[] dims = ones(rank);
    dims[axis] = vector.shape().size();
    return vector.reshape(dims);
  }

  /// One axis moved to another place, the others in their order.
  static Node moveAxis(Node x, int from, int to) {
    if (from == to) {
      return x;
    }
    List<Integer> axes = new ArrayList<>(IntStream.range(0, x.rank()).boxed().toList());
    axes.remove(Integer.valueOf(from));
    axes.add(to, from);
    return x.permute(axes.stream().mapToInt(Integer::intValue).toArray());
  }

  static int[] inverse(int[] axes) {
    int[] out = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      out[axes[i]] = i;
    }
    return out;
  }

  /// The elements of an axis in another order, or repeated: those at these indices.
  static Node pick(Node x, int axis, long[] indices) {
    Node at =
        x.builder()
            .constant(
                Tensor.wholes(TensorType.of(DType.I64, indices.length), i -> indices[(int) i]));
    return x.gather(axis, at);
  }

  static long product(long[] dims, int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      product = Math.multiplyExact(product, dims[i]);
    }
    return product;
  }

  /// A tensor as rows: the axes before one, and those from it on.
  static Node rows(Node x, int axis) {
    long[] dims = x.shape().toArray();
    return x.reshape(product(dims, 0, axis), product(dims, axis, dims.length));
  }

  // Functions that are no operation.

  static Node ceil(Node x) {
    return x.neg().unary(UnaryFn.FLOOR).neg();
  }

  static Node floor(Node x) {
    return x.unary(UnaryFn.FLOOR);
  }

  /// To the nearest whole number, halves to the even one.
  static Node roundEven(Node x) {
    Node low = floor(x);
    Node rest = x.sub(low);
    Node odd = low.sub(floor(low.mul(0.5)).mul(2)).compare(CompareFn.EQ, 1);
    Node up = rest.compare(CompareFn.GT, 0.5).or(rest.compare(CompareFn.EQ, 0.5).and(odd));
    // Infinities have no rest.
    Node rounded = up.select(low.add(1), low);
    return x.compare(CompareFn.EQ, low).select(x, rounded);
  }

  static Node isNan(Node x) {
    return x.compare(CompareFn.NE, x);
  }

  /// `log(1 + x)` for `x > -1`, without losing a small `x`.
  static Node log1p(Node x) {
    Node u = x.add(1);
    Node lost = x.sub(u.sub(1)).div(u);
    Node exact = u.log().add(lost);
    return x.abs()
        .compare(CompareFn.LT, 1e300)
        .and(u.compare(CompareFn.GT, 0))
        .select(exact, u.log());
  }

  /// `exp(x) - 1` without losing a small `x`: `2t / (1 - t)` with `t = tanh(x / 2)` near 0.
  static Node expm1(Node x) {
    Node t = x.mul(0.5).tanh();
    Node near = t.mul(2).div(t.neg().add(1));
    return x.abs().compare(CompareFn.LT, 0.5).select(near, x.exp().sub(1));
  }

  static Node sinh(Node x) {
    Node a = x.abs();
    Node e = expm1(a);
    Node near = e.add(e.div(e.add(1))).mul(0.5);
    Node far = a.sub(Math.log(2)).exp();
    return x.unary(UnaryFn.SIGN).mul(a.compare(CompareFn.LT, 10).select(near, far));
  }

  static Node cosh(Node x) {
    Node a = x.abs();
    Node near = a.exp().add(a.neg().exp()).mul(0.5);
    return a.compare(CompareFn.LT, 10).select(near, a.sub(Math.log(2)).exp());
  }

  static Node asinh(Node x) {
    Node a = x.abs();
    Node square = a.square();
    Node near = log1p(a.add(square.div(square.add(1).sqrt().add(1))));
    Node far = a.log().add(Math.log(2));
    return x.unary(UnaryFn.SIGN).mul(a.compare(CompareFn.LT, 1e8).select(near, far));
  }

  static Node acosh(Node x) {
    Node t = x.sub(1);
    Node near = log1p(t.add(t.mul(2).add(t.square()).sqrt()));
    return x.compare(CompareFn.GT, 1e8).select(x.log().add(Math.log(2)), near);
  }

  static Node atanh(Node x) {
    Node a = x.abs();
    Node value = log1p(a.mul(2).div(a.neg().add(1))).mul(0.5);
    Node end = a.compare(CompareFn.EQ, 1).select(full(x, Double.POSITIVE_INFINITY), value);
    return x.unary(UnaryFn.SIGN).mul(end);
  }

  /// The angle whose tangent is `x`. `|x|` above 1 becomes its reciprocal; a polynomial gives seven
  /// digits (Abramowitz and Stegun, *Handbook of mathematical functions*, 4.4.49), which a step of
  /// `y + (x - tan y) / (1 + x tan y)` doubles.
  static Node atan(Node x) {
    Node a = x.abs();
    Node over = a.compare(CompareFn.GT, 1);
    Node z = over.select(a.mul(0).add(1).div(a), a);
    Node s = z.square();
    double[] coefficients = {
      0.0028662257,
      -0.0161657367,
      0.0429096138,
      -0.0752896400,
      0.1065626393,
      -0.1420889944,
      0.1999355085,
      -0.3333314528
    };
    Node sum = full(s, coefficients[0]);
    for (int i = 1; i < coefficients.length; i++) {
      sum = sum.mul(s).add(coefficients[i]);
    }
    Node rough = sum.mul(s).add(1).mul(z);
    Node sin = rough.unary(UnaryFn.SIN);
    Node cos = rough.unary(UnaryFn.COS);
    Node better = rough.add(z.mul(cos).sub(sin).div(cos.add(z.mul(sin))));
    Node angle = over.select(better.neg().add(Math.PI / 2), better);
    Node infinite = a.compare(CompareFn.EQ, Double.POSITIVE_INFINITY);
    return x.unary(UnaryFn.SIGN).mul(infinite.select(full(x, Math.PI / 2), angle));
  }

  static Node asin(Node x) {
    Node root = x.neg().add(1).mul(x.add(1)).sqrt();
    return atan(x.div(root.add(1))).mul(2);
  }

  static Node acos(Node x) {
    return atan(x.neg().add(1).div(x.add(1)).sqrt()).mul(2);
  }

  /// So many ones: extents, steps or strides that change nothing.
  static long[] ones(int rank) {
    long[] ones = new long[rank];
    Arrays.fill(ones, 1);
    return ones;
  }
}

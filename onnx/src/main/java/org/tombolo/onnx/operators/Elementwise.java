package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.UnaryFn;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Operator;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Functions of each element: arithmetic, comparison, logic, bits, powers and circles.
final class Elementwise {
  private Elementwise() {}

  static void define(Registry to) {
    to.add("Add", arithmetic(BinaryFn.ADD), 1, 6, 7, 13, 14);
    to.add("Sub", arithmetic(BinaryFn.SUB), 1, 6, 7, 13, 14);
    to.add("Mul", arithmetic(BinaryFn.MUL), 1, 6, 7, 13, 14);
    to.add("Div", Elementwise::div, 1, 6, 7, 13, 14);
    to.add("Mod", Elementwise::mod, 10, 13);
    to.add("Pow", Elementwise::pow, 1, 7, 12, 13, 15);
    to.add("Max", c -> fold(c, BinaryFn.MAX), 1, 6, 8, 12, 13);
    to.add("Min", c -> fold(c, BinaryFn.MIN), 1, 6, 8, 12, 13);
    to.add("Sum", Elementwise::sum, 1, 6, 8, 13);
    to.add("Mean", c -> c.like(total(c).div(c.inputs())), 1, 6, 8, 13);

    to.add("Abs", c -> c.like(c.type(0).isUnsigned() ? c.x(0) : c.x(0).abs()), 1, 6, 13);
    to.add("Neg", c -> c.like(c.x(0).neg()), 1, 6, 13);
    to.add("Sign", Elementwise::sign, 9, 13);
    to.add("Reciprocal", real(x -> x.builder().full(x.type(), 1).div(x)), 1, 6, 13);
    to.add("Sqrt", real(Node::sqrt), 1, 6, 13);
    to.add("Exp", real(Node::exp), 1, 6, 13);
    to.add("Log", real(Node::log), 1, 6, 13);
    to.add("Floor", real(Nodes::floor), 1, 6, 13);
    to.add("Ceil", real(Nodes::ceil), 1, 6, 13);
    to.add("Round", real(Nodes::roundEven), 11, 22);
    to.add("Sin", real(x -> x.unary(UnaryFn.SIN)), 7, 22);
    to.add("Cos", real(x -> x.unary(UnaryFn.COS)), 7, 22);
    to.add("Tan", real(x -> x.unary(UnaryFn.SIN).div(x.unary(UnaryFn.COS))), 7, 22);
    to.add("Asin", real(Nodes::asin), 7, 22);
    to.add("Acos", real(Nodes::acos), 7, 22);
    to.add("Atan", real(Nodes::atan), 7, 22);
    to.add("Sinh", real(Nodes::sinh), 9, 22);
    to.add("Cosh", real(Nodes::cosh), 9, 22);
    to.add("Asinh", real(Nodes::asinh), 9, 22);
    to.add("Acosh", real(Nodes::acosh), 9, 22);
    to.add("Atanh", real(Nodes::atanh), 9, 22);
    to.add("Erf", real(x -> x.unary(UnaryFn.ERF)), 9, 13);
    to.add("IsNaN", c -> c.one(ElementType.BOOL, Nodes.isNan(c.x(0))), 9, 13, 20);
    to.add("IsInf", Elementwise::isInf, 10, 20);

    to.add("Equal", Elementwise::equal, 1, 7, 11, 13, 19);
    to.add("Less", comparison(CompareFn.LT), 1, 7, 9, 13);
    to.add("LessOrEqual", comparison(CompareFn.LE), 12, 16);
    to.add("Greater", comparison(CompareFn.GT), 1, 7, 9, 13);
    to.add("GreaterOrEqual", comparison(CompareFn.GE), 12, 16);
    to.add("And", logic(BinaryFn.AND), 1, 7);
    to.add("Or", logic(BinaryFn.OR), 1, 7);
    to.add("Xor", logic(BinaryFn.XOR), 1, 7);
    to.add("Not", c -> c.like(c.x(0).not()), 1);
    to.add("BitwiseAnd", logic(BinaryFn.AND), 18);
    to.add("BitwiseOr", logic(BinaryFn.OR), 18);
    to.add("BitwiseXor", logic(BinaryFn.XOR), 18);
    to.add("BitwiseNot", c -> List.of(wrapped(c, c.type(0), c.x(0).not())), 18);
    to.add("BitShift", Elementwise::bitShift, 11);
    to.add("Where", Elementwise::where, 9, 16);
    to.add("Clip", Elementwise::clip, 1, 6, 11, 12, 13);
  }

  /// A function of floats, computed in single precision at least.
  static Operator real(UnaryOperator<Node> function) {
    return c -> c.like(function.apply(c.wide(0)));
  }

  /// A result brought back to the range of its type, where what carries it has more.
  static Value.Dense wrapped(Call c, ElementType type, Node node) {
    long mask =
        switch (type) {
          case UINT16 -> 0xffffL;
          case UINT32 -> 0xffffffffL;
          case UINT4 -> 15;
          case UINT2 -> 3;
          default -> -1;
        };
    if (mask == -1) {
      return c.result(type, node);
    }
    return c.result(type, node.binary(BinaryFn.AND, c.graph().scalar(node.dtype(), mask)));
  }

  /// A node whose order as signed numbers is that of the values: for `uint64` the top bit turns.
  static Node ordered(ElementType type, Node node) {
    return type == ElementType.UINT64
        ? node.binary(BinaryFn.XOR, Nodes.scalar(node.builder(), Long.MIN_VALUE))
        : node;
  }

  /// Two inputs repeated to one shape; before version 7 the second one only, and where an attribute
  /// says so.
  private static List<Node> pair(Call c, UnaryOperator<Node> prepare) {
    Node a = prepare.apply(c.x(0));
    Node b = prepare.apply(c.x(1));
    if (c.opset() < 7 && c.integer("broadcast", 0) != 0 && c.says("axis")) {
      int axis = c.axis("axis", 0, a.rank());
      long[] dims = Nodes.ones(a.rank());
      System.arraycopy(b.shape().toArray(), 0, dims, axis, b.rank());
      b = b.reshape(dims);
    }
    return Nodes.together(a, b);
  }

  private static Operator arithmetic(BinaryFn fn) {
    return c -> {
      List<Node> in = pair(c, Call::widened);
      return List.of(wrapped(c, c.type(0), in.get(0).binary(fn, in.get(1))));
    };
  }

  private static List<Value.Dense> div(Call c) {
    List<Node> in = pair(c, Call::widened);
    Node a = in.get(0);
    Node b = in.get(1);
    return c.like(c.type(0) == ElementType.UINT64 ? divideUnsigned(a, b) : a.div(b));
  }

  /// Half the dividend by the divisor, doubled, is at most one too small (Warren, *Hacker's
  /// delight*, 9-3). A divisor with the top bit set goes into the dividend once or never.
  static Node divideUnsigned(Node a, Node b) {
    Node one = Nodes.full(a, 1);
    Node zero = Nodes.full(a, 0);
    Node half = a.binary(BinaryFn.SHR, one).div(b).binary(BinaryFn.SHL, one);
    Node rest = a.sub(half.mul(b));
    Node more = atLeast(rest, b).select(one, zero);
    Node once = atLeast(a, b).select(one, zero);
    return b.compare(CompareFn.LT, zero).select(once, half.add(more));
  }

  private static Node atLeast(Node a, Node b) {
    return ordered(ElementType.UINT64, a).compare(CompareFn.GE, ordered(ElementType.UINT64, b));
  }

  private static List<Value.Dense> mod(Call c) {
    List<Node> in = pair(c, Call::widened);
    Node a = in.get(0);
    Node b = in.get(1);
    if (c.type(0) == ElementType.UINT64) {
      return c.like(a.sub(divideUnsigned(a, b).mul(b)));
    }
    Node rest = a.binary(BinaryFn.REM, b);
    if (c.integer("fmod", 0) != 0) {
      return c.like(rest);
    }
    // The remainder takes the sign of the divisor.
    Node zero = Nodes.full(rest, 0);
    Node other =
        rest.compare(CompareFn.LT, zero)
            .binary(BinaryFn.XOR, b.compare(CompareFn.LT, zero))
            .and(rest.compare(CompareFn.NE, zero));
    return c.like(other.select(rest.add(b), rest));
  }

  private static List<Value.Dense> pow(Call c) {
    ElementType type = c.type(0);
    if (type.isInteger()) {
      List<Node> in = pair(c, x -> x.cast(DType.F64));
      Node power = in.get(0).pow(in.get(1));
      // The power of whole numbers may come out a little below a whole number.
      Node whole = c.type(1).isInteger() ? Nodes.roundEven(power) : power;
      return List.of(wrapped(c, type, whole.cast(type.carried())));
    }
    DType dtype = c.wide(0).dtype();
    List<Node> in = pair(c, x -> x.cast(dtype));
    return c.like(in.get(0).pow(in.get(1)));
  }

  private static List<Value.Dense> fold(Call c, BinaryFn fn) {
    ElementType type = c.type(0);
    List<Node> all = new ArrayList<>();
    for (int i = 0; i < c.inputs(); i++) {
      all.add(ordered(type, c.x(i)));
    }
    Node result = Nodes.together(all).stream().reduce((a, b) -> a.binary(fn, b)).orElseThrow();
    return c.like(ordered(type, result));
  }

  private static Node total(Call c) {
    List<Node> all = new ArrayList<>();
    for (int i = 0; i < c.inputs(); i++) {
      all.add(c.wide(i));
    }
    BinaryOperator<Node> add = Node::add;
    return Nodes.together(all).stream().reduce(add).orElseThrow();
  }

  private static List<Value.Dense> sum(Call c) {
    return c.like(total(c));
  }

  private static List<Value.Dense> sign(Call c) {
    Node x = c.x(0);
    if (c.type(0).isUnsigned()) {
      Node some = x.compare(CompareFn.NE, Nodes.full(x, 0));
      return c.like(some.cast(x.dtype()));
    }
    return c.like(x.unary(UnaryFn.SIGN));
  }

  private static List<Value.Dense> isInf(Call c) {
    Node x = c.x(0);
    Node no = c.graph().full(x.type().withDType(DType.BOOL), 0);
    Node up =
        c.integer("detect_positive", 1) != 0
            ? x.compare(CompareFn.EQ, Double.POSITIVE_INFINITY)
            : no;
    Node down =
        c.integer("detect_negative", 1) != 0
            ? x.compare(CompareFn.EQ, Double.NEGATIVE_INFINITY)
            : no;
    return c.one(ElementType.BOOL, up.or(down));
  }

  private static Operator comparison(CompareFn fn) {
    return c -> {
      ElementType type = c.type(0);
      List<Node> in = pair(c, x -> ordered(type, x));
      return c.one(ElementType.BOOL, in.get(0).compare(fn, in.get(1)));
    };
  }

  private static List<? extends Value> equal(Call c) {
    if (c.value(0) instanceof Value.Texts a && c.value(1) instanceof Value.Texts b) {
      return List.of(Texts.equal(a, b));
    }
    return comparison(CompareFn.EQ).apply(c);
  }

  private static Operator logic(BinaryFn fn) {
    return c -> {
      List<Node> in = pair(c, UnaryOperator.identity());
      return c.like(in.get(0).binary(fn, in.get(1)));
    };
  }

  private static List<Value.Dense> bitShift(Call c) {
    List<Node> in = pair(c, UnaryOperator.identity());
    BinaryFn fn = c.text("direction", "").equals("LEFT") ? BinaryFn.SHL : BinaryFn.SHR;
    return List.of(wrapped(c, c.type(0), in.get(0).binary(fn, in.get(1))));
  }

  private static List<Value> where(Call c) {
    if (c.value(1) instanceof Value.Texts yes && c.value(2) instanceof Value.Texts no) {
      return List.of(Strings.where(c.host(0), yes, no));
    }
    return List.of(c.result(c.type(1), Nodes.select(c.x(0), c.x(1), c.x(2))));
  }

  private static List<Value.Dense> clip(Call c) {
    ElementType type = c.type(0);
    Node x = ordered(type, c.x(0));
    Shape shape = x.shape();
    if (c.opset() < 11) {
      if (c.says("min")) {
        x = x.max(c.real("min", 0));
      }
      return c.like(c.says("max") ? x.min(c.real("max", 0)) : x);
    }
    if (c.has(1)) {
      x = x.max(ordered(type, c.x(1)).reshape(Shape.SCALAR).broadcastTo(shape));
    }
    if (c.has(2)) {
      x = x.min(ordered(type, c.x(2)).reshape(Shape.SCALAR).broadcastTo(shape));
    }
    return c.like(ordered(type, x));
  }
}

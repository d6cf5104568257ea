package org.tombolo.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Removes elementwise operations that do nothing and joins pairs that undo or continue each other.
///
/// Only what holds for every float is here, NaN, infinities and both zeros included: `x * 1`, `x -
/// 0` and `x + -0.0` give `x`; but not `x * 0` (NaN and infinities), not `x + 0.0` (gives 0.0 for
/// -0.0), not `-(a - b)` (the sign of a zero) and nothing that sums in another order.
public final class AlgebraicIdentities implements Rewrite {
  @Override
  public Graph apply(Graph graph) {
    return Rebuild.of(graph, AlgebraicIdentities::simpler);
  }

  private static @Nullable Node simpler(Node original, List<Node> operands, GraphBuilder to) {
    return switch (original.op()) {
      case Op.Unary(UnaryFn fn) -> unary(fn, operands.get(0), original, to);
      case Op.Binary(BinaryFn fn) -> {
        Node a = operands.get(0);
        Node b = operands.get(1);
        yield a.dtype().isFloat() ? floats(fn, a, b, original, to) : wholes(fn, a, b, original, to);
      }
      case Op.Select _ -> select(operands.get(0), operands.get(1), operands.get(2), original, to);
      case Op.Cast(DType dtype) -> cast(dtype, operands.get(0), original, to);
      case Op.Call(Composite function) ->
          function instanceof Composite.Dropout(double rate) && rate == 0 ? operands.get(0) : null;
      case Op.Input _,
          Op.Constant _,
          Op.Variable _,
          Op.Iota _,
          Op.RandomBits _,
          Op.Compare _,
          Op.Reshape _,
          Op.Permute _,
          Op.Broadcast _,
          Op.Slice _,
          Op.Pad _,
          Op.Reverse _,
          Op.Concat _,
          Op.Reduce _,
          Op.Dot _,
          Op.Conv _,
          Op.ReduceWindow _,
          Op.WindowMaxGrad _,
          Op.Gather _,
          Op.ScatterAdd _,
          Op.Scan _,
          Op.ArgReduce _,
          Op.ArgSort _,
          Op.Control _,
          Op.Custom _,
          Op.Assign _ ->
          null;
    };
  }

  private static @Nullable Node unary(UnaryFn fn, Node x, Node original, GraphBuilder to) {
    return switch (fn) {
      case NEG -> is(x, UnaryFn.NEG) ? x.input(0) : null;
      case ABS -> {
        if (is(x, UnaryFn.ABS)) {
          yield x;
        }
        // The negative of an unsigned number is another number.
        boolean signed = x.dtype() != DType.U8;
        yield signed && is(x, UnaryFn.NEG)
            ? to.addAt(original.op(), List.of(x.input(0)), original)
            : null;
      }
      case SIGN -> is(x, UnaryFn.SIGN) ? x : null;
      case FLOOR -> is(x, UnaryFn.FLOOR) ? x : null;
      case NOT -> {
        if (is(x, UnaryFn.NOT)) {
          yield x.input(0);
        }
        yield switch (x.op()) {
          case Op.Compare(CompareFn test) when test == CompareFn.EQ ->
              to.addAt(new Op.Compare(CompareFn.NE), x.inputs(), original);
          case Op.Compare(CompareFn test) when test == CompareFn.NE ->
              to.addAt(new Op.Compare(CompareFn.EQ), x.inputs(), original);
          default -> null;
        };
      }
      case SQRT, EXP, LOG, SIN, COS, TANH, ERF -> null;
    };
  }

  private static @Nullable Node floats(
      BinaryFn fn, Node a, Node b, Node original, GraphBuilder to) {
    return switch (fn) {
      case ADD -> {
        if (Uniform.is(b, -0.0)) {
          yield a;
        }
        if (Uniform.is(a, -0.0)) {
          yield b;
        }
        yield sumWithNegative(a, b, original, to);
      }
      case SUB -> {
        if (Uniform.is(b, 0.0)) {
          yield a;
        }
        if (Uniform.is(a, -0.0)) {
          yield to.addAt(new Op.Unary(UnaryFn.NEG), List.of(b), original);
        }
        yield differenceOfNegative(a, b, original, to);
      }
      case MUL -> {
        if (Uniform.is(b, 1)) {
          yield a;
        }
        if (Uniform.is(a, 1)) {
          yield b;
        }
        if (Uniform.is(b, -1)) {
          yield to.addAt(new Op.Unary(UnaryFn.NEG), List.of(a), original);
        }
        if (Uniform.is(a, -1)) {
          yield to.addAt(new Op.Unary(UnaryFn.NEG), List.of(b), original);
        }
        yield bothNegative(a, b, original, to);
      }
      case DIV -> {
        if (Uniform.is(b, 1)) {
          yield a;
        }
        Node reciprocal = reciprocal(b, original, to);
        yield reciprocal == null
            ? bothNegative(a, b, original, to)
            : to.addAt(new Op.Binary(BinaryFn.MUL), List.of(a, reciprocal), original);
      }
      case POW -> {
        if (Uniform.is(b, 1)) {
          yield a;
        }
        yield Uniform.is(b, 2)
            ? to.addAt(new Op.Binary(BinaryFn.MUL), List.of(a, a), original)
            : null;
      }
      case MAX ->
          same(a, b) || Uniform.is(b, Double.NEGATIVE_INFINITY)
              ? a
              : Uniform.is(a, Double.NEGATIVE_INFINITY) ? b : null;
      case MIN ->
          same(a, b) || Uniform.is(b, Double.POSITIVE_INFINITY)
              ? a
              : Uniform.is(a, Double.POSITIVE_INFINITY) ? b : null;
      case REM, AND, OR, XOR, SHL, SHR -> null;
    };
  }

  /// Integers and bools.
  private static @Nullable Node wholes(
      BinaryFn fn, Node a, Node b, Node original, GraphBuilder to) {
    return switch (fn) {
      case ADD -> Uniform.is(b, 0) ? a : Uniform.is(a, 0) ? b : sumWithNegative(a, b, original, to);
      case SUB -> {
        if (same(a, b)) {
          yield zero(original, to);
        }
        yield Uniform.is(b, 0) ? a : differenceOfNegative(a, b, original, to);
      }
      case MUL -> {
        if (Uniform.is(b, 0) || Uniform.is(a, 1)) {
          yield b;
        }
        yield Uniform.is(a, 0) || Uniform.is(b, 1) ? a : bothNegative(a, b, original, to);
      }
      case DIV -> Uniform.is(b, 1) ? a : null;
      case REM -> Uniform.is(b, 1) ? zero(original, to) : null;
      case MAX, MIN -> same(a, b) ? a : null;
      case AND -> {
        if (same(a, b) || Uniform.is(a, 0) || Uniform.is(b, allOnes(b.dtype()))) {
          yield a;
        }
        yield Uniform.is(b, 0) || Uniform.is(a, allOnes(a.dtype())) ? b : null;
      }
      case OR -> {
        if (same(a, b) || Uniform.is(b, 0) || Uniform.is(a, allOnes(a.dtype()))) {
          yield a;
        }
        yield Uniform.is(a, 0) || Uniform.is(b, allOnes(b.dtype())) ? b : null;
      }
      case XOR -> {
        if (same(a, b)) {
          yield zero(original, to);
        }
        yield Uniform.is(b, 0) ? a : Uniform.is(a, 0) ? b : null;
      }
      case SHL, SHR -> Uniform.is(b, 0) ? a : null;
      case POW -> null;
    };
  }

  private static double allOnes(DType dtype) {
    return switch (dtype) {
      case BOOL -> 1;
      case U8 -> 0xff;
      case I8, I16, I32, I64 -> -1;
      case F32, F16, BF16, F64 -> Double.NaN;
    };
  }

  private static Node zero(Node original, GraphBuilder to) {
    Tensor zero = Tensor.full(original.type().withShape(Shape.SCALAR), 0);
    return Uniform.node(to, zero, original.shape(), original);
  }

  private static @Nullable Node sumWithNegative(Node a, Node b, Node original, GraphBuilder to) {
    Op sub = new Op.Binary(BinaryFn.SUB);
    if (is(b, UnaryFn.NEG)) {
      return to.addAt(sub, List.of(a, b.input(0)), original);
    }
    return is(a, UnaryFn.NEG) ? to.addAt(sub, List.of(b, a.input(0)), original) : null;
  }

  private static @Nullable Node differenceOfNegative(
      Node a, Node b, Node original, GraphBuilder to) {
    return is(b, UnaryFn.NEG)
        ? to.addAt(new Op.Binary(BinaryFn.ADD), List.of(a, b.input(0)), original)
        : null;
  }

  private static @Nullable Node bothNegative(Node a, Node b, Node original, GraphBuilder to) {
    return is(a, UnaryFn.NEG) && is(b, UnaryFn.NEG)
        ? to.addAt(original.op(), List.of(a.input(0), b.input(0)), original)
        : null;
  }

  /// `1 / x` where that is exact: for powers of two, none of the two numbers denormal. A product
  /// with it is then the same as the quotient, because both are roundings of the same number.
  private static @Nullable Node reciprocal(Node x, Node original, GraphBuilder to) {
    Tensor value = Uniform.value(x);
    if (value == null) {
      return null;
    }
    double number = value.at(0);
    double reciprocal = 1 / number;
    int exponent = Math.getExponent(number);
    int range = -smallestExponent(x.dtype());
    boolean exact =
        Math.abs(number) == Math.scalb(1.0, exponent) && -range <= exponent && exponent <= range;
    return exact
        ? Uniform.node(to, Tensor.full(value.type(), reciprocal), x.shape(), original)
        : null;
  }

  /// Of the normal numbers of a type.
  private static int smallestExponent(DType dtype) {
    return switch (dtype) {
      case F16 -> -14;
      case F32, BF16 -> Float.MIN_EXPONENT;
      case F64 -> Double.MIN_EXPONENT;
      case I8, U8, I16, I32, I64, BOOL ->
          throw new IllegalArgumentException(dtype + " is not a float type");
    };
  }

  private static @Nullable Node select(
      Node condition, Node yes, Node no, Node original, GraphBuilder to) {
    if (same(yes, no) || Uniform.is(condition, 1)) {
      return yes;
    }
    if (Uniform.is(condition, 0)) {
      return no;
    }
    return is(condition, UnaryFn.NOT)
        ? to.addAt(original.op(), List.of(condition.input(0), no, yes), original)
        : null;
  }

  private static @Nullable Node cast(DType dtype, Node x, Node original, GraphBuilder to) {
    if (x.dtype() == dtype) {
      return x;
    }
    if (!(x.op() instanceof Op.Cast)) {
      return null;
    }
    Node source = x.input(0);
    if (!maySkip(source.dtype(), x.dtype(), dtype)) {
      return null;
    }
    return source.dtype() == dtype ? source : to.addAt(original.op(), List.of(source), original);
  }

  /// Whether a cast from one type to another is the same with and without a stop between. The stop
  /// must hold every value of the first type. Beyond that, an integer that does not fit wraps
  /// around when it comes as an integer and saturates when it comes as a float.
  private static boolean maySkip(DType from, DType stop, DType to) {
    boolean wrapsEitherWay = from.isFloat() == stop.isFloat() || to.isFloat() || to == DType.BOOL;
    return holds(stop, from) && (wrapsEitherWay || holds(to, from));
  }

  /// Whether every value of a type is a value of another.
  private static boolean holds(DType wide, DType narrow) {
    return wide == narrow
        || switch (narrow) {
          case BOOL -> true;
          case I8 -> wide != DType.U8 && wide != DType.BOOL;
          case U8 -> wide != DType.I8 && wide != DType.BOOL;
          case I16 ->
              wide == DType.I32 || wide == DType.I64 || wide == DType.F32 || wide == DType.F64;
          case I32 -> wide == DType.I64 || wide == DType.F64;
          case F16, BF16 -> wide == DType.F32 || wide == DType.F64;
          case F32 -> wide == DType.F64;
          case I64, F64 -> false;
        };
  }

  private static boolean same(Node a, Node b) {
    return a == b;
  }

  private static boolean is(Node node, UnaryFn fn) {
    return node.op() instanceof Op.Unary(UnaryFn other) && other == fn;
  }
}

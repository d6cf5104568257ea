package org.tombolo.cli.fuzz;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.Composite;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;
import org.tombolo.graph.WindowDim;

/// The reference with a bound on the error that each operation may add and pass on: running error
/// analysis (Higham, *Accuracy and Stability of Numerical Algorithms*, 3.3).
///
/// Functions that rise or fall in each operand are evaluated at the ends of the operands'
/// intervals. Sums add the errors of their terms and one rounding of the sum of magnitudes for each
/// term. Rounding is that of OpenCL's full profile (specification 1.2, table 7.4), a unit in the
/// last place for basic arithmetic, and none where the exact result is an element of the type.
/// Operations that jump (compare, order, casts to whole numbers) pass only where no error decides.
final class ErrorBounds {
  private ErrorBounds() {}

  /// Every node of a graph; empty if errors decide a jump, or grow out of proportion.
  static Optional<Map<Node, Approximate>> of(
      Graph graph, Map<String, Tensor> inputs, Map<String, Tensor> variables) {
    Map<Node, Approximate> all = new HashMap<>();
    for (Node node : graph.nodes()) {
      Optional<Approximate> value =
          switch (node.op()) {
            case Op.Input(String name, TensorType _) ->
                Optional.of(Approximate.exact(inputs.get(name)));
            case Op.Variable(String name, TensorType _) ->
                Optional.of(Approximate.exact(variables.get(name)));
            default -> of(node, all);
          };
      if (value.isEmpty()) {
        return Optional.empty();
      }
      all.put(node, value.get());
    }
    return Optional.of(all);
  }

  /// One node from its operands.
  static Optional<Approximate> of(Node node, Map<Node, Approximate> known) {
    return of(node.op(), node.type(), node.inputs().stream().map(known::get).toList())
        .filter(Approximate::isMeaningful);
  }

  private static Optional<Approximate> of(Op op, TensorType type, List<Approximate> in) {
    return switch (op) {
      case Op.Input _, Op.Variable _, Op.Custom _ ->
          throw new IllegalArgumentException(op.toString());
      case Op.Constant(Tensor value) -> Optional.of(Approximate.exact(value));
      case Op.Iota _, Op.RandomBits _ -> whole(op, in);
      case Op.Unary(UnaryFn fn) -> unary(fn, type, in.get(0));
      case Op.Binary(BinaryFn fn) -> binary(fn, type, in.get(0), in.get(1));
      case Op.Compare _ -> decided(in.get(0), in.get(1)) ? whole(op, in) : Optional.empty();
      case Op.Cast(DType to) -> cast(to, type, in.get(0));
      case Op.Select() ->
          moved(op, type, in, op, List.of(in.get(0).value(), errors(in.get(1)), errors(in.get(2))));
      case Op.Pad(List<Long> low, List<Long> high, List<Long> interior, double filler) -> {
        double rounded = Tensor.full(TensorType.of(type.dtype()), filler).at(0);
        Op pad = new Op.Pad(low, high, interior, rounded);
        Op padErrors = new Op.Pad(low, high, interior, 0);
        yield moved(pad, type, in, padErrors, List.of(errors(in.get(0))));
      }
      case Op.Reshape _,
          Op.Permute _,
          Op.Broadcast _,
          Op.Slice _,
          Op.Reverse _,
          Op.Concat _,
          Op.Assign _ ->
          moved(op, type, in, op, in.stream().map(ErrorBounds::errors).toList());
      case Op.Gather _ -> moved(op, type, in, op, List.of(errors(in.get(0)), in.get(1).value()));
      case Op.Reduce(ReduceFn fn, List<Integer> axes) -> {
        Approximate x = in.get(0);
        yield fold(
            fn, f -> new Op.Reduce(f, axes), type, x, x.type().size() / Math.max(1, type.size()));
      }
      case Op.ReduceWindow(ReduceFn fn, List<WindowDim> window) ->
          fold(fn, f -> new Op.ReduceWindow(f, window), type, in.get(0), positions(window));
      case Op.Scan(ReduceFn fn, int axis, boolean exclusive, boolean reverse) ->
          fold(fn, f -> new Op.Scan(f, axis, exclusive, reverse), type, in.get(0), type.dim(axis));
      case Op.Dot dot ->
          products(
              op,
              type,
              in,
              dot.lhsContract().stream()
                  .mapToLong(axis -> in.get(0).type().dim(axis))
                  .reduce(1, Math::multiplyExact));
      case Op.Conv conv ->
          products(
              op,
              type,
              in,
              positions(conv.window()) * in.get(0).type().dim(conv.dims().lhsFeature()));
      case Op.WindowMaxGrad(List<WindowDim> window) ->
          in.get(0).isExact()
              ? sums(op, type, in, List.of(in.get(0).value()), List.of(1), positions(window))
              : Optional.empty();
      case Op.ScatterAdd _ ->
          sums(op, type, in, List.of(), List.of(0, 2), in.get(1).type().size() + 1);
      case Op.ArgReduce _, Op.ArgSort _ -> in.get(0).isExact() ? whole(op, in) : Optional.empty();
      case Op.Call(Composite function) -> call(function, in);
      case Op.Control(ControlFlow flow, int result) ->
          control(flow, in).map(results -> results.get(result));
    };
  }

  /// Results that are exact because the operands are.
  private static Optional<Approximate> whole(Op op, List<Approximate> in) {
    return Optional.of(Approximate.exact(evaluate(op, in)));
  }

  private static Tensor evaluate(Op op, List<Approximate> in) {
    return Reference.evaluate(op, in.stream().map(Approximate::value).toList());
  }

  private static Tensor errors(Approximate x) {
    return x.type().dtype().isFloat() ? x.errors() : x.value();
  }

  /// Elements that change places, and their errors with them.
  private static Optional<Approximate> moved(
      Op op, TensorType type, List<Approximate> in, Op opOnErrors, List<Tensor> errors) {
    Tensor value = op instanceof Op.Assign ? in.get(0).value() : evaluate(op, in);
    if (!type.dtype().isFloat()) {
      return Optional.of(Approximate.exact(value));
    }
    double[] error = Reference.evaluate(opOnErrors, errors).toDoubles();
    for (int i = 0; i < error.length; i++) {
      error[i] = Double.isNaN(error[i]) ? 0 : error[i];
    }
    return Optional.of(new Approximate(type, value, error));
  }

  private static Optional<Approximate> unary(UnaryFn fn, TensorType type, Approximate x) {
    Op op = new Op.Unary(fn);
    if (!type.dtype().isFloat()) {
      return whole(op, List.of(x));
    }
    double ulps =
        switch (fn) {
          case NEG, ABS, SIGN, FLOOR, NOT -> 0;
          case SQRT, EXP, LOG -> 3;
          case SIN, COS -> 4;
          case TANH -> 5;
          case ERF -> 16;
        };
    Tensor value = evaluate(op, List.of(x));
    if (fn == UnaryFn.SIN || fn == UnaryFn.COS) {
      double[] error = new double[x.error().length];
      for (int i = 0; i < error.length; i++) {
        error[i] = Double.isNaN(value.at(i)) ? 0 : x.error()[i] + ulps * Roundoff.ulp(type, 1);
      }
      return Optional.of(new Approximate(type, value, error));
    }
    return between(
        type,
        value,
        List.of(
            Reference.evaluate(op, List.of(x.corner(-1))),
            Reference.evaluate(op, List.of(x.corner(1)))),
        ulps);
  }

  private static Optional<Approximate> binary(
      BinaryFn fn, TensorType type, Approximate x, Approximate y) {
    Op op = new Op.Binary(fn);
    if (!type.dtype().isFloat()) {
      return whole(op, List.of(x, y));
    }
    Tensor value = evaluate(op, List.of(x, y));
    for (int i = 0; i < x.error().length; i++) {
      double a = x.value().at(i);
      double b = y.value().at(i);
      boolean defined =
          switch (fn) {
            // The sign of a zero is open, and so that of an infinite quotient.
            case DIV -> Math.abs(b) > y.error()[i] || Double.isNaN(value.at(i));
            case REM -> x.error()[i] == 0 && y.error()[i] == 0;
            case POW -> a - x.error()[i] > 0 && Double.isFinite(a) && Double.isFinite(b);
            case ADD, SUB, MUL, MAX, MIN, AND, OR, XOR, SHL, SHR -> true;
          };
      if (!defined) {
        return Optional.empty();
      }
    }
    double ulps =
        switch (fn) {
          case MAX, MIN, REM -> 0;
          case DIV -> 2.5;
          case POW -> 16;
          case ADD, SUB, MUL, AND, OR, XOR, SHL, SHR -> 1;
        };
    List<Tensor> corners = new ArrayList<>();
    if (!x.isExact() || !y.isExact()) {
      for (int i = 0; i < 4; i++) {
        corners.add(
            Reference.evaluate(op, List.of(x.corner(1 - i / 2 * 2), y.corner(1 - i % 2 * 2))));
      }
    }
    return between(type, value, corners, ulps);
  }

  /// The result and the results at the ends of the operands' intervals, where the extremes are.
  private static Optional<Approximate> between(
      TensorType type, Tensor value, List<Tensor> corners, double ulps) {
    double[] error = new double[(int) type.size()];
    for (int i = 0; i < error.length; i++) {
      double want = value.at(i);
      for (Tensor corner : corners) {
        double end = corner.at(i);
        if (!Double.isFinite(end) || !Double.isFinite(want)) {
          if (Double.compare(end, want) != 0) {
            return Optional.empty();
          }
        } else {
          error[i] = Math.max(error[i], Math.abs(end - want));
        }
      }
      boolean rounded = ulps > 1 || (ulps == 1 && !Roundoff.representable(type, want));
      if (Double.isFinite(want) && (rounded || (ulps > 0 && error[i] > 0))) {
        error[i] += ulps * Roundoff.ulp(type, Math.abs(want) + error[i]);
      }
    }
    return Optional.of(new Approximate(type, value, error));
  }

  private static boolean decided(Approximate x, Approximate y) {
    for (int i = 0; i < x.error().length; i++) {
      double error = x.error()[i] + y.error()[i];
      double apart = Math.abs(x.value().at(i) - y.value().at(i));
      if (error > 0 && apart <= error) {
        return false;
      }
    }
    return true;
  }

  private static Optional<Approximate> cast(DType to, TensorType type, Approximate x) {
    Op op = new Op.Cast(to);
    Tensor value = evaluate(op, List.of(x));
    if (x.error().length == 0 || x.isExact()) {
      return Optional.of(Approximate.exact(value));
    }
    List<Tensor> corners =
        List.of(
            Reference.evaluate(op, List.of(x.corner(-1))),
            Reference.evaluate(op, List.of(x.corner(1))));
    if (to.isFloat()) {
      return between(
          type, Approximate.doubles(value), corners.stream().map(Approximate::doubles).toList(), 0);
    }
    for (int i = 0; i < x.error().length; i++) {
      boolean zero = x.error()[i] > 0 && Math.abs(x.value().at(i)) <= x.error()[i];
      if (to == DType.BOOL && zero) {
        return Optional.empty();
      }
    }
    return corners.stream().allMatch(value::equals)
        ? Optional.of(Approximate.exact(value))
        : Optional.empty();
  }

  /// A kind of fold with another function.
  private interface Fold {
    Op with(ReduceFn fn);
  }

  private static Optional<Approximate> fold(
      ReduceFn fn, Fold kind, TensorType type, Approximate x, long terms) {
    Op op = kind.with(fn);
    if (!type.dtype().isFloat()) {
      return whole(op, List.of(x));
    }
    if (!x.isFinite() && !x.isExact()) {
      return Optional.empty();
    }
    return switch (fn) {
      case SUM -> sums(op, type, List.of(x), List.of(), List.of(0), terms);
      case PROD -> product(op, type, x, terms);
      case MAX, MIN -> {
        Tensor value = evaluate(op, List.of(x));
        double[] error =
            Reference.evaluate(kind.with(ReduceFn.MAX), List.of(x.errors())).toDoubles();
        for (int i = 0; i < error.length; i++) {
          error[i] = Math.max(0, error[i]);
        }
        yield Optional.of(new Approximate(type, value, error));
      }
    };
  }

  private static Optional<Approximate> product(Op op, TensorType type, Approximate x, long terms) {
    Tensor most = x.magnitudes();
    Tensor least = Tensor.filled(most.type(), i -> most.at(i) - x.error()[(int) i]);
    double[] high = Reference.evaluate(op, List.of(most)).toDoubles();
    double[] low = Reference.evaluate(op, List.of(least)).toDoubles();
    // In whatever order, no part of the product may leave the range of the type.
    Tensor grown = Tensor.filled(most.type(), i -> Math.max(1, most.at(i)));
    Tensor shrunk = Tensor.filled(most.type(), i -> shrinking(least.at(i)));
    double[] largest = Reference.evaluate(op, List.of(grown)).toDoubles();
    double[] smallest = Reference.evaluate(op, List.of(shrunk)).toDoubles();
    boolean wholes = x.isExact() && Roundoff.grain(most) >= 0;
    Tensor value = evaluate(op, List.of(x));
    double[] error = new double[high.length];
    for (int i = 0; i < error.length; i++) {
      if (largest[i] > 1e4 || smallest[i] < 1e-4) {
        return Optional.empty();
      }
      boolean exact = wholes && largest[i] <= Roundoff.wholes(type);
      if (!exact && Double.isFinite(value.at(i))) {
        double rounding = terms * Roundoff.ulp(type, Math.max(high[i], largest[i]));
        error[i] = high[i] - low[i] + rounding;
      }
    }
    return Optional.of(new Approximate(type, value, error));
  }

  private static double shrinking(double magnitude) {
    return magnitude == 0 ? 1 : Math.min(1, magnitude);
  }

  /// Sums of some operands, or of the places where some operands put them.
  ///
  /// @param fixed operands that come before the summed ones and are no numbers to sum
  /// @param summed indices of the summed operands
  private static Optional<Approximate> sums(
      Op op,
      TensorType type,
      List<Approximate> in,
      List<Tensor> fixed,
      List<Integer> summed,
      long terms) {
    if (!type.dtype().isFloat()) {
      return whole(op, in);
    }
    boolean exact = summed.stream().allMatch(i -> in.get(i).isExact());
    if (!exact && !summed.stream().allMatch(i -> in.get(i).isFinite())) {
      return Optional.empty();
    }
    List<Tensor> errors = new ArrayList<>(fixed);
    List<Tensor> magnitudes = new ArrayList<>(fixed);
    int grain = Integer.MAX_VALUE;
    for (int i = fixed.size(); i < in.size(); i++) {
      Approximate operand = in.get(i);
      boolean number = summed.contains(i);
      errors.add(number ? operand.errors() : operand.value());
      magnitudes.add(number ? operand.magnitudes() : operand.value());
      grain = number ? Math.min(grain, Roundoff.grain(operand.magnitudes())) : grain;
    }
    return Optional.of(
        summed(
            type,
            evaluate(op, in),
            Reference.evaluate(op, errors),
            Reference.evaluate(op, magnitudes),
            exact ? grain : Integer.MIN_VALUE,
            terms));
  }

  private static Optional<Approximate> products(
      Op op, TensorType type, List<Approximate> in, long terms) {
    Approximate x = in.get(0);
    Approximate y = in.get(1);
    if (!type.dtype().isFloat()) {
      return whole(op, in);
    }
    boolean exact = x.isExact() && y.isExact();
    if (!exact && !(x.isFinite() && y.isFinite())) {
      return Optional.empty();
    }
    Tensor a = x.magnitudes();
    Tensor b = y.magnitudes();
    double[] left = Reference.evaluate(op, List.of(x.errors(), b)).toDoubles();
    double[] right = Reference.evaluate(op, List.of(a, y.errors())).toDoubles();
    int grain = Roundoff.grain(a) + Roundoff.grain(b);
    return Optional.of(
        summed(
            type,
            evaluate(op, in),
            Tensor.filled(type.withDType(DType.F64), i -> left[(int) i] + right[(int) i]),
            Reference.evaluate(op, List.of(a, b)),
            exact ? grain : Integer.MIN_VALUE,
            terms + 1));
  }

  /// @param grain all terms are whole multiples of 2^grain
  private static Approximate summed(
      TensorType type, Tensor value, Tensor errors, Tensor magnitudes, int grain, long terms) {
    double[] error = new double[(int) type.size()];
    for (int i = 0; i < error.length; i++) {
      boolean exact =
          grain > -100 && magnitudes.at(i) <= Math.scalb(Roundoff.wholes(type), Math.min(grain, 0));
      if (!exact && Double.isFinite(value.at(i))) {
        error[i] = errors.at(i) + (terms + 1) * Roundoff.ulp(type, magnitudes.at(i));
      }
    }
    return new Approximate(type, value, error);
  }

  private static long positions(List<WindowDim> window) {
    return window.stream().mapToLong(WindowDim::size).reduce(1, Math::multiplyExact);
  }

  private static Optional<Approximate> call(Composite function, List<Approximate> in) {
    Graph body = function.graph(in.stream().map(Approximate::type).toList());
    // A kernel for the name may round at other places, though not at many more.
    return outputs(body, in)
        .map(List::getFirst)
        .map(result -> {
          double[] error = result.error().clone();
          for (int i = 0; i < error.length; i++) {
            error[i] *= 4;
          }
          return new Approximate(result.type(), result.value(), error);
        });
  }

  private static Optional<List<Approximate>> outputs(Graph graph, List<Approximate> in) {
    Map<Node, Approximate> all = new HashMap<>();
    for (Node node : graph.nodes()) {
      Optional<Approximate> value =
          node.op() instanceof Op.Input
              ? Optional.of(in.get(graph.inputs().indexOf(node)))
              : of(node, all);
      if (value.isEmpty()) {
        return Optional.empty();
      }
      all.put(node, value.get());
    }
    return Optional.of(graph.outputs().values().stream().map(all::get).toList());
  }

  private static Optional<List<Approximate>> control(ControlFlow flow, List<Approximate> in) {
    return switch (flow) {
      case ControlFlow.If(Graph then, Graph otherwise) ->
          outputs(holds(in.get(0)) ? then : otherwise, in.subList(1, in.size()));
      case ControlFlow.While loop -> repeated(loop, in);
    };
  }

  private static boolean holds(Approximate condition) {
    return condition.value().longAt(0) != 0;
  }

  private static Optional<List<Approximate>> repeated(
      ControlFlow.While loop, List<Approximate> in) {
    List<Approximate> present = new ArrayList<>(in);
    List<List<Approximate>> trips = new ArrayList<>();
    while (trips.size() < loop.limit().orElse(Long.MAX_VALUE)) {
      Optional<List<Approximate>> condition = outputs(loop.condition(), present);
      if (condition.isEmpty()) {
        return Optional.empty();
      }
      if (!holds(condition.get().get(0))) {
        break;
      }
      Optional<List<Approximate>> next = outputs(loop.body(), present);
      if (next.isEmpty()) {
        return Optional.empty();
      }
      trips.add(next.get());
      for (int i = 0; i < loop.carried(); i++) {
        present.set(i, next.get().get(i));
      }
    }
    List<TensorType> types = loop.infer(in.stream().map(Approximate::type).toList());
    List<Approximate> results = new ArrayList<>(present.subList(0, loop.carried()));
    for (int i = loop.carried(); i < types.size(); i++) {
      int result = i;
      results.add(rows(types.get(i), trips.stream().map(trip -> trip.get(result)).toList()));
    }
    return Optional.of(results);
  }

  /// Rows one after the other, zeros behind them.
  private static Approximate rows(TensorType type, List<Approximate> rows) {
    Approximate empty = Approximate.exact(Tensor.full(type, 0));
    if (type.size() == 0) {
      return empty;
    }
    long row = type.size() / type.dim(0);
    double[] error = empty.error().clone();
    for (int i = 0; i < error.length && i / row < rows.size(); i++) {
      error[i] = rows.get((int) (i / row)).error()[(int) (i % row)];
    }
    TensorType of = empty.value().type();
    Tensor value =
        type.dtype().isFloat()
            ? Tensor.filled(
                of, i -> i / row < rows.size() ? rows.get((int) (i / row)).value().at(i % row) : 0)
            : Tensor.wholes(
                of,
                i -> i / row < rows.size() ? rows.get((int) (i / row)).value().longAt(i % row) : 0);
    return new Approximate(type, value, error);
  }
}

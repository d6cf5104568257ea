package org.tombolo.onnx.export;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.model.Attribute;

/// What folds or orders along axes, as nodes.
final class FoldNodes {
  private final Draft draft;
  private final ElementNodes elements;

  FoldNodes(Draft draft, ElementNodes elements) {
    this.draft = draft;
    this.elements = elements;
  }

  Ref reduce(Op.Reduce op, Ref x, TensorType result) {
    if (op.axes().isEmpty()) {
      return x;
    }
    if (x.type().size() == 0) {
      return draft.full(result, nothing(op.fn(), x.dtype()));
    }
    List<Long> axes = op.axes().stream().sorted().map(Integer::longValue).toList();
    DType dtype = folded(op.fn(), x.dtype());
    Ref in = draft.cast(x, dtype);
    TensorType type = result.withDType(dtype);
    boolean byInput = op.fn() == ReduceFn.SUM || draft.reducesByInput();
    Ref out =
        byInput
            ? draft.node(
                operator(op.fn()), type, Draft.attribute("keepdims", 0), in, draft.wholes(axes))
            : draft.node(
                operator(op.fn()),
                type,
                Map.of("keepdims", new Attribute.IntValue(0), "axes", new Attribute.Ints(axes)),
                in);
    return draft.cast(out, x.dtype());
  }

  private static String operator(ReduceFn fn) {
    return switch (fn) {
      case SUM -> "ReduceSum";
      case PROD -> "ReduceProd";
      case MAX -> "ReduceMax";
      case MIN -> "ReduceMin";
    };
  }

  /// A type that ONNX folds, for one that it does not; cutting the result to the narrower type
  /// gives the same bits.
  private static DType folded(ReduceFn fn, DType dtype) {
    boolean order = fn == ReduceFn.MAX || fn == ReduceFn.MIN;
    return switch (dtype) {
      case F32, F16, BF16, F64, I32, I64 -> dtype;
      case I8, U8 -> order ? dtype : DType.I32;
      case I16 -> DType.I32;
      case BOOL -> DType.U8;
    };
  }

  /// The fold of no elements.
  static double nothing(ReduceFn fn, DType dtype) {
    Tensor none = Tensor.full(TensorType.of(dtype, 0), 0);
    return Reference.evaluate(new Op.Reduce(fn, List.of(0)), List.of(none)).at(0);
  }

  Ref scan(Op.Scan op, Ref x) {
    return op.fn() == ReduceFn.SUM ? cumulativeSum(op, x) : doubled(op, x);
  }

  private Ref cumulativeSum(Op.Scan op, Ref x) {
    Ref in = draft.cast(x, folded(ReduceFn.SUM, x.dtype()));
    Map<String, Attribute> how =
        Map.of(
            "exclusive", new Attribute.IntValue(op.exclusive() ? 1 : 0),
            "reverse", new Attribute.IntValue(op.reverse() ? 1 : 0));
    Ref axis = draft.constant(Tensor.of(new long[] {op.axis()}));
    return draft.cast(draft.node("CumSum", in.type(), how, in, axis), x.dtype());
  }

  /// ONNX has no running products and maxima. Each step folds in what lies twice as far away
  /// (Hillis and Steele, *Data parallel algorithms*, Communications of the ACM 29(12), 1986).
  private Ref doubled(Op.Scan op, Ref x) {
    Ref line = op.exclusive() ? shifted(op, x, 1) : x;
    for (long by = 1; by < x.dim(op.axis()); by *= 2) {
      line = elements.binary(op.fn().step(), line, shifted(op, line, by), false);
    }
    return line;
  }

  private Ref shifted(Op.Scan op, Ref x, long by) {
    List<Long> low = new ArrayList<>(Collections.nCopies(x.rank(), 0L));
    List<Long> high = new ArrayList<>(low);
    low.set(op.axis(), op.reverse() ? -by : by);
    high.set(op.axis(), op.reverse() ? by : -by);
    List<Long> none = Collections.nCopies(x.rank(), 0L);
    return draft.pad(x, low, high, none, nothing(op.fn(), x.dtype()));
  }

  Ref argReduce(Op.ArgReduce op, Ref x, TensorType result) {
    Map<String, Attribute> how =
        Map.of("axis", new Attribute.IntValue(op.axis()), "keepdims", new Attribute.IntValue(0));
    Ref index =
        draft.node(
            op.largest() ? "ArgMax" : "ArgMin", result.withDType(DType.I64), how, numbers(x));
    return draft.cast(index, DType.I32);
  }

  Ref argSort(Op.ArgSort op, Ref x, TensorType result) {
    Map<String, Attribute> how =
        Map.of(
            "axis", new Attribute.IntValue(op.axis()),
            "largest", new Attribute.IntValue(op.descending() ? 1 : 0),
            "sorted", new Attribute.IntValue(1));
    Ref in = numbers(x);
    List<Ref> both =
        draft.node(
            "TopK",
            List.of(result.withDType(in.dtype()), result.withDType(DType.I64)),
            how,
            List.of(in.name(), draft.wholes(List.of(op.count())).name()));
    return draft.cast(both.get(1), DType.I32);
  }

  /// In a type that ONNX orders.
  private Ref numbers(Ref x) {
    return switch (x.dtype()) {
      case BOOL -> draft.cast(x, DType.U8);
      case BF16 -> draft.cast(x, DType.F32);
      default -> x;
    };
  }
}

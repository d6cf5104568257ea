package org.tombolo.scheduler.calibration;

import org.tombolo.graph.Attention;
import org.tombolo.graph.Composite;
import org.tombolo.graph.GraphFunction;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Op;

/// Operations that reach about the same share of what a device can do.
public enum Family {
  /// Each element by itself.
  ELEMENTWISE,
  /// Folds of an axis, with what is fused into them.
  REDUCTION,
  /// Matrix products.
  PRODUCT,
  /// Convolutions and their gradients.
  CONVOLUTION,
  /// Pooling and its gradients.
  WINDOW,
  /// Softmax, losses, normalisation: rows that are read several times.
  ROWS,
  /// Attention as a whole.
  ATTENTION,
  /// What is copied to another place: padding, joining, copies.
  MOVEMENT,
  /// What is read or added where indices say.
  INDEXING,
  /// Sorting, prefix sums, places of extrema.
  ORDERING;

  /// The family of an operation.
  public static Family of(Op op) {
    return switch (op) {
      case Op.Input _,
          Op.Constant _,
          Op.Variable _,
          Op.Iota _,
          Op.RandomBits _,
          Op.Unary _,
          Op.Binary _,
          Op.Compare _,
          Op.Select _,
          Op.Cast _,
          Op.Reshape _,
          Op.Permute _,
          Op.Broadcast _,
          Op.Slice _,
          Op.Reverse _,
          Op.Assign _,
          Op.Control _,
          Op.Custom _ ->
          ELEMENTWISE;
      case Op.Reduce _ -> REDUCTION;
      case Op.Dot _ -> PRODUCT;
      case Op.Conv _ -> CONVOLUTION;
      case Op.ReduceWindow _, Op.WindowMaxGrad _ -> WINDOW;
      case Op.Pad _, Op.Concat _ -> MOVEMENT;
      case Op.Gather _, Op.ScatterAdd _ -> INDEXING;
      case Op.Scan _, Op.ArgReduce _, Op.ArgSort _ -> ORDERING;
      case Op.Call(Composite function) -> of(function);
    };
  }

  private static Family of(Composite function) {
    return switch (function) {
      case Composite.Dropout _ -> ELEMENTWISE;
      case Attention _ -> ATTENTION;
      case Composite.Softmax _,
          Composite.LogSoftmax _,
          Composite.SparseCrossEntropy _,
          Composite.SparseCrossEntropyGrad _,
          Composite.CrossEntropy _,
          Composite.BinaryCrossEntropy _,
          Normalization _,
          GraphFunction _ ->
          ROWS;
    };
  }
}

package org.tombolo.onnx.export;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tombolo.graph.DType;
import org.tombolo.graph.IndexedAxis;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.model.Attribute;

/// Picking and adding by index as nodes. ONNX stops at indices outside, or counts them from the
/// end; so those are replaced, and what they lead to is, too.
final class IndexNodes {
  private final Draft draft;

  IndexNodes(Draft draft) {
    this.draft = draft;
  }

  /// @param inside whether all indices are known to be of the data
  Ref gather(Op.Gather op, Ref data, Ref indices, TensorType result, boolean inside) {
    long extent = data.dim(op.axis());
    double filler = data.dtype().isFloat() ? Double.NaN : 0;
    if (extent == 0) {
      return draft.full(result, filler);
    }
    if (inside) {
      return picked(op, data, indices, result);
    }
    Ref valid = inside(indices, extent);
    Ref found = picked(op, data, draft.where(valid, indices, zero(indices)), result);
    List<Long> view = new ArrayList<>(indices.shape().toList().subList(0, op.batch()));
    view.addAll(Collections.nCopies(op.axis() - op.batch(), 1L));
    view.addAll(indices.shape().toList().subList(op.batch(), indices.rank()));
    view.addAll(Collections.nCopies(data.rank() - 1 - op.axis(), 1L));
    return draft.where(
        draft.reshape(valid, Shape.of(view)), found, draft.scalar(data.dtype(), filler));
  }

  private Ref inside(Ref indices, long extent) {
    return draft.map(
        "And",
        draft.map("GreaterOrEqual", DType.BOOL, indices, zero(indices)),
        draft.map("Less", DType.BOOL, indices, draft.scalar(indices.dtype(), extent)));
  }

  private Ref zero(Ref indices) {
    return draft.scalar(indices.dtype(), 0);
  }

  private Ref picked(Op.Gather op, Ref data, Ref indices, TensorType result) {
    if (op.batch() == 0) {
      return draft.node("Gather", result, Draft.attribute("axis", op.axis()), data, indices);
    }
    // [B.., n, O.., F..] by [B.., I.., 1] gives [B.., I.., O.., F..].
    int batch = op.batch();
    List<Integer> front = new ArrayList<>(IntStream.range(0, batch).boxed().toList());
    front.add(op.axis());
    IntStream.range(batch, data.rank()).filter(axis -> axis != op.axis()).forEach(front::add);
    List<Long> single = new ArrayList<>(indices.shape().toList());
    single.add(1L);
    Ref at = draft.cast(draft.reshape(indices, Shape.of(single)), DType.I64);
    int own = indices.rank() - batch;
    int outer = op.axis() - batch;
    List<Integer> order = new ArrayList<>(IntStream.range(0, batch).boxed().toList());
    IntStream.range(0, outer).forEach(i -> order.add(batch + own + i));
    IntStream.range(0, own).forEach(i -> order.add(batch + i));
    IntStream.range(batch + own + outer, result.rank()).forEach(order::add);
    long[] extents = new long[result.rank()];
    for (int i = 0; i < extents.length; i++) {
      extents[order.get(i)] = result.dim(i);
    }
    Ref found =
        draft.node(
            "GatherND",
            result.withShape(Shape.of(extents)),
            Draft.attribute("batch_dims", batch),
            draft.permute(data, front),
            at);
    return draft.permute(found, order);
  }

  /// Adds rows to rows of a matrix; those of an index outside to one more, which is cut off.
  Ref scatterAdd(Op.ScatterAdd op, Ref data, Ref indices, Ref updates) {
    if (updates.type().size() == 0) {
      return data;
    }
    IndexedAxis axis = IndexedAxis.of(op, data.type(), indices.type());
    List<Integer> order = List.of(0, 2, 1, 3);
    long rows = axis.batches() * axis.extent();
    long width = axis.outer() * axis.inner();
    Shape split = Shape.of(axis.batches(), axis.outer(), axis.extent(), axis.inner());
    Ref sorted = draft.permute(draft.reshape(data, split), order);
    Ref table = draft.reshape(sorted, Shape.of(rows, width));
    Ref extended = draft.pad(table, List.of(0L, 0L), List.of(1L, 0L), List.of(0L, 0L), 0);
    Ref added =
        draft.reshape(
            draft.permute(draft.reshape(updates, split.withDim(2, axis.indices())), order),
            Shape.of(axis.batches() * axis.indices(), width));
    Ref sum =
        draft.node(
            "ScatterND",
            extended.type(),
            Map.of("reduction", new Attribute.StringValue("add")),
            extended,
            rows(axis, indices, rows),
            added);
    Ref kept = draft.reshape(draft.slice(sum, 0, 0, rows), sorted.shape());
    return draft.reshape(draft.permuteBack(kept, order), data.shape());
  }

  /// The row of each index, `i64[n, 1]`.
  private Ref rows(IndexedAxis axis, Ref indices, long outside) {
    Ref own =
        draft.cast(draft.reshape(indices, Shape.of(axis.batches(), axis.indices())), DType.I64);
    Ref first =
        draft.constant(
            Tensor.wholes(TensorType.of(DType.I64, axis.batches(), 1), i -> i * axis.extent()));
    Ref row =
        draft.where(
            inside(own, axis.extent()),
            axis.batches() == 1 ? own : draft.map("Add", own, first),
            draft.scalar(DType.I64, outside));
    return draft.reshape(row, Shape.of(axis.batches() * axis.indices(), 1));
  }
}

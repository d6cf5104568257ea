package org.tombolo.onnx.export;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.onnx.model.Attribute;

/// Sums of products as nodes.
final class ProductNodes {
  private final Draft draft;
  private final WindowNodes windows;

  ProductNodes(Draft draft, WindowNodes windows) {
    this.draft = draft;
    this.windows = windows;
  }

  Ref dot(Op.Dot op, Ref a, Ref b, TensorType result) {
    List<Integer> aFree = op.lhsFree(a.rank());
    List<Integer> bFree = op.rhsFree(b.rank());
    List<Integer> aOrder = new ArrayList<>(op.lhsBatch());
    aOrder.addAll(aFree);
    aOrder.addAll(op.lhsContract());
    List<Integer> bOrder = new ArrayList<>(op.rhsBatch());
    bOrder.addAll(op.rhsContract());
    bOrder.addAll(bFree);
    long summed = size(a, op.lhsContract());
    if (summed == 0) {
      return draft.full(result, 0);
    }
    Ref left = draft.permute(a, aOrder);
    Ref right = draft.permute(b, bOrder);
    if (aFree.size() == 1 && bFree.size() == 1 && op.lhsContract().size() == 1) {
      return multiplied(left, right, result);
    }
    long batch = size(a, op.lhsBatch());
    long rows = size(a, aFree);
    long columns = size(b, bFree);
    Ref product =
        multiplied(
            draft.reshape(left, Shape.of(batch, rows, summed)),
            draft.reshape(right, Shape.of(batch, summed, columns)),
            result.withShape(Shape.of(batch, rows, columns)));
    return draft.reshape(product, result.shape());
  }

  private static long size(Ref x, List<Integer> axes) {
    return axes.stream().mapToLong(x::dim).reduce(1, Math::multiplyExact);
  }

  /// Whole numbers narrower than 32 bits are multiplied as such, and cut afterwards.
  private Ref multiplied(Ref a, Ref b, TensorType result) {
    DType dtype = result.dtype();
    DType wide = dtype.isInteger() && dtype.bytes() < 4 ? DType.I32 : dtype;
    Ref product =
        draft.node("MatMul", result.withDType(wide), draft.cast(a, wide), draft.cast(b, wide));
    return draft.cast(product, dtype);
  }

  Ref conv(Op.Conv op, Ref x, Ref kernel, TensorType result) {
    if (x.dim(op.dims().lhsFeature()) == 0) {
      return draft.full(result, 0);
    }
    Ref flipped = op.reversed() ? turned(kernel, op.dims().rhsSpatial()) : kernel;
    return result.dtype().isFloat()
        ? floats(op, x, flipped, result)
        : wholes(op, x, flipped, result);
  }

  private Ref turned(Ref kernel, List<Integer> axes) {
    List<Long> starts = new ArrayList<>(Collections.nCopies(kernel.rank(), 0L));
    List<Long> limits = new ArrayList<>(kernel.shape().toList());
    List<Long> steps = new ArrayList<>(Collections.nCopies(kernel.rank(), 1L));
    for (int axis : axes) {
      starts.set(axis, kernel.dim(axis) - 1);
      limits.set(axis, -1L);
      steps.set(axis, -1L);
    }
    return draft.slice(kernel, starts, limits, steps);
  }

  /// `[a, b, c, spatial..]` with the axis of groups, if there is one, where it is put.
  private static List<Integer> order(List<Integer> first, List<Integer> spatial) {
    List<Integer> order = new ArrayList<>(first);
    order.addAll(spatial);
    return order;
  }

  private static List<Integer> grouped(int before, Optional<Integer> group, int after) {
    List<Integer> axes = new ArrayList<>(List.of(before));
    group.ifPresent(axes::add);
    axes.add(after);
    return axes;
  }

  /// By ONNX's convolution: images `[n, groups * in, spatial..]`, kernel `[groups * out, in,
  /// spatial..]`.
  private Ref floats(Op.Conv op, Ref x, Ref kernel, TensorType result) {
    ConvDims dims = op.dims();
    long groups = dims.group().map(group -> x.dim(group.lhs())).orElse(1L);
    boolean flat = dims.spatialRank() == 0;
    List<WindowDim> window = flat ? List.of(WindowDim.each()) : op.window();
    List<Integer> imageOrder =
        order(
            grouped(dims.lhsBatch(), dims.group().map(ConvDims.Group::lhs), dims.lhsFeature()),
            dims.lhsSpatial());
    List<Integer> kernelOrder = new ArrayList<>();
    dims.group().ifPresent(group -> kernelOrder.add(group.rhs()));
    kernelOrder.addAll(List.of(dims.rhsOut(), dims.rhsIn()));
    kernelOrder.addAll(dims.rhsSpatial());
    List<Integer> resultOrder =
        order(
            grouped(dims.outBatch(), dims.group().map(ConvDims.Group::out), dims.outFeature()),
            dims.outSpatial());
    long in = x.dim(dims.lhsFeature());
    long out = kernel.dim(dims.rhsOut());
    Ref images =
        draft.reshape(
            draft.permute(x, imageOrder),
            shape(x.dim(dims.lhsBatch()), groups * in, extents(x, dims.lhsSpatial()), flat));
    Ref filters =
        draft.reshape(
            draft.permute(kernel, kernelOrder),
            shape(groups * out, in, extents(kernel, dims.rhsSpatial()), flat));
    WindowNodes.Prepared ready = windows.prepared(images, window, 0);
    DType dtype = result.dtype() == DType.BF16 ? DType.F32 : result.dtype();
    Map<String, Attribute> how = WindowNodes.attributes(ready.window(), true);
    how.put("group", new Attribute.IntValue(groups));
    TensorType type =
        new TensorType(
            dtype,
            shape(x.dim(dims.lhsBatch()), groups * out, result(result, dims.outSpatial()), flat));
    Ref sums =
        draft.node("Conv", type, how, draft.cast(ready.x(), dtype), draft.cast(filters, dtype));
    Shape split = Shape.of(resultOrder.stream().map(result::dim).toList());
    return draft.cast(draft.permuteBack(draft.reshape(sums, split), resultOrder), result.dtype());
  }

  private static List<Long> extents(Ref x, List<Integer> axes) {
    return axes.stream().map(x::dim).toList();
  }

  private static List<Long> result(TensorType type, List<Integer> axes) {
    return axes.stream().map(type::dim).toList();
  }

  private static Shape shape(long first, long second, List<Long> spatial, boolean flat) {
    List<Long> extents = new ArrayList<>(List.of(first, second));
    extents.addAll(flat ? List.of(1L) : spatial);
    return Shape.of(extents);
  }

  /// ONNX has no convolution of whole numbers that wraps: a matrix product for each window
  /// position, images `[groups, n * windows, in]` with the kernel's `[groups, in, out]`.
  private Ref wholes(Op.Conv op, Ref x, Ref kernel, TensorType result) {
    ConvDims dims = op.dims();
    long groups = dims.group().map(group -> x.dim(group.lhs())).orElse(1L);
    List<WindowDim> window = new ArrayList<>(Collections.nCopies(x.rank(), WindowDim.each()));
    for (int i = 0; i < dims.spatialRank(); i++) {
      window.set(dims.lhsSpatial().get(i), op.window().get(i));
    }
    List<Long> windowed = new ArrayList<>(x.shape().toList());
    List<Integer> imageOrder = new ArrayList<>();
    dims.group().ifPresent(group -> imageOrder.add(group.lhs()));
    imageOrder.add(dims.lhsBatch());
    List<Integer> resultOrder = new ArrayList<>();
    dims.group().ifPresent(group -> resultOrder.add(group.out()));
    resultOrder.add(dims.outBatch());
    List<Integer> kernelOrder = new ArrayList<>(dims.rhsSpatial());
    dims.group().ifPresent(group -> kernelOrder.add(group.rhs()));
    for (int i = 0; i < dims.spatialRank(); i++) {
      windowed.set(dims.lhsSpatial().get(i), result.dim(dims.outSpatial().get(i)));
    }
    imageOrder.addAll(dims.lhsSpatial());
    imageOrder.add(dims.lhsFeature());
    resultOrder.addAll(dims.outSpatial());
    resultOrder.add(dims.outFeature());
    kernelOrder.addAll(List.of(dims.rhsIn(), dims.rhsOut()));
    long in = x.dim(dims.lhsFeature());
    long out = kernel.dim(dims.rhsOut());
    long rows = result.size() / (groups * out);
    Ref padded = windows.padded(x, window, 0);
    List<long[]> taps = WindowNodes.taps(window);
    Ref filters =
        draft.reshape(draft.permute(kernel, kernelOrder), Shape.of(taps.size(), groups, in, out));
    TensorType product = result.withShape(Shape.of(groups, rows, out));
    Ref sum = null;
    for (int tap = 0; tap < taps.size(); tap++) {
      Ref seen = windows.under(padded, window, taps.get(tap), Shape.of(windowed));
      Ref left = draft.reshape(draft.permute(seen, imageOrder), Shape.of(groups, rows, in));
      Ref right = draft.reshape(draft.slice(filters, 0, tap, tap + 1), Shape.of(groups, in, out));
      Ref next = multiplied(left, right, product);
      sum = sum == null ? next : draft.map("Add", sum, next);
    }
    if (sum == null) {
      throw new IllegalStateException("a window has one position or more");
    }
    Shape split = Shape.of(resultOrder.stream().map(result::dim).toList());
    return draft.permuteBack(draft.reshape(sum, split), resultOrder);
  }
}

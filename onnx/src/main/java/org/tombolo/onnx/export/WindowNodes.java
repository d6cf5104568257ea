package org.tombolo.onnx.export;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.onnx.model.Attribute;

/// Windows as nodes: ONNX's pooling where that means the same, else an operation for each position
/// of the window.
final class WindowNodes {
  /// Most axes that runtimes slide a window along.
  private static final int MOST_SPATIAL = 3;

  private final Draft draft;
  private final ElementNodes elements;

  WindowNodes(Draft draft, ElementNodes elements) {
    this.draft = draft;
    this.elements = elements;
  }

  /// An operand and a window without what ONNX's windows cannot say.
  ///
  /// @param x padded, if need be
  /// @param window along the last axes
  record Prepared(Ref x, List<WindowDim> window) {}

  /// Pads by nodes where an attribute cannot: between elements, and by negative numbers.
  ///
  /// @param x `[a, b, spatial..]`
  /// @param window along the spatial axes
  Prepared prepared(Ref x, List<WindowDim> window, double filler) {
    boolean plain =
        window.stream()
            .allMatch(dim -> dim.baseDilation() == 1 && dim.padLow() >= 0 && dim.padHigh() >= 0);
    if (plain) {
      return new Prepared(x, window);
    }
    List<WindowDim> all = new ArrayList<>(List.of(WindowDim.each(), WindowDim.each()));
    all.addAll(window);
    List<WindowDim> bare =
        window.stream()
            .map(dim -> new WindowDim(dim.size(), dim.stride(), 0, 0, 1, dim.windowDilation()))
            .toList();
    return new Prepared(padded(x, all, filler), bare);
  }

  /// What windows say by attributes.
  static Map<String, Attribute> attributes(List<WindowDim> window, boolean dilations) {
    List<Long> pads = new ArrayList<>(window.stream().map(WindowDim::padLow).toList());
    pads.addAll(window.stream().map(WindowDim::padHigh).toList());
    Map<String, Attribute> out = new HashMap<>();
    out.put("kernel_shape", ints(window.stream().map(WindowDim::size).toList()));
    out.put("strides", ints(window.stream().map(WindowDim::stride).toList()));
    out.put("pads", ints(pads));
    if (dilations) {
      out.put("dilations", ints(window.stream().map(WindowDim::windowDilation).toList()));
    }
    return out;
  }

  private static Attribute ints(List<Long> values) {
    return new Attribute.Ints(values);
  }

  /// The operand with everything around and between that windows look at.
  ///
  /// @param window along every axis
  Ref padded(Ref x, List<WindowDim> window, double filler) {
    return draft.pad(
        x,
        window.stream().map(WindowDim::padLow).toList(),
        window.stream().map(WindowDim::padHigh).toList(),
        window.stream().map(dim -> dim.baseDilation() - 1).toList(),
        filler);
  }

  /// All positions of a window, in index order.
  static List<long[]> taps(List<WindowDim> window) {
    Shape sizes = Shape.of(window.stream().map(WindowDim::size).toList());
    long[] strides = sizes.strides();
    List<long[]> taps = new ArrayList<>();
    for (long i = 0; i < sizes.size(); i++) {
      long at = i;
      taps.add(
          IntStream.range(0, window.size())
              .mapToLong(axis -> at / strides[axis] % sizes.dim(axis))
              .toArray());
    }
    return taps;
  }

  /// What all windows see at one of their positions.
  Ref under(Ref padded, List<WindowDim> window, long[] tap, Shape places) {
    List<Long> starts = new ArrayList<>();
    List<Long> limits = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (int axis = 0; axis < tap.length; axis++) {
      WindowDim dim = window.get(axis);
      long start = tap[axis] * dim.windowDilation();
      starts.add(start);
      limits.add(start + (places.dim(axis) - 1) * dim.stride() + 1);
      steps.add(dim.stride());
    }
    return draft.slice(padded, starts, limits, steps);
  }

  Ref reduce(Op.ReduceWindow op, Ref x, TensorType result) {
    List<WindowDim> window = op.window();
    double nothing = FoldNodes.nothing(op.fn(), x.dtype());
    if (x.type().size() == 0) {
      return draft.full(result, nothing);
    }
    long slid = window.stream().filter(dim -> !dim.equals(WindowDim.each())).count();
    if (slid == 0) {
      return x;
    }
    boolean blind =
        window.stream().anyMatch(dim -> Math.max(dim.padLow(), dim.padHigh()) >= dim.size());
    boolean dilated = window.stream().anyMatch(dim -> dim.windowDilation() != 1);
    boolean pools =
        switch (op.fn()) {
          case MAX, MIN -> x.dtype().isFloat();
          case SUM -> x.dtype().isFloat() && x.dtype() != DType.F64 && !dilated;
          case PROD -> false;
        };
    return pools && !blind && slid <= MOST_SPATIAL
        ? pooled(op, x, result, nothing)
        : folded(op, x, result, nothing);
  }

  private Ref folded(Op.ReduceWindow op, Ref x, TensorType result, double nothing) {
    Ref padded = padded(x, op.window(), nothing);
    @Nullable Ref fold = null;
    for (long[] tap : taps(op.window())) {
      Ref next = under(padded, op.window(), tap, result.shape());
      fold = fold == null ? next : elements.binary(op.fn().step(), fold, next, false);
    }
    if (fold == null) {
      throw new IllegalStateException("a window has one position or more");
    }
    return fold;
  }

  /// Brings the axes that the window slides along to the end.
  private Ref pooled(Op.ReduceWindow op, Ref x, TensorType result, double nothing) {
    List<Integer> still = new ArrayList<>();
    List<Integer> spatial = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      (op.window().get(axis).equals(WindowDim.each()) ? still : spatial).add(axis);
    }
    List<Integer> order = new ArrayList<>(still);
    order.addAll(spatial);
    DType dtype = x.dtype() == DType.BF16 ? DType.F32 : x.dtype();
    Ref images =
        draft.cast(draft.reshape(draft.permute(x, order), images(x.type(), still, spatial)), dtype);
    if (op.fn() == ReduceFn.MIN) {
      images = draft.map("Neg", images);
    }
    List<WindowDim> window = spatial.stream().map(op.window()::get).toList();
    double filler = op.fn() == ReduceFn.MIN ? -nothing : nothing;
    Prepared ready = prepared(images, window, filler);
    Map<String, Attribute> how = attributes(ready.window(), op.fn() != ReduceFn.SUM);
    TensorType type = new TensorType(dtype, images(result, still, spatial));
    Ref out;
    if (op.fn() == ReduceFn.SUM) {
      how.put("count_include_pad", new Attribute.IntValue(1));
      long size = window.stream().mapToLong(WindowDim::size).reduce(1, (a, b) -> a * b);
      Ref mean = draft.node("AveragePool", type, how, ready.x());
      out = draft.map("Mul", mean, draft.scalar(dtype, size));
    } else {
      out = draft.node("MaxPool", type, how, ready.x());
    }
    if (op.fn() == ReduceFn.MIN) {
      out = draft.map("Neg", out);
    }
    Shape split = Shape.of(order.stream().map(result::dim).toList());
    return draft.permuteBack(draft.reshape(draft.cast(out, x.dtype()), split), order);
  }

  /// `[a, b, spatial..]`, where a and b are the axes that stay if there are two.
  private static Shape images(TensorType type, List<Integer> still, List<Integer> spatial) {
    List<Long> extents = new ArrayList<>();
    if (still.size() == 2) {
      still.forEach(axis -> extents.add(type.dim(axis)));
    } else {
      extents.add(still.stream().mapToLong(type::dim).reduce(1, (a, b) -> a * b));
      extents.add(1L);
    }
    spatial.forEach(axis -> extents.add(type.dim(axis)));
    return Shape.of(extents);
  }

  /// Goes through the positions of the window, keeping the largest element and where it is; then
  /// adds up by place. What no window sees is added to one place more, which is cut off.
  Ref maxGrad(Op.WindowMaxGrad op, Ref x, Ref dy) {
    if (dy.type().size() == 0) {
      return draft.full(x.type(), 0);
    }
    TensorType places = x.type().withDType(DType.I64);
    Ref here = draft.constant(Tensor.wholes(places, i -> i));
    Ref values = padded(x, op.window(), FoldNodes.nothing(ReduceFn.MAX, x.dtype()));
    Ref indices = padded(here, op.window(), -1);
    Ref none = draft.scalar(DType.I64, -1);
    @Nullable Ref largest = null;
    @Nullable Ref place = null;
    for (long[] tap : taps(op.window())) {
      Ref value = under(values, op.window(), tap, dy.shape());
      Ref index = under(indices, op.window(), tap, dy.shape());
      if (largest == null || place == null) {
        largest = value;
        place = index;
        continue;
      }
      Ref better = draft.map("Greater", DType.BOOL, value, largest);
      if (x.dtype().isFloat()) {
        Ref first = draft.map("Not", elements.isNan(largest));
        better = draft.map("Or", better, draft.map("And", elements.isNan(value), first));
      }
      better = draft.map("Or", better, draft.map("Equal", DType.BOOL, place, none));
      Ref seen = draft.map("Greater", DType.BOOL, index, none);
      better = draft.map("And", better, seen);
      largest = draft.where(better, value, largest);
      place = draft.where(better, index, place);
    }
    if (place == null) {
      throw new IllegalStateException("a window has one position or more");
    }
    long size = x.type().size();
    Ref unseen = draft.map("Equal", DType.BOOL, place, none);
    Ref row = draft.where(unseen, draft.scalar(DType.I64, size), place);
    Ref sum =
        draft.node(
            "ScatterND",
            TensorType.of(x.dtype(), size + 1),
            Map.of("reduction", new Attribute.StringValue("add")),
            draft.full(TensorType.of(x.dtype(), size + 1), 0),
            draft.reshape(row, Shape.of(dy.type().size(), 1)),
            draft.reshape(dy, Shape.of(dy.type().size())));
    return draft.reshape(draft.slice(sum, 0, 0, size), x.shape());
  }
}

package org.tombolo.graph;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What an operation has to say in the text form beside its [mnemonic][Op#mnemonic], operands and
/// result type, and how it is made from that again.
final class OpText {
  private static final String REDUCE = "reduce_";
  private static final String REDUCE_WINDOW = "reduce_window_";
  private static final String SCAN = "scan_";

  private OpText() {}

  static Attributes attributes(Op op) {
    Attributes none = new Attributes();
    return switch (op) {
      case Op.Input(String name, TensorType _) -> none.with(Attributes.LABEL, name);
      case Op.Variable(String name, TensorType _) -> none.with(Attributes.LABEL, name);
      case Op.Assign(String variable) -> none.with(Attributes.LABEL, variable);
      case Op.Constant(Tensor value) -> TensorText.attributes(value);
      case Op.Iota(TensorType _, int axis) -> none.with("axis", axis);
      case Op.RandomBits _,
          Op.Unary _,
          Op.Binary _,
          Op.Compare _,
          Op.Select _,
          Op.Cast _,
          Op.Reshape _,
          Op.Broadcast _ ->
          none;
      case Op.Permute(List<Integer> axes) -> none.withList("axes", axes);
      case Op.Slice(List<Long> starts, List<Long> limits, List<Long> strides) ->
          none.withList("starts", starts).withList("limits", limits).withList("strides", strides);
      case Op.Pad(List<Long> low, List<Long> high, List<Long> interior, double value) ->
          none.withList("low", low)
              .withList("high", high)
              .withList("interior", interior)
              .with("value", value);
      case Op.Reverse(List<Integer> axes) -> none.withList("axes", axes);
      case Op.Concat(int axis) -> none.with("axis", axis);
      case Op.Reduce(ReduceFn _, List<Integer> axes) -> none.withList("axes", axes);
      case Op.Dot dot ->
          none.withAny("lhs_batch", dot.lhsBatch())
              .withAny("rhs_batch", dot.rhsBatch())
              .withAny("lhs_contract", dot.lhsContract())
              .withAny("rhs_contract", dot.rhsContract());
      case Op.Conv(List<WindowDim> window, boolean reversed, ConvDims dims) -> {
        window(none, window).with("reversed", reversed);
        dims.group()
            .ifPresent(
                group -> none.withList("group", List.of(group.lhs(), group.rhs(), group.out())));
        yield none.with("lhs_batch", dims.lhsBatch())
            .with("lhs_feature", dims.lhsFeature())
            .withList("lhs_spatial", dims.lhsSpatial())
            .with("rhs_in", dims.rhsIn())
            .with("rhs_out", dims.rhsOut())
            .withList("rhs_spatial", dims.rhsSpatial())
            .with("out_batch", dims.outBatch())
            .with("out_feature", dims.outFeature())
            .withList("out_spatial", dims.outSpatial());
      }
      case Op.ReduceWindow(ReduceFn _, List<WindowDim> window) -> window(none, window);
      case Op.WindowMaxGrad(List<WindowDim> window) -> window(none, window);
      case Op.Gather(int batch, int axis) -> none.with("batch", batch).with("axis", axis);
      case Op.ScatterAdd(int batch, int axis) -> none.with("batch", batch).with("axis", axis);
      case Op.Scan(ReduceFn _, int axis, boolean exclusive, boolean reverse) ->
          none.with("axis", axis).with("exclusive", exclusive).with("reverse", reverse);
      case Op.ArgReduce(boolean _, int axis) -> none.with("axis", axis);
      case Op.ArgSort(int axis, boolean descending, long count) ->
          none.with("axis", axis).with("descending", descending).with("count", count);
      case Op.Control(ControlFlow flow, int result) -> control(none, flow).with("result", result);
      case Op.Custom(CustomFunction function, int result) ->
          none.with(Attributes.LABEL, function.name()).with("result", result);
      case Op.Call(Composite function) ->
          switch (function) {
            case Composite.Softmax(int axis) -> none.with("axis", axis);
            case Composite.LogSoftmax(int axis) -> none.with("axis", axis);
            case Composite.SparseCrossEntropy _,
                Composite.SparseCrossEntropyGrad _,
                Composite.CrossEntropy _,
                Composite.BinaryCrossEntropy _ ->
                none;
            case Composite.Dropout(double rate) -> none.with("rate", rate);
            case Attention(double scale, boolean causal) ->
                none.with("scale", scale).with("causal", causal);
            case GraphFunction(String label, Graph body, Optional<Graph> gradient) -> {
              none.with(Attributes.LABEL, label).with("body", body);
              gradient.ifPresent(graph -> none.with("gradient", graph));
              yield none;
            }
            case Normalization form -> normalization(form);
          };
    };
  }

  private static Attributes control(Attributes none, ControlFlow flow) {
    return switch (flow) {
      case ControlFlow.If(Graph then, Graph otherwise) ->
          none.with("then", then).with("otherwise", otherwise);
      case ControlFlow.While(Graph condition, Graph body, int carried, OptionalLong limit) -> {
        none.with("condition", condition).with("body", body).with("carried", carried);
        yield limit.isPresent() ? none.with("limit", limit.getAsLong()) : none;
      }
    };
  }

  private static Attributes normalization(Normalization form) {
    Attributes common = new Attributes().with("axis", form.axis()).with("epsilon", form.epsilon());
    return switch (form) {
      case Normalization.GroupNorm group -> common.with("groups", group.groups());
      case Normalization.LayerNorm _,
          Normalization.RmsNorm _,
          Normalization.BatchNorm _,
          Normalization.BatchNormInference _ ->
          common;
    };
  }

  private static Attributes window(Attributes attributes, List<WindowDim> window) {
    return attributes
        .withList("size", each(window, WindowDim::size))
        .withUnless(1, "stride", each(window, WindowDim::stride))
        .withUnless(0, "pad_low", each(window, WindowDim::padLow))
        .withUnless(0, "pad_high", each(window, WindowDim::padHigh))
        .withUnless(1, "base_dilation", each(window, WindowDim::baseDilation))
        .withUnless(1, "window_dilation", each(window, WindowDim::windowDilation));
  }

  private static List<Long> each(List<WindowDim> window, ToLongFunction<WindowDim> part) {
    return window.stream().map(part::applyAsLong).toList();
  }

  /// The operation of this name.
  ///
  /// @param mnemonic the name
  /// @param attributes from which those that belong to the operation are taken
  /// @param type of the result
  /// @throws Attributes.Malformed if an attribute does not fit, or the name is unknown
  static Op read(String mnemonic, Attributes attributes, TensorType type) {
    return switch (mnemonic) {
      case "input" -> new Op.Input(label(attributes), type);
      case "variable" -> new Op.Variable(label(attributes), type);
      case "assign" -> new Op.Assign(label(attributes));
      case "constant" -> new Op.Constant(TensorText.read(attributes, type));
      case "iota" -> new Op.Iota(type, attributes.takeInt("axis"));
      case "random_bits" -> new Op.RandomBits(type.shape());
      case "select" -> new Op.Select();
      case "cast" -> new Op.Cast(type.dtype());
      case "reshape" -> new Op.Reshape(type.shape());
      case "permute" -> new Op.Permute(attributes.takeInts("axes"));
      case "broadcast" -> new Op.Broadcast(type.shape());
      case "slice" ->
          new Op.Slice(
              attributes.takeLongs("starts"),
              attributes.takeLongs("limits"),
              attributes.takeLongs("strides"));
      case "pad" ->
          new Op.Pad(
              attributes.takeLongs("low"),
              attributes.takeLongs("high"),
              attributes.takeLongs("interior"),
              attributes.takeDouble("value"));
      case "reverse" -> new Op.Reverse(attributes.takeInts("axes"));
      case "concat" -> new Op.Concat(attributes.takeInt("axis"));
      case "dot" ->
          new Op.Dot(
              attributes.takeAnyInts("lhs_batch"),
              attributes.takeAnyInts("rhs_batch"),
              attributes.takeAnyInts("lhs_contract"),
              attributes.takeAnyInts("rhs_contract"));
      case "conv" ->
          new Op.Conv(window(attributes), attributes.takeBoolean("reversed"), convDims(attributes));
      case "window_max_grad" -> new Op.WindowMaxGrad(window(attributes));
      case "gather" -> new Op.Gather(attributes.takeInt("batch"), attributes.takeInt("axis"));
      case "scatter_add" ->
          new Op.ScatterAdd(attributes.takeInt("batch"), attributes.takeInt("axis"));
      case "arg_max" -> new Op.ArgReduce(true, attributes.takeInt("axis"));
      case "arg_min" -> new Op.ArgReduce(false, attributes.takeInt("axis"));
      case "arg_sort" ->
          new Op.ArgSort(
              attributes.takeInt("axis"),
              attributes.takeBoolean("descending"),
              attributes.takeLong("count"));
      case "if" ->
          new Op.Control(
              new ControlFlow.If(graph("then", attributes), graph("otherwise", attributes)),
              attributes.takeInt("result"));
      case "while" ->
          new Op.Control(
              new ControlFlow.While(
                  graph("condition", attributes),
                  graph("body", attributes),
                  attributes.takeInt("carried"),
                  attributes.has("limit")
                      ? OptionalLong.of(attributes.takeLong("limit"))
                      : OptionalLong.empty()),
              attributes.takeInt("result"));
      case Op.Custom.MNEMONIC ->
          throw new Attributes.Malformed(
              "operation",
              "%s \"%s\"".formatted(mnemonic, label(attributes)),
              "an operation of the closed set: a custom one is code, which a text cannot bring");
      default -> {
        Composite function = composite(mnemonic, attributes);
        yield function == null ? family(mnemonic, attributes) : new Op.Call(function);
      }
    };
  }

  private static Graph graph(String name, Attributes from) {
    String text = from.take(name, "a graph in quotes");
    try {
      return GraphText.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Attributes.Malformed(name, "\"" + e.getMessage() + "\"", "the text of a graph");
    }
  }

  /// The composite of this name, null if there is none.
  private static @Nullable Composite composite(String name, Attributes from) {
    return switch (name) {
      case "softmax" -> new Composite.Softmax(from.takeInt("axis"));
      case "log_softmax" -> new Composite.LogSoftmax(from.takeInt("axis"));
      case "sparse_cross_entropy" -> new Composite.SparseCrossEntropy();
      case "sparse_cross_entropy_grad" -> new Composite.SparseCrossEntropyGrad();
      case "cross_entropy" -> new Composite.CrossEntropy();
      case "binary_cross_entropy" -> new Composite.BinaryCrossEntropy();
      case "call" ->
          new GraphFunction(
              from.take(Attributes.LABEL, "a name in quotes"),
              graph("body", from),
              from.has("gradient") ? Optional.of(graph("gradient", from)) : Optional.empty());
      case "dropout" -> new Composite.Dropout(from.takeDouble("rate"));
      case "attention" -> new Attention(from.takeDouble("scale"), from.takeBoolean("causal"));
      case "layer_norm" ->
          new Normalization.LayerNorm(from.takeInt("axis"), from.takeDouble("epsilon"));
      case "rms_norm" ->
          new Normalization.RmsNorm(from.takeInt("axis"), from.takeDouble("epsilon"));
      case "batch_norm" ->
          new Normalization.BatchNorm(from.takeInt("axis"), from.takeDouble("epsilon"));
      case "batch_norm_inference" ->
          new Normalization.BatchNormInference(from.takeInt("axis"), from.takeDouble("epsilon"));
      case "group_norm" ->
          new Normalization.GroupNorm(
              from.takeInt("axis"), from.takeInt("groups"), from.takeDouble("epsilon"));
      default -> null;
    };
  }

  /// Operations that carry their function in their name.
  private static Op family(String mnemonic, Attributes attributes) {
    for (UnaryFn fn : UnaryFn.values()) {
      if (mnemonic.equals(fn.toString())) {
        return new Op.Unary(fn);
      }
    }
    for (BinaryFn fn : BinaryFn.values()) {
      if (mnemonic.equals(fn.toString())) {
        return new Op.Binary(fn);
      }
    }
    for (CompareFn fn : CompareFn.values()) {
      if (mnemonic.equals(fn.toString())) {
        return new Op.Compare(fn);
      }
    }
    if (mnemonic.startsWith(REDUCE_WINDOW)) {
      ReduceFn fn = reduceFn(mnemonic, mnemonic.substring(REDUCE_WINDOW.length()));
      return new Op.ReduceWindow(fn, window(attributes));
    }
    if (mnemonic.startsWith(SCAN)) {
      return new Op.Scan(
          reduceFn(mnemonic, mnemonic.substring(SCAN.length())),
          attributes.takeInt("axis"),
          attributes.takeBoolean("exclusive"),
          attributes.takeBoolean("reverse"));
    }
    if (mnemonic.startsWith(REDUCE)) {
      ReduceFn fn = reduceFn(mnemonic, mnemonic.substring(REDUCE.length()));
      return new Op.Reduce(fn, attributes.takeInts("axes"));
    }
    throw unknown(mnemonic);
  }

  private static ReduceFn reduceFn(String mnemonic, String name) {
    try {
      return ReduceFn.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw unknown(mnemonic);
    }
  }

  private static Attributes.Malformed unknown(String mnemonic) {
    return new Attributes.Malformed(
        "operation", "\"" + mnemonic + "\"", "the name of an operation, such as add or dot");
  }

  private static String label(Attributes attributes) {
    return attributes.take(Attributes.LABEL, "a name in quotes");
  }

  private static List<WindowDim> window(Attributes attributes) {
    List<Long> size = attributes.takeLongs("size");
    int rank = size.size();
    List<Long> stride = attributes.takeLongsOr(1, "stride", rank);
    List<Long> low = attributes.takeLongsOr(0, "pad_low", rank);
    List<Long> high = attributes.takeLongsOr(0, "pad_high", rank);
    List<Long> base = attributes.takeLongsOr(1, "base_dilation", rank);
    List<Long> dilation = attributes.takeLongsOr(1, "window_dilation", rank);
    return IntStream.range(0, rank)
        .mapToObj(i ->
            new WindowDim(
                size.get(i), stride.get(i), low.get(i), high.get(i), base.get(i), dilation.get(i)))
        .toList();
  }

  private static ConvDims.Group group(List<Integer> axes) {
    if (axes.size() != 3) {
      throw new Attributes.Malformed("group", axes.toString(), "an axis of each of three tensors");
    }
    return new ConvDims.Group(axes.get(0), axes.get(1), axes.get(2));
  }

  private static ConvDims convDims(Attributes attributes) {
    return new ConvDims(
        attributes.takeInt("lhs_batch"),
        attributes.takeInt("lhs_feature"),
        attributes.takeInts("lhs_spatial"),
        attributes.takeInt("rhs_in"),
        attributes.takeInt("rhs_out"),
        attributes.takeInts("rhs_spatial"),
        attributes.takeInt("out_batch"),
        attributes.takeInt("out_feature"),
        attributes.takeInts("out_spatial"),
        attributes.has("group")
            ? Optional.of(group(attributes.takeInts("group")))
            : Optional.empty());
  }
}

package org.tombolo.onnx.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tombolo.graph.Attention;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphFunction;
import org.tombolo.graph.Normalization;
import org.tombolo.onnx.model.Attribute;

/// Composites that ONNX has an operator for.
final class CompositeNodes {
  private final Draft draft;

  CompositeNodes(Draft draft) {
    this.draft = draft;
  }

  /// The node of a composite; empty if it has to be decomposed: because the version has no such
  /// operator (attention, the mean square), or one that means something else (losses stop at labels
  /// that name no class; statistics of a batch come with running means), or one whose epsilon or
  /// arithmetic has fewer digits than the type.
  Optional<Ref> node(Composite function, List<Ref> in) {
    Ref x = in.getFirst();
    DType dtype = x.dtype();
    return switch (function) {
      case Composite.Softmax(int axis) ->
          Optional.of(draft.node("Softmax", x.type(), Draft.attribute("axis", axis), x));
      case Composite.LogSoftmax(int axis) ->
          Optional.of(draft.node("LogSoftmax", x.type(), Draft.attribute("axis", axis), x));
      case Normalization.LayerNorm(int axis, double epsilon) ->
          dtype == DType.F64
              ? Optional.empty()
              : Optional.of(
                  draft.node(
                      "LayerNormalization",
                      x.type(),
                      Map.of(
                          "axis", new Attribute.IntValue(axis),
                          "epsilon", new Attribute.FloatValue((float) epsilon)),
                      in.toArray(Ref[]::new)));
      case Normalization.BatchNormInference(int axis, double epsilon) ->
          dtype == DType.F64
              ? Optional.empty()
              : Optional.of(channels("BatchNormalization", axis, epsilon, in));
      case Normalization.GroupNorm(int axis, int groups, double epsilon) ->
          groups == x.dim(axis) && x.rank() > 2 && (dtype == DType.F32 || dtype == DType.F16)
              ? Optional.of(channels("InstanceNormalization", axis, epsilon, in))
              : Optional.empty();
      case Normalization.RmsNorm _,
          Normalization.BatchNorm _,
          Composite.SparseCrossEntropy _,
          Composite.SparseCrossEntropyGrad _,
          Composite.CrossEntropy _,
          Composite.BinaryCrossEntropy _,
          Composite.Dropout _,
          Attention _,
          GraphFunction _ ->
          Optional.empty();
    };
  }

  /// ONNX has channels on axis 1.
  private Ref channels(String operator, int axis, double epsilon, List<Ref> in) {
    Ref x = in.getFirst();
    List<Integer> order =
        new ArrayList<>(IntStream.range(0, x.rank()).filter(i -> i != axis).boxed().toList());
    order.add(1, axis);
    Ref images = draft.permute(x, order);
    Ref[] operands = in.toArray(Ref[]::new);
    operands[0] = images;
    Map<String, Attribute> how = Map.of("epsilon", new Attribute.FloatValue((float) epsilon));
    return draft.permuteBack(draft.node(operator, images.type(), how, operands), order);
  }
}

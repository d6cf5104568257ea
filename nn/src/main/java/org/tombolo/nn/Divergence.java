package org.tombolo.nn;

import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.tombolo.graph.Tensor;

/// Finds out where a loss that is not finite comes from.
///
/// A step with such a loss changes nothing, so it can be looked at again: same batch, same
/// variables, same dropout. What is computed first is looked at first.
final class Divergence {
  private Divergence() {}

  /// The name of the first tensor that holds a NaN or an infinity.
  ///
  /// @param model what is trained
  /// @param features of the batch
  /// @param variables before the step, in order
  /// @param inspection runs the [ModelGraph#inspection] of the step
  /// @return [ModelGraph#FEATURES], a variable, a layer, or [ModelGraph#LOSS] if all before it are
  ///   finite: then the labels are to blame
  static String trace(
      Model model,
      Tensor features,
      SequencedMap<String, Tensor> variables,
      Supplier<Map<String, Tensor>> inspection) {
    if (!isFinite(features)) {
      return ModelGraph.FEATURES;
    }
    for (Map.Entry<String, Tensor> variable : variables.entrySet()) {
      if (!isFinite(variable.getValue())) {
        return variable.getKey();
      }
    }
    Map<String, Tensor> results = inspection.get();
    for (Model.Place place : model.places()) {
      Tensor result = results.get(place.name());
      if (result != null && !isFinite(result)) {
        return place.name();
      }
    }
    return ModelGraph.LOSS;
  }

  /// Whether all elements are finite numbers.
  static boolean isFinite(Tensor tensor) {
    if (tensor.type().dtype().isFloat()) {
      for (long i = 0; i < tensor.type().size(); i++) {
        if (!Double.isFinite(tensor.at(i))) {
          return false;
        }
      }
    }
    return true;
  }
}

package org.tombolo.onnx.lowering;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Tensor;

/// Computes values that a lowering needs before it can go on.
///
/// Some shapes depend on values: a reshape to extents that are computed, a trip count. The part of
/// the graph that leads to them runs first, then lowering goes on with what it gave.
@FunctionalInterface
public interface Oracle {

  /// What is to be computed.
  ///
  /// @param graph whose outputs are asked for, in their order
  /// @param function applied to the outputs on the host
  /// @param fixed whether the lowering depends on the elements of the results. If not, it depends
  ///   on their types alone: they become inputs of what follows
  /// @param names of those inputs
  record Question(
      Graph graph, UnaryOperator<List<Tensor>> function, boolean fixed, List<String> names) {
    /// Copies the list.
    public Question {
      names = List.copyOf(names);
    }
  }

  /// The results of the function, for the values that are fed in this run.
  ///
  /// @param variables elements of the variables of the graph, and of others
  List<Tensor> answer(Question question, Map<String, Tensor> variables);
}

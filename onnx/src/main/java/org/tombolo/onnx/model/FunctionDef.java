package org.tombolo.onnx.model;

import java.util.List;
import java.util.Map;

/// An operator that a model defines by other operators.
///
/// @param domain of the operator
/// @param name of the operator
/// @param overload tells functions of one name apart; usually empty
/// @param inputs names within the function
/// @param outputs names within the function
/// @param attributes names of the attributes that a call may give
/// @param defaults attributes that have a default
/// @param nodes the body
/// @param opsets versions of the operators in the body
public record FunctionDef(
    String domain,
    String name,
    String overload,
    List<String> inputs,
    List<String> outputs,
    List<String> attributes,
    Map<String, Attribute> defaults,
    List<NodeDef> nodes,
    Map<String, Long> opsets) {
  /// Copies the collections.
  public FunctionDef {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = List.copyOf(attributes);
    defaults = Map.copyOf(defaults);
    nodes = List.copyOf(nodes);
    opsets = Map.copyOf(opsets);
  }
}

package org.tombolo.onnx.model;

import java.util.List;
import java.util.Map;

/// An operator applied to values.
///
/// @param name a label, may be empty
/// @param domain whose operator it is; `""` for ONNX's own
/// @param operator such as `Conv`
/// @param inputs names of values; an empty name stands for an input that is left out
/// @param outputs names of values; an empty name stands for an output that nobody wants
/// @param attributes by name
public record NodeDef(
    String name,
    String domain,
    String operator,
    List<String> inputs,
    List<String> outputs,
    Map<String, Attribute> attributes) {
  /// Copies the collections.
  public NodeDef {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = Map.copyOf(attributes);
  }

  /// Operator and name, such as `Conv "conv1"`; without a name the first output tells nodes apart.
  public String label() {
    String own = domain.isEmpty() ? operator : domain + "." + operator;
    if (!name.isEmpty()) {
      return own + " \"" + name + "\"";
    }
    return outputs.isEmpty() ? own : own + " -> \"" + outputs.getFirst() + "\"";
  }
}

package org.tombolo.onnx.lowering;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tombolo.onnx.model.Attribute;

/// Values by name, within the values of the graph around; a function sees none but its own.
final class Scope {
  private final @Nullable Scope outer;
  private final Map<String, Long> opsets;
  private final Map<String, Attribute> attributes;
  private final Map<String, Value> values = new HashMap<>();
  private final int depth;

  private Scope(
      @Nullable Scope outer,
      Map<String, Long> opsets,
      Map<String, Attribute> attributes,
      int depth) {
    this.outer = outer;
    this.opsets = opsets;
    this.attributes = attributes;
    this.depth = depth;
  }

  static Scope model(Map<String, Long> opsets) {
    return new Scope(null, opsets, Map.of(), 0);
  }

  /// A graph within this one.
  Scope inner() {
    return new Scope(this, opsets, attributes, depth + 1);
  }

  /// The body of a function called from here.
  Scope function(Map<String, Long> own, Map<String, Attribute> given) {
    return new Scope(null, own, given, depth + 1);
  }

  int depth() {
    return depth;
  }

  long opset(String domain) {
    return opsets.getOrDefault(domain, 1L);
  }

  Map<String, Long> opsets() {
    return opsets;
  }

  @Nullable Attribute attribute(String name) {
    return attributes.get(name);
  }

  void put(String name, Value value) {
    values.put(name, value);
  }

  @Nullable Value find(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      Value value = scope.values.get(name);
      if (value != null) {
        return value;
      }
    }
    return null;
  }
}

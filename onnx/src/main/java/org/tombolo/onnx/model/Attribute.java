package org.tombolo.onnx.model;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// What a node says beside its inputs.
public sealed interface Attribute {

  /// A number.
  ///
  /// @param value single precision, as files have it
  record FloatValue(float value) implements Attribute {}

  /// A whole number.
  ///
  /// @param value 64 bits
  record IntValue(long value) implements Attribute {}

  /// Text.
  ///
  /// @param value decoded as UTF-8
  record StringValue(String value) implements Attribute {}

  /// A tensor.
  ///
  /// @param value of any element type
  record TensorValue(TensorDef value) implements Attribute {}

  /// A graph that the operator runs.
  ///
  /// @param value sees the values of the graph around it
  record GraphValue(GraphDef value) implements Attribute {}

  /// Numbers.
  ///
  /// @param values single precision
  record Floats(List<Float> values) implements Attribute {
    /// Copies the list.
    public Floats {
      values = List.copyOf(values);
    }
  }

  /// Whole numbers.
  ///
  /// @param values 64 bits each
  record Ints(List<Long> values) implements Attribute {
    /// Copies the list.
    public Ints {
      values = List.copyOf(values);
    }
  }

  /// Texts.
  ///
  /// @param values decoded as UTF-8
  record Strings(List<String> values) implements Attribute {
    /// Copies the list.
    public Strings {
      values = List.copyOf(values);
    }
  }

  /// Whatever the call of the function around it gives for an attribute.
  ///
  /// @param name of the function's attribute
  record Reference(String name) implements Attribute {}

  /// Something that no operator here takes: sparse tensors, types, lists of tensors or graphs.
  ///
  /// @param kind what it is
  record Other(String kind) implements Attribute {}

  /// Text from bytes of a file.
  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}

package org.tombolo.onnx.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// A tensor of a file. Its elements stay where they are in the file, which is mapped into memory,
/// until they are asked for.
///
/// @param name may be empty
/// @param type of the elements
/// @param shape extents
/// @param data elements little-endian and dense, those of less than eight bits packed from the
///   lowest bit on; empty for strings
/// @param strings elements of a tensor of strings; else empty
public record TensorDef(
    String name, ElementType type, Shape shape, MemorySegment data, List<String> strings) {
  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;

  /// Copies the list.
  public TensorDef {
    strings = List.copyOf(strings);
  }

  /// Bytes that a tensor of this type and shape has in a file.
  public static long bytes(ElementType type, Shape shape) {
    return Math.ceilDiv(Math.multiplyExact(shape.size(), type.bits()), 8L);
  }

  /// The elements as a tensor. Memory is shared with the file where its form is the same.
  ///
  /// @throws IllegalStateException if no type of the graph carries the elements
  public Tensor tensor() {
    DType carrier = type.carried();
    TensorType of = new TensorType(carrier, shape);
    if (type == ElementType.BOOL) {
      return Tensor.wholes(of, i -> data.get(ValueLayout.JAVA_BYTE, i) != 0 ? 1 : 0);
    }
    if (type.isNative()) {
      return Tensor.wrap(of, data);
    }
    return Tensor.wholes(of, this::element);
  }

  /// An element of a type that is not stored as its carrier.
  private long element(long i) {
    return switch (type) {
      case UINT16 -> data.get(I16, i * 2) & 0xffffL;
      case UINT32 -> data.get(I32, i * 4) & 0xffffffffL;
      case UINT4 -> nibble(i);
      case INT4 -> (nibble(i) ^ 8) - 8;
      case UINT2 -> crumb(i);
      case INT2 -> (crumb(i) ^ 2) - 2;
      default -> throw new IllegalStateException(type + " is stored as its carrier");
    };
  }

  private long nibble(long i) {
    return (data.get(ValueLayout.JAVA_BYTE, i / 2) >> (i % 2 * 4)) & 15;
  }

  private long crumb(long i) {
    return (data.get(ValueLayout.JAVA_BYTE, i / 4) >> (i % 4 * 2)) & 3;
  }
}

package org.tombolo.graph;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// Elements in host memory: dense, row-major, native byte order. What goes into a graph as a
/// constant, is fed to an input, or comes back from a run.
///
/// Memory belongs to the garbage collector. The factories that take arrays copy them, and [#data]
/// is read-only, so a tensor does not change once made; [#wrap] alone shares memory with its
/// caller, who must then leave it alone for as long as the tensor is used.
public final class Tensor {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
  private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final long LARGEST_HEAP_BYTES = 1L << 30;

  private final TensorType type;
  private final MemorySegment data;

  private Tensor(TensorType type, MemorySegment data) {
    this.type = type;
    this.data = data;
  }

  /// A tensor over existing memory, which is not copied.
  ///
  /// @param type what the memory holds
  /// @param data exactly `type.bytes()` bytes
  /// @throws ShapeException if the memory has another size
  public static Tensor wrap(TensorType type, MemorySegment data) {
    if (data.byteSize() != type.bytes()) {
      throw new ShapeException(
          "tensor: memory has %d bytes, type is %s; need %d bytes"
              .formatted(data.byteSize(), type, type.bytes()),
          "a slice of the memory, or another type");
    }
    return new Tensor(type, data);
  }

  /// Fresh zeroed memory that a caller fills before it [wraps][#wrap] it.
  public static MemorySegment allocate(TensorType type) {
    long bytes = type.bytes();
    return bytes <= LARGEST_HEAP_BYTES
        ? MemorySegment.ofArray(new byte[(int) bytes])
        : Arena.ofAuto().allocate(bytes, 128);
  }

  /// Single-precision floats; without extents a vector, or of one value a scalar.
  public static Tensor of(float[] values, long... dims) {
    return copied(DType.F32, MemorySegment.ofArray(values), values.length, dims);
  }

  /// Double-precision floats; without extents a vector, or of one value a scalar.
  public static Tensor of(double[] values, long... dims) {
    return copied(DType.F64, MemorySegment.ofArray(values), values.length, dims);
  }

  /// 32-bit integers; without extents a vector, or of one value a scalar.
  public static Tensor of(int[] values, long... dims) {
    return copied(DType.I32, MemorySegment.ofArray(values), values.length, dims);
  }

  /// 64-bit integers; without extents a vector, or of one value a scalar.
  public static Tensor of(long[] values, long... dims) {
    return copied(DType.I64, MemorySegment.ofArray(values), values.length, dims);
  }

  /// Unsigned bytes; without extents a vector, or of one value a scalar.
  public static Tensor ofUnsigned(byte[] values, long... dims) {
    return copied(DType.U8, MemorySegment.ofArray(values), values.length, dims);
  }

  /// Truth values; without extents a vector, or of one value a scalar.
  public static Tensor of(boolean[] values, long... dims) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return copied(DType.BOOL, MemorySegment.ofArray(bytes), values.length, dims);
  }

  /// One single-precision float.
  public static Tensor scalar(float value) {
    return filled(TensorType.f32(), i -> value);
  }

  /// A tensor of any type whose element at each row-major position is computed, then rounded to the
  /// type.
  public static Tensor filled(TensorType type, LongToDoubleFunction element) {
    MemorySegment data = allocate(type);
    for (long i = 0; i < type.size(); i++) {
      put(type.dtype(), data, i, element.applyAsDouble(i));
    }
    return new Tensor(type, data);
  }

  /// A tensor of an integer type or bool whose element at each row-major position is computed, then
  /// wrapped to the type; for `i64`, of which [#filled] would lose bits.
  public static Tensor wholes(TensorType type, LongUnaryOperator element) {
    MemorySegment data = allocate(type);
    for (long i = 0; i < type.size(); i++) {
      long value = Scalars.wrap(type.dtype(), element.applyAsLong(i));
      if (type.dtype() == DType.I64) {
        data.set(I64, i * 8, value);
      } else {
        put(type.dtype(), data, i, value);
      }
    }
    return new Tensor(type, data);
  }

  /// Every element the same.
  public static Tensor full(TensorType type, double value) {
    return filled(type, i -> value);
  }

  private static Tensor copied(DType dtype, MemorySegment from, int count, long... dims) {
    Shape shape = dims.length == 0 && count != 1 ? Shape.of(count) : Shape.of(dims);
    TensorType type = new TensorType(dtype, shape);
    if (shape.size() != count) {
      throw new ShapeException(
          "tensor: %d values for %s; need %d".formatted(count, type, shape.size()),
          "extents whose product is %d".formatted(count));
    }
    MemorySegment data = allocate(type);
    data.copyFrom(from);
    return new Tensor(type, data);
  }

  /// Element type and shape.
  public TensorType type() {
    return type;
  }

  /// Extents.
  public Shape shape() {
    return type.shape();
  }

  /// The bytes, read-only. May lie on the heap; address elements with unaligned layouts.
  public MemorySegment data() {
    return data.asReadOnly();
  }

  /// The element at a row-major position, as a double; an `i64` beyond 2^53 is rounded.
  public double at(long index) {
    return get(type.dtype(), data, index);
  }

  /// The element at a row-major position, as a whole number; floats are truncated.
  public long longAt(long index) {
    return type.dtype() == DType.I64 ? data.get(I64, index * 8) : (long) at(index);
  }

  /// All elements as single-precision floats, in row-major order.
  public float[] toFloats() {
    float[] out = new float[Math.toIntExact(type.size())];
    if (type.dtype() == DType.F32) {
      MemorySegment.ofArray(out).copyFrom(data);
      return out;
    }
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) at(i);
    }
    return out;
  }

  /// All elements as double-precision floats, in row-major order.
  public double[] toDoubles() {
    double[] out = new double[Math.toIntExact(type.size())];
    for (int i = 0; i < out.length; i++) {
      out[i] = at(i);
    }
    return out;
  }

  /// The element at a position of memory that holds a dense tensor, as a double.
  public static double get(DType dtype, MemorySegment data, long index) {
    long at = index * dtype.bytes();
    return switch (dtype) {
      case F32 -> data.get(F32, at);
      case F64 -> data.get(F64, at);
      case F16 -> Float.float16ToFloat(data.get(I16, at));
      case BF16 -> Float.intBitsToFloat(data.get(I16, at) << 16);
      case I8 -> data.get(ValueLayout.JAVA_BYTE, at);
      case U8 -> data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
      case I16 -> data.get(I16, at);
      case I32 -> data.get(I32, at);
      case I64 -> data.get(I64, at);
      case BOOL -> data.get(ValueLayout.JAVA_BYTE, at) != 0 ? 1 : 0;
    };
  }

  /// Stores an element at a position of memory that holds a dense tensor, rounded to the type as
  /// [Op.Cast] does from a float.
  public static void put(DType dtype, MemorySegment data, long index, double value) {
    long at = index * dtype.bytes();
    switch (dtype) {
      case F32 -> data.set(F32, at, (float) value);
      case F64 -> data.set(F64, at, value);
      case F16 -> data.set(I16, at, Float.floatToFloat16(Scalars.toOdd(value)));
      case BF16 -> data.set(I16, at, toBfloat16(Scalars.toOdd(value)));
      case I8 -> data.set(ValueLayout.JAVA_BYTE, at, (byte) clamp(value, -0x80, 0x7f));
      case U8 -> data.set(ValueLayout.JAVA_BYTE, at, (byte) clamp(value, 0, 0xff));
      case I16 -> data.set(I16, at, (short) clamp(value, -0x8000, 0x7fff));
      case I32 -> data.set(I32, at, (int) value);
      case I64 -> data.set(I64, at, (long) value);
      case BOOL -> data.set(ValueLayout.JAVA_BYTE, at, (byte) (value != 0 ? 1 : 0));
    }
  }

  private static int clamp(double value, int low, int high) {
    return Math.clamp((int) value, low, high);
  }

  /// The nearest bfloat16, ties to even; NaN stays NaN.
  public static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /// Same type and same bytes: distinguishes -0 from 0 and holds NaN equal to itself.
  @Override
  public boolean equals(Object other) {
    return other instanceof Tensor that && type.equals(that.type) && data.mismatch(that.data) == -1;
  }

  @Override
  public int hashCode() {
    int head = (int) Math.min(64, data.byteSize());
    return 31 * type.hashCode()
        + Arrays.hashCode(data.asSlice(0, head).toArray(ValueLayout.JAVA_BYTE));
  }

  /// Type and the first elements.
  @Override
  public String toString() {
    String tail = type.size() > 8 ? ", ..." : "";
    return LongStream.range(0, Math.min(8, type.size()))
        .mapToObj(i -> type.dtype().isFloat() ? Double.toString(at(i)) : Long.toString(longAt(i)))
        .collect(Collectors.joining(", ", type + "{", tail + "}"));
  }
}

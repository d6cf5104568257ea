package org.tombolo.kernels;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.tombolo.graph.DType;

/// Accessors of 64-bit integers, `i64`.
public final class Longs {
  private static final ValueLayout.OfLong LAYOUT = ValueLayout.JAVA_LONG_UNALIGNED;

  private Longs() {}

  /// Reads an operand.
  public static final class Reader extends Accessor {
    /// Declares the accessor.
    public Reader() {
      super(Mode.READ, -1, DType.I64);
    }

    /// The element at an index.
    public long get(int index) {
      return data.getAtIndex(LAYOUT, checked(index));
    }
  }

  /// Memory of a result. Reading it gives what is there.
  public abstract static sealed class Memory extends Accessor permits Writer, ReadWriter {
    private Memory(Mode mode) {
      super(mode, -1, DType.I64);
    }

    /// The element at an index.
    public final long get(int index) {
      return data.getAtIndex(LAYOUT, checked(index));
    }

    /// Sets the element at an index.
    public final void set(int index, long value) {
      data.setAtIndex(LAYOUT, checked(index), value);
    }
  }

  /// Writes a result, which begins with zeros.
  public static final class Writer extends Memory {
    /// Declares the accessor.
    public Writer() {
      super(Mode.WRITE);
    }
  }

  /// Takes an operand and gives a result, which begins with the elements of the operand. Whoever
  /// else reads the operand sees it unchanged.
  public static final class ReadWriter extends Memory {
    /// Declares the accessor.
    public ReadWriter() {
      super(Mode.READ_WRITE);
    }
  }

  /// Memory of a group or a work-item.
  public abstract static sealed class Array extends Accessor permits Local, Private {
    private final long first;
    private long[] memory = {};

    private Array(Mode mode, int length, long first) {
      super(mode, length, DType.I64);
      this.first = first;
    }

    @Override
    void allocate() {
      memory = new long[length];
    }

    @Override
    void share(Accessor other) {
      memory = ((Array) other).memory;
    }

    @Override
    void begin() {
      Arrays.fill(memory, first);
    }

    /// The element at an index.
    public final long get(int index) {
      return memory[checked(index)];
    }

    /// Sets the element at an index.
    public final void set(int index, long value) {
      memory[checked(index)] = value;
    }
  }

  /// Memory that the work-items of a group share. Holds nothing of use until it is written.
  public static final class Local extends Array {
    /// Declares the accessor.
    ///
    /// @param length number of elements, at least 1
    public Local(int length) {
      super(Mode.LOCAL, length, Long.MIN_VALUE);
    }
  }

  /// Memory of one work-item, zero at first.
  public static final class Private extends Array {
    /// Declares the accessor.
    ///
    /// @param length number of elements, at least 1
    public Private(int length) {
      super(Mode.PRIVATE, length, 0);
    }
  }
}

package org.tombolo.kernels;

import java.lang.foreign.ValueLayout;
import org.tombolo.graph.DType;

/// Accessors of bytes, `i8` or `u8`.
public final class Bytes {
  private Bytes() {}

  /// Reads an operand.
  public static final class Reader extends Accessor {
    /// Declares the accessor.
    public Reader() {
      super(Mode.READ, -1, DType.I8, DType.U8);
    }

    /// The element at an index.
    public byte get(int index) {
      return data.get(ValueLayout.JAVA_BYTE, checked(index));
    }

    /// The element at an index as a number from 0 to 255.
    public int getUnsigned(int index) {
      return get(index) & 0xff;
    }
  }

  /// Memory of a result. Reading it gives what is there.
  public abstract static sealed class Memory extends Accessor permits Writer, ReadWriter {
    private Memory(Mode mode) {
      super(mode, -1, DType.I8, DType.U8);
    }

    /// The element at an index.
    public final byte get(int index) {
      return data.get(ValueLayout.JAVA_BYTE, checked(index));
    }

    /// The element at an index as a number from 0 to 255.
    public final int getUnsigned(int index) {
      return get(index) & 0xff;
    }

    /// Sets the element at an index.
    public final void set(int index, byte value) {
      data.set(ValueLayout.JAVA_BYTE, checked(index), value);
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
}

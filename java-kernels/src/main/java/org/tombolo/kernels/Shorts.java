package org.tombolo.kernels;

import java.lang.foreign.ValueLayout;
import org.tombolo.graph.DType;

/// Accessors of 16-bit integers, `i16`.
public final class Shorts {
  private static final ValueLayout.OfShort LAYOUT = ValueLayout.JAVA_SHORT_UNALIGNED;

  private Shorts() {}

  /// Reads an operand.
  public static final class Reader extends Accessor {
    /// Declares the accessor.
    public Reader() {
      super(Mode.READ, -1, DType.I16);
    }

    /// The element at an index.
    public short get(int index) {
      return data.getAtIndex(LAYOUT, checked(index));
    }
  }

  /// Memory of a result. Reading it gives what is there.
  public abstract static sealed class Memory extends Accessor permits Writer, ReadWriter {
    private Memory(Mode mode) {
      super(mode, -1, DType.I16);
    }

    /// The element at an index.
    public final short get(int index) {
      return data.getAtIndex(LAYOUT, checked(index));
    }

    /// Sets the element at an index.
    public final void set(int index, short value) {
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
}

package org.tombolo.kernels;

import java.lang.foreign.ValueLayout;
import org.tombolo.graph.DType;

/// Accessors of truth values, `bool`.
public final class Bools {
  private Bools() {}

  /// Reads an operand.
  public static final class Reader extends Accessor {
    /// Declares the accessor.
    public Reader() {
      super(Mode.READ, -1, DType.BOOL);
    }

    /// The element at an index.
    public boolean get(int index) {
      return data.get(ValueLayout.JAVA_BYTE, checked(index)) != 0;
    }
  }

  /// Memory of a result. Reading it gives what is there.
  public abstract static sealed class Memory extends Accessor permits Writer, ReadWriter {
    private Memory(Mode mode) {
      super(mode, -1, DType.BOOL);
    }

    /// The element at an index.
    public final boolean get(int index) {
      return data.get(ValueLayout.JAVA_BYTE, checked(index)) != 0;
    }

    /// Sets the element at an index.
    public final void set(int index, boolean value) {
      data.set(ValueLayout.JAVA_BYTE, checked(index), (byte) (value ? 1 : 0));
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

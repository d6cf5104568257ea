package org.tombolo.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.tombolo.graph.DType;
import org.tombolo.graph.TensorType;

/// What a [Kernel] reads and writes by: memory of an operand or a result, of a work-group, or of a
/// work-item.
///
/// A kernel declares its accessors as fields, such as `final Floats.Reader x = new
/// Floats.Reader()`. Those for operands and results are numbered in the order of their declaration;
/// they get their memory when the kernel runs, and can be used nowhere else. Indices are those of a
/// dense row-major tensor.
///
/// On the JVM an index out of range is always an error that names kernel, work-item and accessor;
/// on other devices it is if the [Range] has checks, and undefined otherwise.
public abstract class Accessor implements Cloneable {
  /// What is accessed.
  enum Mode {
    /// Memory of an operand.
    READ,
    /// Memory of a result, which begins with zeros.
    WRITE,
    /// Memory of a result, which begins with the elements of an operand.
    READ_WRITE,
    /// Memory of a work-group.
    LOCAL,
    /// Memory of a work-item.
    PRIVATE;

    /// Whether it takes an operand.
    boolean reads() {
      return this == READ || this == READ_WRITE;
    }

    /// Whether it gives a result.
    boolean writes() {
      return this == WRITE || this == READ_WRITE;
    }
  }

  private final Mode mode;
  private final Set<DType> dtypes;
  private String name = "accessor";

  /// Number of elements; -1 outside of a run.
  int length;

  /// Memory of an operand or a result.
  MemorySegment data = MemorySegment.NULL;

  Accessor(Mode mode, int length, DType... dtypes) {
    this.mode = mode;
    this.length = length;
    this.dtypes = Set.of(dtypes);
  }

  final Mode mode() {
    return mode;
  }

  final String name() {
    return name;
  }

  /// Element types that operands and results may have.
  final Set<DType> dtypes() {
    return dtypes;
  }

  /// Number of elements.
  public final int length() {
    return length;
  }

  /// An accessor like this one, without memory.
  final Accessor copy(String field) {
    try {
      Accessor copy = (Accessor) clone();
      copy.name = field;
      copy.allocate();
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /// Takes memory of an operand or a result.
  final void bind(TensorType type, MemorySegment memory) {
    length = Math.toIntExact(type.size());
    data = memory;
  }

  /// Gives an accessor of a group or a work-item memory of its own.
  void allocate() {}

  /// Uses the memory of another accessor of the same group.
  void share(Accessor other) {}

  /// Gives the memory of a group or a work-item its first content: no number that anybody would
  /// expect for a group, zeros for a work-item.
  void begin() {}

  /// The index, if there is an element.
  ///
  /// @throws IndexFault if there is none
  final int checked(int index) {
    if (index < 0 || index >= length) {
      throw new IndexFault(this, index);
    }
    return index;
  }

  /// An index where there is no element; whoever runs the work-item says where that was.
  static final class IndexFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    IndexFault(Accessor accessor, int index) {
      super(accessor.problem(index));
    }
  }

  /// What is wrong with an index.
  final String problem(int index) {
    return length < 0
        ? "%s is used outside of a run; need it inside of run(item)".formatted(name)
        : outOfRange(name, index, length);
  }

  static String outOfRange(String name, int index, int length) {
    return "%s: index is %d; need 0 <= index < %d".formatted(name, index, length);
  }

  @Override
  public String toString() {
    return name + "[" + length + "]";
  }
}

package org.tombolo.kernels;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import org.tombolo.graph.DType;

/// Accessors of 32-bit integers, `i32`.
public final class Ints {
  private static final ValueLayout.OfInt LAYOUT = ValueLayout.JAVA_INT_UNALIGNED;

  private static final VarHandle ATOMIC = ValueLayout.JAVA_INT.varHandle();

  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(int[].class);

  private Ints() {}

  /// Exchanges a value for the next one until nobody comes between; what was there before.
  private static int update(int first, IntBinaryOperator exchange, IntUnaryOperator next) {
    int old = first;
    while (true) {
      int seen = exchange.applyAsInt(old, next.applyAsInt(old));
      if (seen == old) {
        return old;
      }
      old = seen;
    }
  }

  /// Reads an operand.
  public static final class Reader extends Accessor {
    /// Declares the accessor.
    public Reader() {
      super(Mode.READ, -1, DType.I32);
    }

    /// The element at an index.
    public int get(int index) {
      return data.getAtIndex(LAYOUT, checked(index));
    }
  }

  /// Memory of a result. Reading it gives what is there.
  public abstract static sealed class Memory extends Accessor permits Writer, ReadWriter {
    private Memory(Mode mode) {
      super(mode, -1, DType.I32);
    }

    /// The element at an index.
    public final int get(int index) {
      return data.getAtIndex(LAYOUT, checked(index));
    }

    /// Sets the element at an index.
    public final void set(int index, int value) {
      data.setAtIndex(LAYOUT, checked(index), value);
    }

    /// Adds to an element as one step; what was there before.
    public final int atomicAdd(int index, int delta) {
      return (int) ATOMIC.getAndAdd(data, 4L * checked(index), delta);
    }

    /// Keeps the lesser of an element and a value as one step; what was there before.
    public final int atomicMin(int index, int value) {
      return update(get(index), exchange(index), old -> Math.min(old, value));
    }

    /// Keeps the greater of an element and a value as one step; what was there before.
    public final int atomicMax(int index, int value) {
      return update(get(index), exchange(index), old -> Math.max(old, value));
    }

    /// Sets an element as one step; what was there before.
    public final int atomicExchange(int index, int value) {
      return (int) ATOMIC.getAndSet(data, 4L * checked(index), value);
    }

    /// Sets an element as one step if it is as expected; what was there before.
    public final int atomicCompareExchange(int index, int expected, int value) {
      return (int) ATOMIC.compareAndExchange(data, 4L * checked(index), expected, value);
    }

    private IntBinaryOperator exchange(int index) {
      return (old, value) -> atomicCompareExchange(index, old, value);
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
    private final int first;
    private int[] memory = {};

    private Array(Mode mode, int length, int first) {
      super(mode, length, DType.I32);
      this.first = first;
    }

    @Override
    void allocate() {
      memory = new int[length];
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
    public final int get(int index) {
      return memory[checked(index)];
    }

    /// Sets the element at an index.
    public final void set(int index, int value) {
      memory[checked(index)] = value;
    }

    final int[] memory() {
      return memory;
    }
  }

  /// Memory that the work-items of a group share. Holds nothing of use until it is written.
  public static final class Local extends Array {
    /// Declares the accessor.
    ///
    /// @param length number of elements, at least 1
    public Local(int length) {
      super(Mode.LOCAL, length, Integer.MIN_VALUE);
    }

    /// Adds to an element as one step; what was there before.
    public int atomicAdd(int index, int delta) {
      return (int) ELEMENT.getAndAdd(memory(), checked(index), delta);
    }

    /// Keeps the lesser of an element and a value as one step; what was there before.
    public int atomicMin(int index, int value) {
      return update(get(index), exchange(index), old -> Math.min(old, value));
    }

    /// Keeps the greater of an element and a value as one step; what was there before.
    public int atomicMax(int index, int value) {
      return update(get(index), exchange(index), old -> Math.max(old, value));
    }

    /// Sets an element as one step; what was there before.
    public int atomicExchange(int index, int value) {
      return (int) ELEMENT.getAndSet(memory(), checked(index), value);
    }

    /// Sets an element as one step if it is as expected; what was there before.
    public int atomicCompareExchange(int index, int expected, int value) {
      return (int) ELEMENT.compareAndExchange(memory(), checked(index), expected, value);
    }

    private IntBinaryOperator exchange(int index) {
      return (old, value) -> atomicCompareExchange(index, old, value);
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

package org.tombolo.cpu.kernel;

/// The positions that a view gives to consecutive points of a space, as runs of even steps.
final class Walk {
  private final int number;
  private final long[] dims;
  private final long[] strides;
  private final long offset;
  private final boolean dense;

  /// @param number which of [Registers#shifts] applies
  /// @param dims extents of the space, none of them 0; at least one
  /// @param strides steps between positions, per axis
  /// @param offset position of the first point
  Walk(int number, long[] dims, long[] strides, long offset) {
    this.number = number;
    this.dims = dims;
    this.strides = strides;
    this.offset = offset;
    long step = 1;
    boolean even = true;
    for (int i = dims.length - 1; i >= 0; i--) {
      even &= dims[i] == 1 || strides[i] == step;
      step *= dims[i];
    }
    this.dense = even;
  }

  /// Takes runs of positions.
  interface Sink {
    /// Takes `count` positions from `position` on in steps of `step`, for the points from `at` on.
    void run(Registers on, long position, long step, int at, int count);
  }

  /// Whether positions count up by one in the order of the points.
  boolean isDense() {
    return dense;
  }

  /// Whether all points have one position.
  boolean isUniform() {
    for (int axis = 0; axis < dims.length; axis++) {
      if (dims[axis] != 1 && strides[axis] != 0) {
        return false;
      }
    }
    return true;
  }

  /// Whether positions count up by one along the innermost axis.
  boolean hasRows() {
    return strides[strides.length - 1] == 1;
  }

  /// Whether all points of a row, along the innermost axis, have one position: channels beside
  /// planes, for instance. Rows of one point are none: a run goes over many of them.
  boolean isLevel() {
    int last = dims.length - 1;
    return dims[last] == 1 ? isUniform() : strides[last] == 0;
  }

  /// Position of a point.
  ///
  /// @param index along each axis
  long position(Registers on, long[] index) {
    long position = offset + on.shifts[number];
    for (int axis = 0; axis < dims.length; axis++) {
      position += index[axis] * strides[axis];
    }
    return position;
  }

  /// Position of the first point that the registers stand at, of a walk that is dense or uniform.
  long first(Registers on) {
    return offset + on.shifts[number] + (dense ? on.start : 0);
  }

  /// Hands over the positions of the points that the registers stand at.
  void go(Registers on, Sink sink) {
    long base = offset + on.shifts[number];
    if (dense) {
      sink.run(on, base + on.start, 1, 0, on.count);
      return;
    }
    int last = dims.length - 1;
    long[] index = on.index;
    long rest = on.start;
    long position = base;
    for (int axis = last; axis >= 0; axis--) {
      index[axis] = rest % dims[axis];
      rest /= dims[axis];
      position += index[axis] * strides[axis];
    }
    for (int at = 0; at < on.count; ) {
      int run = (int) Math.min(on.count - at, dims[last] - index[last]);
      sink.run(on, position, strides[last], at, run);
      at += run;
      position += run * strides[last];
      index[last] += run;
      for (int axis = last; axis > 0 && index[axis] == dims[axis]; axis--) {
        index[axis] = 0;
        index[axis - 1]++;
        position += strides[axis - 1] - dims[axis] * strides[axis];
      }
    }
  }
}

package org.tombolo.kernels.coverage;

import java.util.List;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Floats;
import org.tombolo.kernels.Ints;
import org.tombolo.kernels.Kernel;
import org.tombolo.kernels.Longs;

/// A kernel with a method for each of several constructs of Java. Work-item `[k, i]` applies the
/// k-th one to the i-th value, so one translation shows them all.
abstract class Constructs extends Kernel {
  static final int VALUES = 64;

  final Ints.Reader in = new Ints.Reader();
  final Floats.Reader fin = new Floats.Reader();
  final Longs.Reader lin = new Longs.Reader();
  final Ints.Writer out = new Ints.Writer();

  /// @param method what applies it
  /// @param text what it is
  record Construct(String method, String text) {}

  /// One for each row of the result.
  abstract List<Construct> constructs();

  int fromAbove(int v) {
    return v + 7;
  }

  int overridden(int v) {
    return v * 3;
  }

  @Override
  protected List<TensorType> results(List<TensorType> operands) {
    return List.of(new TensorType(DType.I32, Shape.of(constructs().size(), VALUES)));
  }
}

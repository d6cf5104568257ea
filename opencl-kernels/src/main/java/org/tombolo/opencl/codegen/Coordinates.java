package org.tombolo.opencl.codegen;

import java.util.function.IntPredicate;
import org.tombolo.graph.Shape;

/// Splits a running number into coordinates.
final class Coordinates {
  private Coordinates() {}

  /// Declares `c0`, `c1`, .. for the chosen axes, of which the last runs fastest. Extents are
  /// known, so compilers turn the divisions into products.
  ///
  /// @param index type of the coordinates
  /// @param number variable that counts the points of the chosen axes, row-major
  /// @param space extents of all axes
  /// @param chosen which axes
  static void write(Code code, String index, String number, Shape space, IntPredicate chosen) {
    write(code, index, number, space, chosen, "c");
  }

  /// The same with another letter than `c`.
  static void write(
      Code code, String index, String number, Shape space, IntPredicate chosen, String letter) {
    long step = 1;
    long total = 1;
    for (int axis = 0; axis < space.rank(); axis++) {
      total *= chosen.test(axis) ? Math.max(1, space.dim(axis)) : 1;
    }
    for (int axis = space.rank() - 1; axis >= 0; axis--) {
      if (!chosen.test(axis)) {
        continue;
      }
      long extent = Math.max(1, space.dim(axis));
      String quotient = step == 1 ? number : "%s / %d".formatted(number, step);
      step *= extent;
      boolean outermost = step == total;
      String value =
          extent == 1 ? "0" : outermost ? quotient : "(%s) %% %d".formatted(quotient, extent);
      code.line("const %s %s%d = %s;".formatted(index, letter, axis, value));
    }
  }
}

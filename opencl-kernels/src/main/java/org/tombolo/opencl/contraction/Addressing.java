package org.tombolo.opencl.contraction;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tombolo.opencl.contraction.Contraction.Axis;

/// Writes the expressions that lead from an index of a group to places in the operands; the names
/// are those of [Sizes].
///
/// @param group letter of the group: `z`, `m`, `n` or `k`
/// @param axes its axes
record Addressing(String group, List<Axis> axes) {

  /// Declares the index along each axis, `m0_i` and so on, for an index of the group.
  ///
  /// @param index an expression of type `int`
  String split(String index) {
    if (axes.isEmpty()) {
      return "";
    }
    if (axes.size() == 1) {
      return "const int %s0_i = %s;\n".formatted(group, index);
    }
    StringBuilder text = new StringBuilder("int %s_rest = %s;\n".formatted(group, index));
    for (int i = axes.size() - 1; i > 0; i--) {
      text.append(
          "const int %1$s%2$d_i = %1$s_rest %% (int)%1$s%2$d_size; %1$s_rest /= (int)%1$s%2$d_size;\n"
              .formatted(group, i));
    }
    return text.append("const int %1$s0_i = %1$s_rest;\n".formatted(group)).toString();
  }

  /// The elements that the indices lead into an operand, an expression of type `at_t`.
  ///
  /// @param operand `a`, `b` or `c`
  String offset(String operand) {
    return sum(
        IntStream.range(0, axes.size())
            .filter(i -> stride(axes.get(i), operand) != 0)
            .mapToObj(i -> "(at_t)%1$s%2$d_i * %1$s%2$d_%3$s".formatted(group, i, operand))
            .toList());
  }

  /// How far the indices move a window's coordinate, an expression of type `int`.
  String position(int window) {
    return sum(
        IntStream.range(0, axes.size())
            .filter(i -> axes.get(i).window() == window)
            .mapToObj(i -> "%1$s%2$d_i * (int)%1$s%2$d_step".formatted(group, i))
            .toList());
  }

  private static long stride(Axis axis, String operand) {
    return switch (operand) {
      case "a" -> axis.a();
      case "b" -> axis.b();
      case "c" -> axis.c();
      default -> throw new IllegalArgumentException("operand " + operand + "; need a, b or c");
    };
  }

  private static String sum(List<String> terms) {
    return terms.isEmpty() ? "0" : terms.stream().collect(Collectors.joining(" + "));
  }
}

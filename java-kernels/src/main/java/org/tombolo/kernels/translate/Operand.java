package org.tombolo.kernels.translate;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What lies on the stack of the JVM at some point of a method: an expression that is not computed
/// yet, and what it depends on until it is.
///
/// @param kind its type
/// @param text the expression in C, in parentheses where it is not one word; for a reference what
///   it refers to
/// @param reads variables whose change would change it, [#MEMORY] among them
/// @param single for a double that is a float made wider: that float; for a function of such: the
///   function in single precision
/// @param comparison for the result of comparing two values: how a test of it reads
record Operand(
    Kind kind,
    String text,
    Set<String> reads,
    @Nullable String single,
    @Nullable Comparison comparison) {
  /// All memory that work-items share, as one variable.
  static final String MEMORY = "memory";

  /// `compare(left, right)`, as `fcmpl` and its like do.
  ///
  /// @param nan what it gives for operands that are not ordered; 0 where all are
  record Comparison(String left, String right, int nan) {
    /// Whether the result has a relation to 0.
    String test(String relation) {
      return switch (relation) {
        case "<" -> nan < 0 ? "!(%s >= %s)".formatted(left, right) : text(relation);
        case "<=" -> nan < 0 ? "!(%s > %s)".formatted(left, right) : text(relation);
        case ">" -> nan > 0 ? "!(%s <= %s)".formatted(left, right) : text(relation);
        case ">=" -> nan > 0 ? "!(%s < %s)".formatted(left, right) : text(relation);
        default -> text(relation);
      };
    }

    private String text(String relation) {
      return "%s %s %s".formatted(left, relation, right);
    }

    /// The result as a number.
    String value() {
      return "(%s < %s ? -1 : %s > %s ? 1 : %s == %s ? 0 : %d)"
          .formatted(left, right, left, right, left, right, nan);
    }
  }

  /// Whether it has a relation to 0, as a condition.
  String test(String relation) {
    return comparison == null ? "%s %s 0".formatted(text, relation) : comparison.test(relation);
  }

  static Operand of(Kind kind, String text, Operand... parts) {
    Set<String> reads = new HashSet<>();
    for (Operand part : parts) {
      reads.addAll(part.reads);
    }
    return new Operand(kind, text, reads, null, null);
  }

  /// The same, which also changes with a variable.
  Operand reading(String variable) {
    Set<String> more = new HashSet<>(reads);
    more.add(variable);
    return new Operand(kind, text, more, single, comparison);
  }

  /// The same, with its form in single precision.
  Operand alsoSingle(String form) {
    return new Operand(kind, text, reads, form, comparison);
  }

  /// The same, with what a test of it reads.
  Operand comparing(Comparison what) {
    return new Operand(kind, text, reads, single, what);
  }
}

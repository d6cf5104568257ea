package org.tombolo.kernels.translate;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Methods of the Java library that exist on a device.
public final class Functions {
  private Functions() {}

  /// Functions of `Math` on doubles that OpenCL C has under the same name in both precisions.
  private static final Set<String> SAME =
      Set.of(
          "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "exp",
          "expm1", "log", "log10", "log1p", "pow", "sqrt", "cbrt", "hypot", "floor", "ceil",
          "rint");

  /// Calls by owner, name and type; `$1` stands for an argument and `$self` and `$line` for what
  /// they say.
  private static final Map<String, String> CALLS =
      Map.ofEntries(
          entry("Math.abs(I)I", "j_abs_i($1)"),
          entry("Math.abs(J)J", "j_abs_l($1)"),
          entry("Math.abs(F)F", "fabs($1)"),
          entry("Math.abs(D)D", "fabs($1)"),
          entry("Math.max(II)I", "max($1, $2)"),
          entry("Math.max(JJ)J", "max($1, $2)"),
          entry("Math.max(FF)F", "j_max_f($1, $2)"),
          entry("Math.max(DD)D", "j_max_d($1, $2)"),
          entry("Math.min(II)I", "min($1, $2)"),
          entry("Math.min(JJ)J", "min($1, $2)"),
          entry("Math.min(FF)F", "j_min_f($1, $2)"),
          entry("Math.min(DD)D", "j_min_d($1, $2)"),
          entry("Math.fma(FFF)F", "fma($1, $2, $3)"),
          entry("Math.fma(DDD)D", "fma($1, $2, $3)"),
          entry("Math.signum(F)F", "j_signum_f($1)"),
          entry("Math.signum(D)D", "j_signum_d($1)"),
          entry("Math.copySign(FF)F", "copysign($1, $2)"),
          entry("Math.copySign(DD)D", "copysign($1, $2)"),
          entry("Math.round(F)I", "j_round_f($1)"),
          entry("Math.round(D)J", "j_round_d($1)"),
          entry("Math.clamp(FFF)F", "j_min_f($3, j_max_f($1, $2))"),
          entry("Math.clamp(DDD)D", "j_min_d($3, j_max_d($1, $2))"),
          entry("Math.clamp(JII)I", "(int)min((long)$3, max($1, (long)$2))"),
          entry("Math.floorDiv(II)I", "j_floor_div($self, $1, $2, $line)"),
          entry("Math.floorMod(II)I", "j_floor_mod($self, $1, $2, $line)"),
          entry("Math.multiplyHigh(JJ)J", "mul_hi($1, $2)"),
          entry("Float.floatToRawIntBits(F)I", "as_int($1)"),
          entry("Float.floatToIntBits(F)I", "($1 != $1 ? 0x7fc00000 : as_int($1))"),
          entry("Float.intBitsToFloat(I)F", "as_float($1)"),
          entry("Float.isNaN(F)Z", "($1 != $1)"),
          entry("Float.isInfinite(F)Z", "(fabs($1) == INFINITY)"),
          entry("Float.isFinite(F)Z", "(fabs($1) < INFINITY)"),
          entry("Float.max(FF)F", "j_max_f($1, $2)"),
          entry("Float.min(FF)F", "j_min_f($1, $2)"),
          entry("Float.sum(FF)F", "($1 + $2)"),
          entry("Double.doubleToRawLongBits(D)J", "as_long($1)"),
          entry("Double.longBitsToDouble(J)D", "as_double($1)"),
          entry("Double.isNaN(D)Z", "($1 != $1)"),
          entry("Double.isInfinite(D)Z", "(fabs($1) == INFINITY)"),
          entry("Double.isFinite(D)Z", "(fabs($1) < INFINITY)"),
          entry("Double.max(DD)D", "j_max_d($1, $2)"),
          entry("Double.min(DD)D", "j_min_d($1, $2)"),
          entry("Integer.max(II)I", "max($1, $2)"),
          entry("Integer.min(II)I", "min($1, $2)"),
          entry("Integer.bitCount(I)I", "popcount($1)"),
          entry("Integer.numberOfLeadingZeros(I)I", "clz($1)"),
          entry("Integer.rotateLeft(II)I", "rotate($1, $2)"),
          entry("Integer.rotateRight(II)I", "rotate($1, -($2 & 31))"),
          entry("Integer.compareUnsigned(II)I", "((uint)$1 < (uint)$2 ? -1 : $1 != $2)"),
          entry("Integer.toUnsignedLong(I)J", "((long)(uint)$1)"),
          entry("Byte.toUnsignedInt(B)I", "($1 & 0xff)"),
          entry("Short.toUnsignedInt(S)I", "($1 & 0xffff)"),
          entry("Long.max(JJ)J", "max($1, $2)"),
          entry("Long.min(JJ)J", "min($1, $2)"),
          entry("Long.bitCount(J)I", "(int)popcount($1)"),
          entry("Long.numberOfLeadingZeros(J)I", "(int)clz($1)"));

  /// Names of the static methods of a class that exist on devices, in order; empty if there are
  /// none.
  ///
  /// @param owner such as `java/lang/Math`
  public static SortedSet<String> names(String owner) {
    SortedSet<String> names = new TreeSet<>();
    String simple = simple(owner);
    if (simple.equals("Math")) {
      names.addAll(SAME);
    }
    for (String call : CALLS.keySet()) {
      if (call.startsWith(simple + ".")) {
        names.add(call.substring(simple.length() + 1, call.indexOf('(')));
      }
    }
    return names;
  }

  /// Name without package, of classes of `java.lang`.
  private static String simple(String owner) {
    if (!owner.startsWith("java/lang/")) {
      return owner;
    }
    String simple = owner.substring(owner.lastIndexOf('/') + 1);
    return simple.equals("StrictMath") ? "Math" : simple;
  }

  /// The call in C, null if there is none.
  ///
  /// @param owner such as `java/lang/Math`
  /// @param type such as `(FF)F`
  public static @Nullable String call(String owner, String name, String type) {
    String simple = simple(owner);
    if (simple.equals("Math") && SAME.contains(name)) {
      return type.equals("(DD)D") ? name + "($1, $2)" : name + "($1)";
    }
    return CALLS.get(simple + "." + name + type);
  }

  /// Whether a call is of a function of doubles that gives, for floats made wider and its result
  /// made narrower, what its form in single precision gives, up to rounding.
  static boolean hasSingle(String owner, String name) {
    return (owner.equals("java/lang/Math") || owner.equals("java/lang/StrictMath"))
        && SAME.contains(name);
  }
}

package org.tombolo.kernels;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.SourceProgram.Param;
import org.tombolo.kernels.OpenClKernel.Access;
import org.tombolo.kernels.OpenClKernel.Scalar;

/// The head of a kernel function in a user's source, rewritten to the parameters that drivers set:
/// memory by its buffer and an offset, a double by its bits. Lines stay where they are, so that
/// what compilers say fits the user's source.
///
/// @param text the program with its new head
/// @param params what the parameters are given
record KernelSignature(String text, List<Param> params) {
  private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\\n]*", Pattern.DOTALL);

  private static final Pattern INCLUDE = Pattern.compile("(?m)^\\s*#\\s*include\\b");

  private static final Pattern POINTER =
      Pattern.compile(
          "\\s*(?:__)?global\\s+(const\\s+)?(\\w+)(\\s+const)?\\s*\\*\\s*(?:(?:restrict|__restrict)\\s+)?(\\w+)\\s*",
          Pattern.DOTALL);

  private static final Pattern NUMBER = Pattern.compile("\\s*(?:const\\s+)?(\\w+)\\s+(\\w+)\\s*");

  /// Finds and rewrites the head.
  ///
  /// @throws KernelException if it is not there or has other parameters
  static KernelSignature of(OpenClKernel kernel) {
    String code = COMMENT.matcher(kernel.text()).replaceAll(found -> blank(found.group()));
    if (INCLUDE.matcher(code).find()) {
      throw new KernelException(
          "kernel %s: the source has an #include; need all of it in one text, by which compiled programs are kept"
              .formatted(kernel.name()),
          "the content of the file in its place");
    }
    Matcher head =
        Pattern.compile(
                "(?:__)?kernel\\b[^;{}]*?\\bvoid\\s+" + Pattern.quote(kernel.name()) + "\\s*\\(")
            .matcher(code);
    if (!head.find()) {
      throw new KernelException(
          "kernel %s: the source has no `kernel void %s(`; need that function"
              .formatted(kernel.name(), kernel.name()),
          "the name of the function in source(name, text)");
    }
    int end = code.indexOf(')', head.end());
    int open = end < 0 ? -1 : code.indexOf('{', end);
    if (open < 0) {
      throw new KernelException(
          "kernel %s: its parameters or its body do not end; need `) {`".formatted(kernel.name()),
          "the closing parenthesis");
    }
    return rewritten(kernel, code, head.end(), end, open);
  }

  private static String blank(String comment) {
    return Matcher.quoteReplacement(comment.replaceAll("[^\\n]", " "));
  }

  private static KernelSignature rewritten(
      OpenClKernel kernel, String code, int from, int end, int open) {
    Map<String, Param> known = new HashMap<>();
    Map<String, Access> accesses = new HashMap<>();
    int operand = 0;
    int result = 0;
    for (Access access : kernel.accessors()) {
      accesses.put(access.name(), access);
      known.put(
          access.name(), access.writes() ? new Param.Write(result++) : new Param.Read(operand));
      operand += access.reads() ? 1 : 0;
    }
    Map<String, Scalar> scalars = new HashMap<>();
    kernel.scalars().forEach(scalar -> scalars.put(scalar.name(), scalar));
    List<String> heads = new ArrayList<>();
    List<Param> params = new ArrayList<>();
    StringBuilder top = new StringBuilder();
    for (String parameter : code.substring(from, end).split(",", -1)) {
      String lines = "\n".repeat((int) parameter.chars().filter(c -> c == '\n').count());
      Matcher pointer = POINTER.matcher(parameter);
      Matcher number = NUMBER.matcher(parameter);
      if (pointer.matches()) {
        String name = pointer.group(4);
        Access access = required(kernel, accesses.remove(name), name);
        boolean constant = pointer.group(1) != null || pointer.group(3) != null;
        requireFit(kernel, access, pointer.group(2), constant);
        String qualifier = constant ? "const " : "";
        heads.add(
            lines + "global %schar *%s_base, const long %s_at".formatted(qualifier, name, name));
        top.append(
            " global %s%s *%s = (global %s%s *)(%s_base + %s_at);"
                .formatted(
                    qualifier, pointer.group(2), name, qualifier, pointer.group(2), name, name));
        params.add(required(kernel, known.get(name), name));
      } else if (number.matches()) {
        String name = number.group(2);
        Scalar scalar = required(kernel, scalars.remove(name), name);
        String type = type(scalar.value());
        if (!number.group(1).equals(type)) {
          throw mismatch(kernel, name, number.group(1), type);
        }
        boolean wide = type.equals("double");
        heads.add(
            lines + "const %s %s%s".formatted(wide ? "long" : type, name, wide ? "_bits" : ""));
        top.append(wide ? " const double %s = as_double(%s_bits);".formatted(name, name) : "");
        params.add(param(scalar.value()));
      } else {
        throw new KernelException(
            "kernel %s: parameter `%s` is not understood; need `global const float *x`, `global float *y` or `const float a`"
                .formatted(kernel.name(), parameter.strip()),
            "constant and local memory declared inside of the program");
      }
    }
    List<String> left = new ArrayList<>(accesses.keySet());
    left.addAll(scalars.keySet());
    if (!left.isEmpty()) {
      throw new KernelException(
          "kernel %s: the function has no parameters %s; need one for each that is declared"
              .formatted(kernel.name(), left),
          "the names in the source");
    }
    String text =
        kernel.text().substring(0, from)
            + String.join(", ", heads)
            + kernel.text().substring(end, open + 1)
            + top
            + kernel.text().substring(open + 1);
    return new KernelSignature(text, List.copyOf(params));
  }

  private static <T> T required(OpenClKernel kernel, @Nullable T found, String name) {
    return Optional.ofNullable(found)
        .orElseThrow(() ->
            new KernelException(
                "kernel %s: parameter %s is not declared; need reads, writes, updates or scalar for it"
                    .formatted(kernel.name(), name),
                ".reads(\"%s\", DType.F32)".formatted(name)));
  }

  private static void requireFit(
      OpenClKernel kernel, Access access, String type, boolean constant) {
    String element = type.replaceAll("(2|3|4|8|16)$", "");
    boolean fits =
        switch (access.dtype()) {
          case F32 -> element.equals("float");
          case F64 -> element.equals("double");
          case F16, BF16 -> element.equals("half") || element.equals("ushort");
          case I32 -> element.equals("int") || element.equals("uint");
          case I64 -> element.equals("long") || element.equals("ulong");
          case I16 -> element.equals("short") || element.equals("ushort");
          case I8, U8, BOOL -> element.equals("char") || element.equals("uchar");
        };
    if (!fits) {
      throw mismatch(kernel, access.name(), type + " *", access.dtype().toString());
    }
    if (constant == access.writes()) {
      throw new KernelException(
          "kernel %s: parameter %s is %sconstant and %s; need `global %s%s *%s`"
              .formatted(
                  kernel.name(),
                  access.name(),
                  constant ? "" : "not ",
                  access.writes() ? "written" : "read only",
                  access.writes() ? "" : "const ",
                  type,
                  access.name()),
          access.writes() ? "no const" : "const, or updates(..)");
    }
  }

  private static KernelException mismatch(
      OpenClKernel kernel, String name, String seen, String declared) {
    return new KernelException(
        "kernel %s: parameter %s is %s in the source and %s where it is declared; need the same"
            .formatted(kernel.name(), name, seen, declared),
        "the type of the source");
  }

  private static String type(Number value) {
    return switch (value) {
      case Integer _ -> "int";
      case Long _ -> "long";
      case Float _ -> "float";
      case Double _ -> "double";
      default -> "int, long, float or double, not " + value.getClass().getSimpleName();
    };
  }

  private static Param param(Number value) {
    return switch (value) {
      case Float number -> new Param.FloatValue(number);
      case Double number -> new Param.LongValue(Double.doubleToRawLongBits(number));
      case Long number -> new Param.LongValue(number);
      default -> new Param.IntValue(value.intValue());
    };
  }

  /// Whether it needs double precision.
  boolean usesDoubles() {
    return Pattern.compile("\\bdouble\\d*\\b")
        .matcher(COMMENT.matcher(text).replaceAll(" "))
        .find();
  }
}

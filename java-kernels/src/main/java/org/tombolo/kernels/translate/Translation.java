package org.tombolo.kernels.translate;

import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tombolo.kernels.translate.KernelForm.Memory;
import org.tombolo.kernels.translate.KernelForm.Place;

/// A kernel in OpenCL C. Its function takes, in this order: for each accessor of an operand or a
/// result the memory and the offset; each scalar, a double as the `long` of its bits and what is
/// narrower as `int`; for each of these accessors the number of elements as `int`; the three
/// extents of the range as `int`; with checks, memory and offset of the words for what went wrong.
///
/// These are: a code (0 for nothing, 1 and more for an index of that accessor, [#DIVISION] for a
/// division by zero), the index, the three global ids of the work-item in Java's order, the line.
///
/// @param text the program
/// @param doubles whether it needs double precision
public record Translation(String text, boolean doubles) {
  /// Code of a division by zero.
  public static final int DIVISION = 1000;

  /// Number of words for what went wrong.
  public static final int FAULT_WORDS = 6;

  /// Bits of the word for the line that hold it; those above hold the number of the class.
  public static final int LINE_BITS = 20;

  private static final Pattern DOUBLES = Pattern.compile("\\bdouble\\b");

  /// Translates a kernel.
  ///
  /// @throws Untranslatable with the line, if something in it has no meaning on a device
  public static Translation of(KernelForm form) {
    return new Maker(form).make();
  }

  /// The method of a class.
  record Target(ClassModel owner, MethodModel method) {
    @Override
    public int hashCode() {
      return method.hashCode();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Target that && method.equals(that.method);
    }
  }

  /// Methods as they are found, each translated once.
  static final class Maker {
    private final KernelForm form;
    private final Map<Target, String> names = new LinkedHashMap<>();
    private final Map<Target, String> prototypes = new LinkedHashMap<>();
    private final StringBuilder bodies = new StringBuilder();
    private final Deque<Target> underWay = new ArrayDeque<>();

    Maker(KernelForm form) {
      this.form = form;
    }

    KernelForm form() {
      return form;
    }

    Translation make() {
      Target run = find(0, "run", "(Lorg/tombolo/kernels/Item;)V");
      if (run == null) {
        throw new Untranslatable(form.name(), "no method run(Item); need one");
      }
      String entry = name(run, "");
      String code = entryFunction(entry);
      String own = struct() + accesses() + String.join("", prototypes.values()) + bodies + code;
      boolean doubles = DOUBLES.matcher(own).find();
      String text =
          (doubles ? "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n" : "")
              + "#define RANK %d\n".formatted(form.rank())
              + Prelude.SINGLE
              + (doubles ? Prelude.DOUBLE : "")
              + own;
      return new Translation(text, doubles);
    }

    /// The method that a call from class number `from` finds, null if there is none.
    @Nullable Target find(int from, String name, String type) {
      for (int i = from; i < form.classes().size(); i++) {
        ClassModel owner = form.classes().get(i);
        for (MethodModel method : owner.methods()) {
          if (method.methodName().equalsString(name)
              && method.methodType().equalsString(type)
              && method.code().isPresent()) {
            return new Target(owner, method);
          }
        }
      }
      return null;
    }

    /// Number of a class among those of the kernel; -1 for others.
    int classNumber(String owner) {
      return IntStream.range(0, form.classes().size())
          .filter(i -> form.classes().get(i).thisClass().asInternalName().equals(owner))
          .findFirst()
          .orElse(-1);
    }

    /// The C function of a method, which is translated if it is not yet.
    String name(Target target, String where) {
      if (underWay.contains(target)) {
        throw new Untranslatable(
            where, "%s calls itself; need a loop".formatted(target.method().methodName()));
      }
      String known = names.get(target);
      if (known != null) {
        return known;
      }
      String name = "f%d_%s".formatted(names.size(), target.method().methodName().stringValue());
      name = name.replaceAll("[^A-Za-z0-9_]", "_");
      names.put(target, name);
      underWay.push(target);
      MethodTranslation translation = new MethodTranslation(this, target, name);
      String body = translation.body();
      prototypes.put(target, translation.head() + ";\n");
      bodies.append(translation.head()).append(" {\n").append(body).append("}\n");
      underWay.pop();
      return name;
    }

    private String struct() {
      StringBuilder out = new StringBuilder("typedef struct {\n");
      for (int i = 0; i < form.memory().size(); i++) {
        Memory memory = form.memory().get(i);
        String name = form.memoryName(i);
        String size = memory.place() == Place.ITEM ? "[" + memory.length() + "]" : "";
        out.append("  %s%s%s;\n".formatted(memory.pointer(), name, size));
        out.append("  int %s_length;\n".formatted(name));
      }
      for (int i = 0; i < form.scalars().size(); i++) {
        out.append("  %s %s;\n".formatted(form.scalars().get(i).kind().c, form.scalarName(i)));
      }
      out.append("  int range_0, range_1, range_2;\n");
      if (form.checked()) {
        out.append("  volatile global int *faults;\n");
      }
      return out.append("} Self;\n")
          .append(form.grouped() ? Prelude.GROUPS : Prelude.NO_GROUPS)
          .append(Prelude.LINEAR)
          .append(faults())
          .append(Prelude.DIVISION)
          .toString();
    }

    private String faults() {
      if (!form.checked()) {
        return "void j_zero(Self *self, int line) {}\n";
      }
      return """
      void j_fault(Self *self, int code, int index, int line) {
        if (atomic_cmpxchg(self->faults, 0, code) == 0) {
          self->faults[1] = index;
          for (int d = 0; d < 3; d++) self->faults[2 + d] = d < RANK ? global_id(self, d) : 0;
          self->faults[5] = line;
        }
      }
      void j_zero(Self *self, int line) { j_fault(self, %d, 0, line); }
      """
          .formatted(DIVISION);
    }

    /// With checks, a function for each way to an accessor.
    private String accesses() {
      if (!form.checked()) {
        return "";
      }
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < form.memory().size(); i++) {
        Memory memory = form.memory().get(i);
        String name = form.memoryName(i);
        String type = memory.element();
        out.append(
            """
            int j_ok_%1$d(Self *self, int i, int line) {
              if (i >= 0 && i < self->%2$s_length) return 1;
              j_fault(self, %3$d, i, line);
              return 0;
            }
            %4$s j_get_%1$d(Self *self, int i, int line) {
              return j_ok_%1$d(self, i, line) ? self->%2$s[i] : (%4$s)0;
            }
            """
                .formatted(i, name, i + 1, type));
        if (memory.place() != Place.OPERAND) {
          out.append(
              "void j_set_%1$d(Self *self, int i, %2$s v, int line) { if (j_ok_%1$d(self, i, line)) self->%3$s[i] = v; }\n"
                  .formatted(i, type, name));
        }
      }
      return out.toString();
    }

    private String entryFunction(String run) {
      StringBuilder head = new StringBuilder("kernel void " + form.name() + "(");
      StringBuilder body = new StringBuilder();
      for (int i = 0; i < form.memory().size(); i++) {
        Memory memory = form.memory().get(i);
        String name = form.memoryName(i);
        if (memory.isGlobal()) {
          String constant = memory.place() == Place.OPERAND ? "const " : "";
          head.append(
              "global %schar *%s_base, const long %s_at,\n    ".formatted(constant, name, name));
          body.append(
              "  self.%s = (%s)(%s_base + %s_at);\n".formatted(name, memory.pointer(), name, name));
          body.append("  self.%s_length = %s_length;\n".formatted(name, name));
        } else {
          body.append("  self.%s_length = %d;\n".formatted(name, memory.length()));
        }
      }
      for (int i = 0; i < form.scalars().size(); i++) {
        String name = form.scalarName(i);
        Kind kind = form.scalars().get(i).kind();
        boolean isDouble = kind == Kind.DOUBLE;
        head.append("const %s %s,\n    ".formatted(isDouble ? "long" : kind.c, name));
        body.append(
            "  self.%s = %s;\n".formatted(name, isDouble ? "as_double(" + name + ")" : name));
      }
      for (int i = 0; i < form.memory().size(); i++) {
        if (form.memory().get(i).isGlobal()) {
          head.append("const int %s_length, ".formatted(form.memoryName(i)));
        }
      }
      head.append("const int range_0, const int range_1, const int range_2");
      if (form.checked()) {
        head.append(", global char *faults_base, const long faults_at");
        body.append("  self.faults = (volatile global int *)(faults_base + faults_at);\n");
      }
      StringBuilder out = new StringBuilder(head).append(") {\n");
      for (int i = 0; i < form.memory().size(); i++) { // local memory is declared at the top only
        Memory memory = form.memory().get(i);
        String name = form.memoryName(i);
        if (memory.place() == Place.GROUP) {
          out.append("  local %s %s_own[%d];\n".formatted(memory.element(), name, memory.length()));
          body.append("  self.%s = %s_own;\n".formatted(name, name));
        } else if (memory.place() == Place.ITEM) {
          body.append(
              "  for (int i = 0; i < %d; i++) self.%s[i] = 0;\n".formatted(memory.length(), name));
        }
      }
      if (!form.grouped()) {
        String last = form.rank() == 1 ? "range_0" : form.rank() == 2 ? "range_1" : "range_2";
        out.append("  if ((long)get_global_id(0) >= %s) return;\n".formatted(last));
      }
      out.append("  Self self;\n").append(body);
      for (int d = 0; d < 3; d++) {
        out.append("  self.range_%d = range_%d;\n".formatted(d, d));
      }
      return out.append("  %s(&self);\n}\n".formatted(run)).toString();
    }
  }
}

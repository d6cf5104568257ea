package org.tombolo.opencl.codegen;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.tombolo.graph.DType;
import org.tombolo.opencl.kernel.Arg;

/// Parameters of a kernel and the arguments for them, kept in one order. Memory comes as a base and
/// an offset, which the first lines of the kernel add up.
final class Signature {
  private final List<String> parameters = new ArrayList<>();
  private final List<String> prologue = new ArrayList<>();
  private final List<Arg> args = new ArrayList<>();

  /// Memory that is read.
  Signature input(String name, DType dtype, int index) {
    return memory("global const ", name, dtype, new Arg.Input(index));
  }

  /// Memory that is written.
  Signature output(String name, DType dtype, int index) {
    return memory("global ", name, dtype, new Arg.Output(index));
  }

  /// Working memory that is read.
  Signature readScratch(String name, DType dtype, Arg.Scratch place) {
    return memory("global const ", name, dtype, place);
  }

  /// Working memory that is written.
  Signature writeScratch(String name, DType dtype, Arg.Scratch place) {
    return memory("global ", name, dtype, place);
  }

  private Signature memory(String space, String name, DType dtype, Arg arg) {
    String type = space + CType.stored(dtype);
    parameters.add("%schar *%s_base, const long %s_at".formatted(space, name, name));
    prologue.add("%s *%s = (%s *)(%s_base + %s_at);".formatted(type, name, type, name, name));
    args.add(arg);
    return this;
  }

  /// A count: an `int` where it fits, else a `long`.
  ///
  /// @param index type of the parameter
  Signature count(String index, String name, long value) {
    parameters.add("const %s %s".formatted(index, name));
    args.add(index.equals("int") ? new Arg.IntArg(Math.toIntExact(value)) : new Arg.LongArg(value));
    return this;
  }

  List<Arg> args() {
    return args;
  }

  /// Opens the function and sets up its pointers.
  ///
  /// @param group required work-items of a work-group
  void open(Code code, String name, long group) {
    StringJoiner list = new StringJoiner(",\n    ");
    parameters.forEach(list::add);
    code.line("kernel __attribute__((reqd_work_group_size(%d, 1, 1)))".formatted(group));
    code.open("void %s(\n    %s)".formatted(name, list));
    prologue.forEach(code::line);
  }
}

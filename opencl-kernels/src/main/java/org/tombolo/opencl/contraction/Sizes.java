package org.tombolo.opencl.contraction;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tombolo.opencl.contraction.Contraction.Axis;
import org.tombolo.opencl.contraction.Contraction.Window;
import org.tombolo.opencl.kernel.Arg;

/// The numbers of a contraction under the names that kernels use, and how they reach the kernels:
/// as parameters, so that one program serves many shapes, or written into the program, so that its
/// compiler can turn divisions into multiplications.
///
/// | name                   | meaning                                                    |
/// |------------------------|------------------------------------------------------------|
/// | `m_all`, `n_all`, ..   | indices of a group: `z`, `m`, `n` or `k`                   |
/// | `m0_size`              | extent of the group's axis 0                               |
/// | `m0_a`, `m0_c`         | stride of the axis in `a` and `c`                          |
/// | `m0_step`              | step of the axis along its window                          |
/// | `w0_offset`, ..        | a window's offset, `dilation`, `extent` and stride `a`     |
/// | `a_offset`, `b_offset` | first element                                              |
///
/// Strides of 1 and other numbers that decide how a loop is best compiled are always written into
/// the program. `at_t` is the type of element positions: `int` where that is enough.
final class Sizes {
  private final Map<String, Long> parameters = new LinkedHashMap<>();
  private final Map<String, Long> literals = new LinkedHashMap<>();
  private final boolean wide;
  private final boolean asLiterals;

  /// @param contraction whose numbers
  /// @param asLiterals whether all are written into the program
  Sizes(Contraction contraction, boolean asLiterals) {
    this.asLiterals = asLiterals;
    this.wide = reach(contraction) > Integer.MAX_VALUE;
    axes("z", contraction.batch(), contraction.z());
    axes("m", contraction.rows(), contraction.m());
    axes("n", contraction.cols(), contraction.n());
    axes("k", contraction.depth(), contraction.k());
    for (int w = 0; w < contraction.windows().size(); w++) {
      Window window = contraction.windows().get(w);
      put("w" + w + "_offset", window.offset());
      putShape("w" + w + "_dilation", window.dilation());
      put("w" + w + "_extent", window.extent());
      putShape("w" + w + "_a", window.stride());
    }
    putShape("a_offset", contraction.aOffset());
    putShape("b_offset", contraction.bOffset());
  }

  /// One more number, always a parameter of the kernel and of what it calls.
  Sizes with(String name, long value) {
    parameters.put(name, value);
    return this;
  }

  /// The lines that every program starts with: types, numbers, `SIZES` to end a parameter list and
  /// `PASS` to hand the parameters on.
  String header() {
    StringBuilder text = new StringBuilder();
    text.append("typedef ").append(wide ? "long" : "int").append(" at_t;\n");
    literals.forEach((name, value) ->
        text.append("#define ").append(name).append(" (").append(value).append(")\n"));
    StringBuilder declared = new StringBuilder("#define SIZES ");
    StringBuilder passed = new StringBuilder("#define PASS ");
    parameters
        .keySet()
        .forEach(name -> {
          declared.append(", const at_t ").append(name);
          passed.append(", ").append(name);
        });
    return text.append(declared).append("\n").append(passed).append("\n").toString();
  }

  /// Arguments for the parameters of `SIZES`.
  List<Arg> args() {
    List<Arg> args = new ArrayList<>();
    parameters
        .values()
        .forEach(
            value -> args.add(wide ? new Arg.LongArg(value) : new Arg.IntArg(value.intValue())));
    return args;
  }

  private void axes(String group, List<Axis> axes, long all) {
    put(group + "_all", all);
    for (int i = 0; i < axes.size(); i++) {
      Axis axis = axes.get(i);
      String name = group + i;
      put(name + "_size", axis.extent());
      putShape(name + "_a", axis.a());
      putShape(name + "_b", axis.b());
      putShape(name + "_c", axis.c());
      putShape(name + "_step", axis.step());
    }
  }

  /// A number on which the shape of the code depends where it is 0 or 1.
  private void putShape(String name, long value) {
    if (value == 0 || value == 1) {
      literals.put(name, value);
    } else {
      put(name, value);
    }
  }

  private void put(String name, long value) {
    (asLiterals ? literals : parameters).put(name, value);
  }

  /// An upper bound on every element position that a kernel computes, and on every index.
  private static long reach(Contraction contraction) {
    long a = Math.abs(contraction.aOffset());
    long b = Math.abs(contraction.bOffset());
    long c = 0;
    List<Axis> all = new ArrayList<>(contraction.batch());
    all.addAll(contraction.rows());
    all.addAll(contraction.cols());
    all.addAll(contraction.depth());
    long margin = 4096;
    for (Axis axis : all) {
      a += axis.extent() * Math.abs(axis.a());
      b += axis.extent() * Math.abs(axis.b());
      c += axis.extent() * Math.abs(axis.c());
      if (axis.window() >= 0) {
        a += axis.extent() * axis.step() * contraction.windows().get(axis.window()).stride();
      }
    }
    for (Window window : contraction.windows()) {
      a += (Math.abs(window.offset()) + window.extent() * window.dilation()) * window.stride();
    }
    return Math.max(a, Math.max(b, c)) + margin;
  }
}

package org.tombolo.opencl.codegen;

import java.util.function.BiConsumer;
import org.tombolo.device.Kernel;
import org.tombolo.graph.DType;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Softmax and cross-entropy, which look at whole rows of scores: the largest score, then the sum
/// of the exponentials of what is left when it is taken away, then the results.
///
/// On processors one work-item has a row and goes over it with vectors. On graphics processors a
/// work-group has a row, unless it is short.
final class RowKernels {
  private static final long SHORT_ROW = 64;

  private final Dialect dialect;
  private final DeviceLimits limits;

  RowKernels(Dialect dialect, DeviceLimits limits) {
    this.dialect = dialect;
    this.limits = limits;
  }

  /// Softmax along the last axis.
  Steps softmax(Kernel.Single single) {
    TensorType x = single.operand(0);
    Signature signature =
        new Signature().input("x", x.dtype(), single.operands().get(0)).output("out", x.dtype(), 0);
    Row row = new Row(x);
    return row.kernel(
        signature,
        () -> {
          row.writeExponentials(true);
          row.sweep((lanes, at) -> {
            row.code.line("const %s e = %s;", row.type(lanes), row.exponential(lanes, at));
            row.code.line(lanes.store(x.dtype(), "out", at, "e / " + row.all(lanes, "sum")));
          });
        });
  }

  /// Cross-entropy with labels: one number per row.
  Steps crossEntropy(Kernel.Single single) {
    TensorType x = single.operand(0);
    Signature signature =
        new Signature()
            .input("x", x.dtype(), single.operands().get(0))
            .input("labels", DType.I32, single.operands().get(1))
            .output("out", x.dtype(), 0);
    Row row = new Row(x);
    return row.kernel(
        signature,
        () -> {
          row.writeExponentials(false);
          row.once(() -> {
            row.code.line("const int label = labels[item];");
            row.code.line("%s loss = NAN;", row.type(Lanes.ONE));
            row.code.open("if (label >= 0 && label < %d)", row.length);
            row.code.line("loss = log(sum) - (%s - top);", row.at(Lanes.ONE, "row + label"));
            row.code.close();
            row.code.line(Lanes.ONE.store(x.dtype(), "out", "item", "loss"));
          });
        });
  }

  /// The gradient of cross-entropy in the scores.
  Steps crossEntropyGrad(Kernel.Single single) {
    TensorType x = single.operand(0);
    Signature signature =
        new Signature()
            .input("x", x.dtype(), single.operands().get(0))
            .input("labels", DType.I32, single.operands().get(1))
            .input("dy", x.dtype(), single.operands().get(2))
            .output("out", x.dtype(), 0);
    Row row = new Row(x);
    return row.kernel(
        signature,
        () -> {
          row.writeExponentials(false);
          row.code.line("const int label = labels[item];");
          row.code.line("%s g = NAN;", row.type(Lanes.ONE));
          row.code.line(
              "if (label >= 0 && label < %d) g = %s;",
              row.length, Lanes.ONE.load(x.dtype(), "dy", "item", 0));
          row.sweep((lanes, at) -> {
            String x1 = row.at(lanes, at);
            row.code.line("const %s e = exp(%s - %s);", row.type(lanes), x1, row.all(lanes, "top"));
            String value = "(e / %s) * %s".formatted(row.all(lanes, "sum"), row.all(lanes, "g"));
            if (lanes.scalar()) {
              value = "(e / sum - (%s == row + label ? 1 : 0)) * g".formatted(at);
            }
            row.code.line(lanes.store(x.dtype(), "out", at, value));
          });
          if (row.vectors) {
            // The vectors took no notice of the label.
            row.code.open("if (label >= 0 && label < %d)", row.length);
            row.code.line(
                "const %s e = exp(%s - top);",
                row.type(Lanes.ONE), row.at(Lanes.ONE, "row + label"));
            row.code.line(Lanes.ONE.store(x.dtype(), "out", "row + label", "(e / sum - 1) * g"));
            row.code.close();
          }
        });
  }

  /// A kernel that works on rows. Its variables: `item` is the number of the row, `row` the
  /// position of its first element, `top` the largest score, `sum` the sum of exponentials.
  private final class Row {
    private final Code code = new Code();
    private final TensorType x;
    private final DType dtype;
    private final long length;
    private final boolean byGroup;
    private final boolean vectors;
    private final int width;
    private final long group;
    private boolean stored;

    Row(TensorType x) {
      this.x = x;
      this.dtype = CType.accumulator(x.dtype());
      this.length = x.dim(x.rank() - 1);
      this.width = LoopKernels.width(limits);
      this.byGroup = dialect == Dialect.SIMT && length > SHORT_ROW;
      this.vectors = dialect == Dialect.SIMD && length >= width;
      long wanted =
          dialect == Dialect.SIMD ? (length < 256 ? 16 : 1) : byGroup && length < 1024 ? 64 : 256;
      this.group = Long.highestOneBit(Math.min(wanted, limits.maxWorkGroupSize()));
    }

    Steps kernel(Signature signature, Runnable write) {
      long rows = length == 0 ? x.shape().withDim(x.rank() - 1, 1).size() : x.size() / length;
      signature.open(code, "rows", group);
      if (byGroup) {
        code.line("local %s tree[%d];", type(Lanes.ONE), group);
        code.line("const int lane = get_local_id(0);");
        code.line("const long item = get_group_id(0);");
      } else {
        code.line("const long item = get_global_id(0);");
      }
      code.open("if (item < %d)", rows);
      code.line("const long row = item * %d;", length);
      write.run();
      code.close();
      code.close();
      KernelSource source = new KernelSource("rows", Prelude.complete(code.toString()));
      long items = byGroup ? rows * group : rows;
      return Steps.of(Step.line(source, "rows", signature.args(), items, group));
    }

    String type(Lanes lanes) {
      return lanes.type(dtype);
    }

    /// A variable of one lane in all lanes.
    String all(Lanes lanes, String name) {
      return lanes.scalar() ? name : lanes.all(dtype, name);
    }

    /// The scores at a position.
    String at(Lanes lanes, String position) {
      return lanes.load(x.dtype(), "x", position, 1);
    }

    /// Their exponentials, read back if they were stored before.
    String exponential(Lanes lanes, String position) {
      return stored
          ? lanes.load(x.dtype(), "out", position, 1)
          : "exp(%s - %s)".formatted(at(lanes, position), all(lanes, "top"));
    }

    /// Goes over the row, with vectors as far as they fit.
    void sweep(BiConsumer<Lanes, String> body) {
      if (byGroup) {
        code.open("for (long at = row + lane; at < row + %d; at += %d)", length, group);
        body.accept(Lanes.ONE, "at");
        code.close();
        return;
      }
      long whole = vectors ? length / width * width : 0;
      if (vectors) {
        code.open("for (long at = row; at < row + %d; at += %d)", whole, width);
        body.accept(new Lanes(width), "at");
        code.close();
      }
      if (whole < length) {
        code.open("for (long at = row + %d; at < row + %d; at++)", whole, length);
        body.accept(Lanes.ONE, "at");
        code.close();
      }
    }

    /// Something that only one work-item of a row does.
    void once(Runnable body) {
      if (byGroup) {
        code.open("if (lane == 0)");
        body.run();
        code.close();
      } else {
        body.run();
      }
    }

    /// Declares `top` and `sum`.
    ///
    /// @param keep whether to leave the exponentials in `out`; where that rounds them away they are
    ///   computed again instead
    void writeExponentials(boolean keep) {
      boolean store = keep && dtype == x.dtype();
      fold(
          "top",
          ReduceFn.MAX,
          (lanes, at) -> code.line("const %s v = %s;", type(lanes), at(lanes, at)));
      fold(
          "sum",
          ReduceFn.SUM,
          (lanes, at) -> {
            code.line("const %s v = %s;", type(lanes), exponential(lanes, at));
            if (store) {
              code.line(lanes.store(x.dtype(), "out", at, "v"));
            }
          });
      stored = store;
    }

    /// Folds what `value` declares as `v` into a new variable.
    private void fold(String name, ReduceFn fn, BiConsumer<Lanes, String> value) {
      code.line("%s %s = %s;", type(Lanes.ONE), name, Lanes.ONE.identity(fn, dtype));
      Lanes wide = new Lanes(width);
      String wideName = name + "_lanes";
      if (vectors) {
        code.line("%s %s = %s;", type(wide), wideName, wide.identity(fn, dtype));
      }
      sweep((lanes, at) -> {
        value.accept(lanes, at);
        step(lanes, fn, lanes.scalar() ? name : wideName, "v");
      });
      if (vectors) {
        String rest = wideName;
        for (int half = width / 2; half >= 1; half /= 2) {
          Lanes narrow = new Lanes(half);
          String low = "%s_low%d".formatted(name, half);
          code.line("%s %s = %s.lo;", type(narrow), low, rest);
          code.line("const %s %s_high%d = %s.hi;", type(narrow), name, half, rest);
          step(narrow, fn, low, "%s_high%d".formatted(name, half));
          rest = low;
        }
        step(Lanes.ONE, fn, name, rest);
      }
      if (byGroup) {
        code.line("tree[lane] = %s;", name);
        code.line("barrier(CLK_LOCAL_MEM_FENCE);");
        code.open("for (int half_size = %d; half_size > 0; half_size /= 2)", group / 2);
        code.open("if (lane < half_size)");
        code.line("const %s other = tree[lane + half_size];", type(Lanes.ONE));
        step(Lanes.ONE, fn, name, "other");
        code.line("tree[lane] = %s;", name);
        code.close();
        code.line("barrier(CLK_LOCAL_MEM_FENCE);");
        code.close();
        code.line("%s = tree[0];", name);
        code.line("barrier(CLK_LOCAL_MEM_FENCE);");
      }
    }

    private void step(Lanes lanes, ReduceFn fn, String accumulated, String value) {
      code.line("%s = %s;", accumulated, lanes.binary(fn.step(), dtype, accumulated, value));
    }
  }
}

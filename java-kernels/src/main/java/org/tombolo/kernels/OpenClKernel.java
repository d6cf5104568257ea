package org.tombolo.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;

/// An operation written in OpenCL C, for what Java kernels cannot say: vector types, `float4`
/// loads, built-in functions, work-group tricks.
///
/// ```java
/// Node z =
///     OpenClKernel.source("saxpy", """
///             kernel void saxpy(global const float *x, global float *y, const float a) {
///               size_t i = get_global_id(0);
///               y[i] = a * x[i] + y[i];
///             }
///             """)
///         .reads("x", DType.F32)
///         .updates("y", DType.F32)
///         .scalar("a", 2f)
///         .call(Range.of(n), x, y);
/// ```
///
/// The accessors have the names of the parameters of the kernel function: those that read take the
/// operands of a call, those that write give its results, both in the order in which they are
/// declared here. The source is a program in OpenCL C 1.2 with one kernel function of the given
/// name, whole: without `#include`. Dimensions are OpenCL's: the first extent of the range is that
/// of `get_global_id(0)`. If the range has no groups, the device chooses some that divide it.
///
/// It runs on OpenCL devices alone, unless a Java kernel is given that does the same. There are no
/// generated checks: an access out of range is as undefined as ever.
///
/// @param name of the kernel function
/// @param text the program
/// @param accessors parameters that are memory
/// @param scalars parameters that are numbers
/// @param java the same as a Java kernel; null if there is none
/// @param gradient its gradient; null if there is none
/// @param flopsPerItem arithmetic operations of one work-item, about
public record OpenClKernel(
    String name,
    String text,
    List<Access> accessors,
    List<Scalar> scalars,
    @Nullable Kernel java,
    @Nullable Gradient gradient,
    long flopsPerItem) {

  private static final long FLOPS = 10;

  /// Copies the lists.
  public OpenClKernel {
    accessors = List.copyOf(accessors);
    scalars = List.copyOf(scalars);
  }

  /// A program without parameters yet.
  ///
  /// @param name of the kernel function in it
  /// @param text the program
  public static OpenClKernel source(String name, String text) {
    return new OpenClKernel(name, text, List.of(), List.of(), null, null, FLOPS);
  }

  /// The same with one more parameter: memory of an operand, `global const T *name`.
  public OpenClKernel reads(String parameter, DType dtype) {
    return with(new Access(parameter, dtype, Mode.READS, Optional.empty()));
  }

  /// The same with one more parameter: memory of a result, `global T *name`, which begins with
  /// zeros.
  public OpenClKernel writes(String parameter, TensorType result) {
    return with(new Access(parameter, result.dtype(), Mode.WRITES, Optional.of(result)));
  }

  /// The same with one more parameter: memory of a result, `global T *name`, which begins with the
  /// elements of an operand, and has its type.
  public OpenClKernel updates(String parameter, DType dtype) {
    return with(new Access(parameter, dtype, Mode.UPDATES, Optional.empty()));
  }

  private OpenClKernel with(Access access) {
    List<Access> more = new ArrayList<>(accessors);
    more.add(access);
    return new OpenClKernel(name, text, more, scalars, java, gradient, flopsPerItem);
  }

  /// The same with one more parameter: an `int`, `long`, `float` or `double`.
  ///
  /// @param value an Integer, Long, Float or Double
  public OpenClKernel scalar(String parameter, Number value) {
    List<Scalar> more = new ArrayList<>(scalars);
    more.add(new Scalar(parameter, value));
    return new OpenClKernel(name, text, accessors, more, java, gradient, flopsPerItem);
  }

  /// The same with a Java kernel for the reference and for devices that are not OpenCL's, with the
  /// same accessors in the same order.
  public OpenClKernel orInJava(Kernel kernel) {
    return new OpenClKernel(name, text, accessors, scalars, kernel, gradient, flopsPerItem);
  }

  /// The same with a gradient.
  public OpenClKernel withGradient(Gradient rule) {
    return new OpenClKernel(name, text, accessors, scalars, java, rule, flopsPerItem);
  }

  /// The same with another guess at the operations of a work-item.
  public OpenClKernel withFlopsPerItem(long flops) {
    return new OpenClKernel(name, text, accessors, scalars, java, gradient, flops);
  }

  /// Adds a call to the graph of its operands.
  ///
  /// @param range the work-items
  /// @param operands for each accessor that reads; at least one
  /// @return the result
  /// @throws KernelException if the source does not have these parameters, or gives several results
  public Node call(Range range, Node... operands) {
    if (operands.length == 0) {
      throw new KernelException(
          "kernel %s: called without operands; need one, which tells the graph".formatted(name),
          "callIn(graph, range)");
    }
    List<Node> results = callIn(operands[0].builder(), range, operands);
    if (results.size() != 1) {
      throw new KernelException(
          "kernel %s: gives %d results; need one".formatted(name, results.size()),
          "callIn(graph, range, operands)");
    }
    return results.getFirst();
  }

  /// Adds a call to a graph.
  ///
  /// @param graph where to
  /// @param range the work-items
  /// @param operands for each accessor that reads
  /// @return the results, one for each accessor that writes
  /// @throws KernelException if the source does not have these parameters
  public List<Node> callIn(GraphBuilder graph, Range range, Node... operands) {
    return graph.custom(SourceCall.of(this, range), List.of(operands));
  }

  /// What is done with memory.
  public enum Mode {
    /// An operand.
    READS,
    /// A result that begins with zeros.
    WRITES,
    /// A result that begins with an operand.
    UPDATES
  }

  /// A parameter that is memory.
  ///
  /// @param name of the parameter
  /// @param dtype of the elements
  /// @param mode what is done with it
  /// @param result the type of a result that begins with zeros
  public record Access(String name, DType dtype, Mode mode, Optional<TensorType> result) {
    boolean reads() {
      return mode != Mode.WRITES;
    }

    boolean writes() {
      return mode != Mode.READS;
    }
  }

  /// A parameter that is a number.
  ///
  /// @param name of the parameter
  /// @param value an Integer, Long, Float or Double
  public record Scalar(String name, Number value) {}

  /// A gradient made of operations or of further kernels.
  @FunctionalInterface
  public interface Gradient {
    /// As [Kernel#gradient].
    List<Optional<Node>> of(List<Node> operands, List<Node> results, List<Node> dys);
  }
}

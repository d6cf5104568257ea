package org.tombolo.kernels;

import java.util.List;
import java.util.Optional;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.TensorType;

/// An operation that a user writes: code that each work-item of a [Range] runs.
///
/// ```java
/// final class Saxpy extends Kernel {
///   private final float a;
///   private final Floats.Reader x = new Floats.Reader();
///   private final Floats.ReadWriter y = new Floats.ReadWriter();
///
///   Saxpy(float a) {
///     this.a = a;
///   }
///
///   @Override
///   protected List<TensorType> results(List<TensorType> operands) {
///     return List.of(operands.get(1));
///   }
///
///   @Override
///   protected void run(Item item) {
///     int i = item.globalId(0);
///     y.set(i, a * x.get(i) + y.get(i));
///   }
/// }
/// // in a graph: Node z = new Saxpy(2).call(Range.of(n), x, y);
/// ```
///
/// Fields are accessors, or scalars: numbers and booleans, which the work-items read and which are
/// part of the value of the operation. Accessors that read take the operands of a call, those that
/// write give its results, both in the order of their declaration, superclasses first.
///
/// `run`, and the methods of the class that it calls, are restricted to what all devices can do:
/// numbers, accessors, the item, `Math`, branches and loops. The class is checked when a call of it
/// is added to a graph, and what cannot be is an error with the line of source. On the JVM it runs
/// as it is, elsewhere as OpenCL C that is made from its bytecode. Arithmetic is Java's: integers
/// wrap, conversions saturate. Floats agree but for division and the functions of `Math`, which
/// devices may compute within a few units in the last place. Dividing an integer by zero is an
/// error on the JVM and, with checks, on every device; without, it gives 0. Nothing can end a
/// work-item that loops forever.
public abstract class Kernel implements Cloneable {
  /// For subclasses.
  protected Kernel() {}

  /// The shape rule: types of the results, one for each accessor that writes, in order of
  /// declaration. That of an accessor which reads, too, is the type of its operand.
  ///
  /// @param operands types of the operands, whose element types fit their accessors
  /// @throws ShapeException that names the kernel, if they do not fit
  protected abstract List<TensorType> results(List<TensorType> operands);

  /// What one work-item does.
  protected abstract void run(Item item);

  /// The gradient, made of operations or of further kernels; without it, differentiating through
  /// the kernel is an error.
  ///
  /// @param operands of the call
  /// @param results all results of the call
  /// @param dys for each result its gradient; zeros where nothing depends on it
  /// @return for each operand a node of its type, or nothing for zero
  protected List<Optional<Node>> gradient(List<Node> operands, List<Node> results, List<Node> dys) {
    throw new ShapeException(
        "gradient: kernel %s has none; need one to differentiate through it".formatted(name()),
        "override gradient(operands, results, dys)");
  }

  /// Arithmetic operations of one work-item, about, by which a device is chosen.
  protected long flopsPerItem() {
    return 10;
  }

  /// Adds a call to the graph of its operands.
  ///
  /// @param range the work-items
  /// @param operands for each accessor that reads, in order of declaration; at least one
  /// @return the result
  /// @throws KernelException if the class cannot run on a device, or gives several results
  /// @throws ShapeException if the operands do not fit
  public final Node call(Range range, Node... operands) {
    List<Node> results = callAll(range, operands);
    if (results.size() != 1) {
      throw new KernelException(
          "kernel %s: gives %d results; need one".formatted(name(), results.size()),
          "callAll(range, operands)");
    }
    return results.getFirst();
  }

  /// Adds a call to the graph of its operands, of any number of results.
  ///
  /// @param range the work-items
  /// @param operands for each accessor that reads, in order of declaration; at least one
  /// @return the results, one for each accessor that writes
  /// @throws KernelException if the class cannot run on a device
  /// @throws ShapeException if the operands do not fit
  public final List<Node> callAll(Range range, Node... operands) {
    if (operands.length == 0) {
      throw new KernelException(
          "kernel %s: called without operands; need one, which tells the graph".formatted(name()),
          "callIn(graph, range)");
    }
    return callIn(operands[0].builder(), range, operands);
  }

  /// Adds a call to a graph, maybe without operands.
  ///
  /// @param graph where to
  /// @param range the work-items
  /// @param operands for each accessor that reads, in order of declaration
  /// @return the results, one for each accessor that writes
  /// @throws KernelException if the class cannot run on a device
  /// @throws ShapeException if the operands do not fit
  public final List<Node> callIn(GraphBuilder graph, Range range, Node... operands) {
    return graph.custom(KernelCall.of(this, range), List.of(operands));
  }

  /// What messages call it.
  final String name() {
    String simple = getClass().getSimpleName();
    return simple.isEmpty() ? getClass().getName() : simple;
  }

  @Override
  protected final Kernel clone() {
    try {
      return (Kernel) super.clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }
}

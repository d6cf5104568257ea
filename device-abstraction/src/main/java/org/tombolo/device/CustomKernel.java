package org.tombolo.device;

import java.util.List;
import java.util.OptionalInt;
import org.tombolo.graph.CustomFunction;
import org.tombolo.graph.TensorType;

/// A function from outside that comes in forms that drivers run: work-items over a range, which
/// read operands and write results.
///
/// A result begins with the elements of one of the operands, or with zeros: whoever runs the
/// function sees to that before the first work-item begins, and may let such a result lie in the
/// memory of its operand if nobody else reads it. A driver takes the form that it knows and refuses
/// the function where there is none.
public interface CustomKernel extends CustomFunction {
  /// The operand whose elements a result begins with, of the same type; empty if it begins with
  /// zeros.
  ///
  /// @param result position among the results
  OptionalInt initial(int result);

  /// The form for the JVM's own memory.
  ///
  /// @param in types of the operands, which [#infer] accepts
  Form<HostProgram> hostProgram(List<TensorType> in);

  /// The form in OpenCL C.
  ///
  /// @param in types of the operands, which [#infer] accepts
  Form<SourceProgram> sourceProgram(List<TensorType> in);

  /// A form, or why there is none.
  sealed interface Form<P> {
    /// There is one.
    record Given<P>(P program) implements Form<P> {}

    /// There is none.
    ///
    /// @param reason a part of a sentence that names the kernel
    record Missing<P>(String reason) implements Form<P> {}
  }
}

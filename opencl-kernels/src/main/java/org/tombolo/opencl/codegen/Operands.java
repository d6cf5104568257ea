package org.tombolo.opencl.codegen;

import java.util.List;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Turns arguments that number the operands of an operation into ones that number the inputs of a
/// region, where an input may be several operands or the order may differ.
final class Operands {
  private Operands() {}

  static Steps toInputs(Steps steps, List<Integer> operands) {
    return new Steps(
        steps.steps().stream()
            .map(step ->
                new Step(
                    step.source(),
                    step.kernel(),
                    step.args().stream().map(arg -> toInput(arg, operands)).toList(),
                    step.global(),
                    step.local()))
            .toList(),
        steps.scratchBytes());
  }

  private static Arg toInput(Arg arg, List<Integer> operands) {
    return switch (arg) {
      case Arg.Input(int operand) -> new Arg.Input(operands.get(operand));
      case Arg.Output _, Arg.Scratch _, Arg.IntArg _, Arg.LongArg _, Arg.FloatArg _, Arg.Local _ ->
          arg;
    };
  }
}

package org.tombolo.opencl.kernel;

import java.util.List;
import org.tombolo.device.Slice;

/// One kernel launch.
///
/// @param source program that holds the kernel
/// @param kernel name of the kernel function
/// @param args arguments in the order of its parameters; see [Arg]
/// @param global work-items per dimension, one to three dimensions; multiples of `local`. Any 0
///   makes the step do nothing
/// @param local work-items of a work-group per dimension
public record Step(
    KernelSource source, String kernel, List<Arg> args, List<Long> global, List<Long> local) {

  /// Name of kernels whose first argument is copied to their second: nothing to do where both lie
  /// in the same memory.
  public static final String CARRY = "carry";

  /// Copies the lists and checks the sizes.
  public Step {
    args = List.copyOf(args);
    global = List.copyOf(global);
    local = List.copyOf(local);
    boolean fits = !global.isEmpty() && global.size() <= 3 && local.size() == global.size();
    for (int i = 0; fits && i < global.size(); i++) {
      fits = global.get(i) >= 0 && local.get(i) >= 1 && global.get(i) % local.get(i) == 0;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "step %s: global %s, local %s; need one to three dimensions, each a multiple of its local"
              .formatted(kernel, global, local));
    }
  }

  /// A launch over a line of work-items.
  ///
  /// @param items work-items, rounded up here to a multiple of `group`
  /// @param group work-items of a work-group
  public static Step line(
      KernelSource source, String kernel, List<Arg> args, long items, long group) {
    return new Step(
        source, kernel, args, List.of(Math.ceilDiv(items, group) * group), List.of(group));
  }

  /// Whether it only copies memory to itself.
  public boolean isInPlace(List<Slice> inputs, List<Slice> outputs) {
    return kernel.equals(CARRY)
        && args.get(0) instanceof Arg.Input(int input)
        && args.get(1) instanceof Arg.Output(int output)
        && inputs.get(input).equals(outputs.get(output));
  }

  /// Whether it has no work-items.
  public boolean isEmpty() {
    return global.contains(0L);
  }
}

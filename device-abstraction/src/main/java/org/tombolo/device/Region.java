package org.tombolo.device;

import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// A piece of graph that runs as one unit on one device.
///
/// The body's [inputs][Graph#inputs] and [outputs][Graph#outputs], by position, are what it reads
/// and writes; it has no variables and no assigns. It takes one of three forms, which [Kernel#of]
/// tells apart:
///
/// * a **loop**: elementwise operations over one iteration space, which read inputs directly or
///   through movement, and end in any number of outputs of that space or in a single reduction;
/// * a **single operation** of any kind, applied to the inputs; of a function from outside
///   ([Op.Custom]) several results at once;
/// * a **contraction with its epilogue**, on devices that ask for it ([RegionLimits#epilogues]): a
///   dot or a convolution of inputs, and a loop that reads its result at the very point that it
///   writes.
///
/// @param name label for messages, such as `conv1/dot`
/// @param body what to compute
public record Region(String name, Graph body) {

  /// Checks that the body is free of state and has an output.
  public Region {
    for (Node node : body.nodes()) {
      if (node.op() instanceof Op.Variable || node.op() instanceof Op.Assign) {
        throw new IllegalArgumentException(
            "region %s: has %s; need a body without state".formatted(name, node));
      }
    }
    if (body.outputs().isEmpty()) {
      throw new IllegalArgumentException("region %s: has no output".formatted(name));
    }
  }
}

package org.tombolo.scheduler.calibration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// A region whose time says something about a device, at any size, with an answer that is cheap to
/// check.
///
/// The extent that grows is the first one of every result, and of some inputs: the rows. Of those,
/// the first [#TILE] are repeated over and over, so the results repeat as well, and the reference
/// has to work out no more than those rows, whatever the size.
///
/// @param name for messages
/// @param rows how many it has at the smallest, a multiple of [#TILE]
/// @param indices for each input that holds indices, by name, how many there are to choose from
/// @param region the graph of it with so many rows
record Trial(String name, long rows, Map<String, Long> indices, LongFunction<Graph> region) {
  /// Rows that differ.
  static final int TILE = 2;

  /// An odd number near the golden section of 2^16: multiples of it are spread out.
  private static final long STRIDE = 40_503;

  /// Inputs with [#TILE] rows: numbers from 0.5 to 1.5, small whole numbers, indices.
  List<Tensor> tile() {
    List<Tensor> inputs = new ArrayList<>();
    for (Node node : region.apply(TILE).inputs()) {
      String input = ((Op.Input) node.op()).name();
      TensorType type = node.type();
      inputs.add(
          type.dtype().isFloat()
              ? Tensor.filled(type, i -> 0.5 + (i * STRIDE % 65_536) / 65_536.0)
              : Tensor.wholes(type, i -> i * STRIDE % whole(input, type.dtype())));
    }
    return inputs;
  }

  private long whole(String input, DType dtype) {
    return indices.getOrDefault(input, dtype == DType.BOOL ? 2L : 7L);
  }

  /// The right results for [#TILE] rows.
  List<Tensor> expected() {
    return Reference.run(region.apply(TILE), tile());
  }
}

package org.tombolo.scheduler.calibration;

import java.util.EnumMap;
import java.util.Map;
import org.tombolo.device.Region;
import org.tombolo.graph.Cost;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// What a region asks of a device.
///
/// @param family what share of the device's rates it can hope for
/// @param flops arithmetic operations as [Cost] counts them, by the type that they work on
/// @param bytes read from and written to memory
public record Work(Family family, Map<DType, Double> flops, double bytes) {

  /// One operation, with operands and result in memory.
  public static Work of(Node node) {
    Cost cost = Cost.of(node);
    return new Work(
        Family.of(node.op()), Map.of(computed(node), (double) cost.flops()), cost.bytes());
  }

  /// A region: its inputs are read once and its outputs written once, whatever it does in between.
  public static Work of(Region region) {
    Graph body = region.body();
    Map<DType, Double> flops = new EnumMap<>(DType.class);
    Family family = Family.ELEMENTWISE;
    for (Node node : body.nodes()) {
      flops.merge(computed(node), (double) Cost.of(node).flops(), Double::sum);
      Family own = Family.of(node.op());
      family = own == Family.ELEMENTWISE ? family : own;
    }
    double bytes = 0;
    for (Node node : body.inputs()) {
      bytes += node.type().bytes();
    }
    for (Node node : body.outputs().values()) {
      bytes += node.type().bytes();
    }
    return new Work(family, flops, bytes);
  }

  /// A copy of this many bytes within the device.
  public static Work copy(long bytes) {
    return new Work(Family.MOVEMENT, Map.of(), 2.0 * bytes);
  }

  /// The type that an operation works on: that of its first operand, behind the condition of a
  /// selection.
  private static DType computed(Node node) {
    return node.inputs().isEmpty() || node.op() instanceof Op.Select
        ? node.dtype()
        : node.input(0).dtype();
  }
}

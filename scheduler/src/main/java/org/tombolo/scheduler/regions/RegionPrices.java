package org.tombolo.scheduler.regions;

import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.scheduler.calibration.Calibration;
import org.tombolo.scheduler.calibration.Family;
import org.tombolo.scheduler.calibration.Work;

/// What regions cost: the time that they take by the calibration of their device, and the memory
/// that values are kept in from the region that makes them to the last one that reads them. A byte
/// that is kept all the run long is as dear as one that is moved once, so this decides where times
/// are nearly equal and what is kept is much.
final class RegionPrices {
  private final Graph graph;
  private final List<Calibration> speeds;
  private final double steps;
  private final Map<Node, Work> works = new HashMap<>();

  RegionPrices(Graph graph, List<Calibration> speeds) {
    this.graph = graph;
    this.speeds = speeds;
    this.steps = Math.max(1, graph.nodes().size());
  }

  /// Expected seconds of a block.
  ///
  /// @param reads what it reads from memory
  double seconds(Block block, Collection<Node> reads) {
    Map<DType, Double> flops = new EnumMap<>(DType.class);
    Family family = Family.ELEMENTWISE;
    for (Node member : block.members()) {
      Work work = works.computeIfAbsent(member, Work::of);
      work.flops().forEach((dtype, count) -> flops.merge(dtype, count, Double::sum));
      family = work.family() == Family.ELEMENTWISE ? family : work.family();
    }
    double bytes = 0;
    for (Node read : reads) {
      bytes += read.type().bytes();
    }
    for (Node stored : block.stored()) {
      bytes += stored.type().bytes();
    }
    return speeds.get(block.device()).seconds(new Work(family, flops, bytes));
  }

  /// When a block runs, as a position in the graph: as soon as the first that wants something of it
  /// could, but not before what it reads is there.
  ///
  /// @param reads the values that it reads
  int when(Block block, Collection<Node> reads) {
    int when = Integer.MAX_VALUE;
    for (Node stored : block.stored()) {
      when = Math.min(when, graph.position(stored));
    }
    for (Node read : reads) {
      when = Math.max(when, isKeptAnyway(read) ? 0 : graph.position(read));
    }
    return when;
  }

  /// What it costs to keep a value, in seconds.
  ///
  /// @param device whose memory it is
  /// @param from when it is made
  /// @param to when it is read last
  double keeping(Node value, int device, int from, int to) {
    if (isKeptAnyway(value) || to <= from) {
      return 0;
    }
    double share = (to - from) / steps;
    return share
        * value.type().bytes()
        / Objects.requireNonNull(speeds.get(device)).bytesPerSecond();
  }

  /// Whether a value has memory of its own whoever reads it.
  static boolean isKeptAnyway(Node value) {
    return value.op() instanceof Op.Input
        || value.op() instanceof Op.Variable
        || value.op() instanceof Op.Constant;
  }
}

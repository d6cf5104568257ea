package org.tombolo.scheduler;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.UnaryFn;

/// Operations that are made anew on every device that reads them, because that never costs more
/// than to make them once and to move the result: shapes, masks, counters, changes of layout.
///
/// An operation is one of them if on every device, making it there takes no longer than bringing it
/// there, even if all that it is made of has to be brought for it alone; and if bringing all that
/// down takes no longer than bringing its result down. Then each placement that has it on one
/// device costs at least as much as the same placement with a copy wherever it is read: the copy at
/// the home is what was there before, each other copy takes the place of an upload, and downloads
/// of what it is made of take the place of its own. So nothing is lost by deciding this before the
/// cut, which then has fewer operations to decide on.
///
/// Only operations that give the same bits on every device are repeated, so that all that read a
/// value read the same one.
final class Replicas {
  /// What a value takes, on each device, beyond what is there.
  ///
  /// @param make time to have it on a device, if nothing it is made of is there
  /// @param sources time to bring what it is made of down, from each device
  @SuppressWarnings("ArrayRecordComponent")
  private record Supply(double[] make, double[] sources) {}

  private final PlacementRequest request;
  private final Estimates estimates;
  private final int devices;
  private final Map<Node, Supply> supplies = new HashMap<>();
  private final Map<Node, double[]> replicas = new HashMap<>();

  private Replicas(PlacementRequest request, Estimates estimates) {
    this.request = request;
    this.estimates = estimates;
    this.devices = request.devices().size();
  }

  /// The operations to repeat, each with its time on each device, in seconds.
  ///
  /// @param mirrored time to bring variables to each device that may be on several
  /// @param bound operations that belong to one device: results, and what is pinned or tied
  static Map<Node, double[]> of(
      PlacementRequest request,
      Estimates estimates,
      Map<Node, double[]> mirrored,
      Set<Node> bound) {
    Replicas found = new Replicas(request, estimates);
    for (Node node : request.graph().nodes()) {
      found.add(node, mirrored, bound);
    }
    return found.replicas;
  }

  private void add(Node node, Map<Node, double[]> mirrored, Set<Node> bound) {
    double[] none = new double[devices];
    if (Placement.isEverywhere(node)) {
      supplies.put(node, new Supply(none, none));
    } else if (mirrored.containsKey(node)) {
      supplies.put(node, new Supply(Objects.requireNonNull(mirrored.get(node)), none));
    } else if (node.op() instanceof Op.Input) {
      supplies.put(node, new Supply(up(node), none));
    } else {
      if (isExact(node) && !bound.contains(node) && node.type().bytes() > 0) {
        replicate(node);
      }
      supplies.computeIfAbsent(node, key -> new Supply(up(key), down(key)));
    }
  }

  private void replicate(Node node) {
    double[] own = new double[devices];
    double[] make = new double[devices];
    double[] sources = new double[devices];
    double[] up = up(node);
    double[] down = down(node);
    for (int device = 0; device < devices; device++) {
      if (estimates.refusal(device, node).isPresent()) {
        return;
      }
      own[device] = estimates.seconds(device, node);
      make[device] = own[device];
      for (Node operand : node.inputs().stream().distinct().toList()) {
        Supply supply = Objects.requireNonNull(supplies.get(operand));
        make[device] += supply.make()[device];
        sources[device] += supply.sources()[device];
      }
      if (make[device] > up[device] || sources[device] > down[device]) {
        return;
      }
    }
    replicas.put(node, own);
    supplies.put(node, new Supply(make, sources));
  }

  private double[] up(Node node) {
    return request.speeds().stream()
        .mapToDouble(speed -> speed.link().upSeconds(node.type().bytes()))
        .toArray();
  }

  private double[] down(Node node) {
    return request.speeds().stream()
        .mapToDouble(speed -> speed.link().downSeconds(node.type().bytes()))
        .toArray();
  }

  /// Whether an operation gives the same bits on every device: it moves elements, compares, counts,
  /// computes with whole numbers, or rounds at most once.
  private static boolean isExact(Node node) {
    return switch (node.op()) {
      case Op.Reshape _,
          Op.Permute _,
          Op.Broadcast _,
          Op.Slice _,
          Op.Reverse _,
          Op.Pad _,
          Op.Concat _,
          Op.Gather _,
          Op.Iota _,
          Op.RandomBits _,
          Op.Compare _,
          Op.Select _,
          Op.Cast _ ->
          true;
      case Op.Unary(UnaryFn fn) ->
          !node.dtype().isFloat()
              || Arrays.asList(UnaryFn.NEG, UnaryFn.ABS, UnaryFn.SIGN, UnaryFn.FLOOR).contains(fn);
      case Op.Binary(BinaryFn fn) ->
          !node.dtype().isFloat()
              || Arrays.asList(BinaryFn.MUL, BinaryFn.MAX, BinaryFn.MIN).contains(fn);
      case Op.Input _,
          Op.Constant _,
          Op.Variable _,
          Op.Reduce _,
          Op.Dot _,
          Op.Conv _,
          Op.ReduceWindow _,
          Op.WindowMaxGrad _,
          Op.ScatterAdd _,
          Op.Scan _,
          Op.ArgReduce _,
          Op.ArgSort _,
          Op.Assign _,
          Op.Call _,
          Op.Control _,
          Op.Custom _ ->
          false;
    };
  }
}

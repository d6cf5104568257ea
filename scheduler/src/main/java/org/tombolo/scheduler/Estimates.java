package org.tombolo.scheduler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Device;
import org.tombolo.device.Kernel;
import org.tombolo.graph.Composite;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.calibration.Calibration;
import org.tombolo.scheduler.calibration.Work;
import org.tombolo.scheduler.regions.ControlRun;
import org.tombolo.scheduler.regions.Movement;
import org.tombolo.scheduler.schedule.DeviceArena;

/// What running a node takes on each device, and what a device cannot run.
final class Estimates {
  /// What a branch or a loop takes on a device, or why it cannot run.
  private record Inside(double seconds, @Nullable String refusal) {}

  /// A composite on a device.
  private record Part(int device, Composite function, List<TensorType> operands) {}

  private final List<Device> devices;
  private final List<Calibration> speeds;
  private final PlanOptions options;
  private final Map<ControlRun, List<Node>> runs;
  private final Map<List<?>, Inside> known = new HashMap<>();
  private final Map<Part, Optional<String>> parts = new HashMap<>();

  Estimates(PlacementRequest request) {
    this.devices = request.devices();
    this.speeds = request.speeds();
    this.options = request.rules().options();
    this.runs = ControlRun.of(request.graph());
  }

  /// Why a device cannot run a node; a composite that it refuses runs as its decomposition.
  Optional<String> refusal(int device, Node node) {
    return tooLarge(devices.get(device), node).or(() -> refusalOf(device, node));
  }

  /// Why a device has no buffer for what a node reads or makes. Movement is part of the reads, and
  /// what it makes need never be in memory.
  private static Optional<String> tooLarge(Device device, Node node) {
    if (Movement.is(node) || Placement.isEverywhere(node)) {
      return Optional.empty();
    }
    return Stream.concat(
            Stream.of(node), node.inputs().stream().filter(operand -> !Movement.is(operand)))
        .filter(value -> value.type().bytes() > DeviceArena.chunkBytes(device))
        .findFirst()
        .map(value ->
            "%s takes %,d bytes, its largest buffer %,d"
                .formatted(value, value.type().bytes(), device.largestAllocation()));
  }

  private Optional<String> refusalOf(int device, Node node) {
    return switch (node.op()) {
      case Op.Input _, Op.Constant _, Op.Variable _, Op.Assign _ -> Optional.empty();
      case Op.Call(Composite function) ->
          parts.computeIfAbsent(
              new Part(device, function, node.inputs().stream().map(Node::type).toList()),
              part -> refusal(part, devices.get(part.device())));
      case Op.Control _ -> Optional.ofNullable(inside(device, ControlRun.of(node)).refusal());
      default ->
          devices.get(device).refusal(node.op(), node.inputs().stream().map(Node::type).toList());
    };
  }

  private Optional<String> refusal(Part part, Device device) {
    if (device.refusal(new Op.Call(part.function()), part.operands()).isEmpty()) {
      return Optional.empty();
    }
    return part.function().graph(part.operands()).nodes().stream()
        .flatMap(node -> refusal(part.device(), node).stream())
        .findFirst();
  }

  /// Time of a node. Elementwise operations fuse, so only what starts a kernel of its own pays for
  /// the start, and movement becomes part of what reads it. Of the results of one branch or loop
  /// the first bears it all.
  double seconds(int index, Node node) {
    if (node.op() instanceof Op.Control) {
      ControlRun run = ControlRun.of(node);
      boolean first = Objects.requireNonNull(runs.get(run)).getFirst() == node;
      return first ? inside(index, run).seconds() : 0;
    }
    if (Movement.is(node)) {
      return 0;
    }
    Calibration speed = speeds.get(index);
    boolean starts = Kernel.isSingle(node.op()) || node.op() instanceof Op.Reduce;
    double full = speed.seconds(Work.of(node));
    return starts ? full : full - speed.launchSeconds();
  }

  private Inside inside(int device, ControlRun run) {
    List<?> key = List.of(device, run);
    Inside found = known.get(key);
    if (found == null) {
      found = place(device, run);
      known.put(key, found);
    }
    return found;
  }

  private double inside(Graph graph, ControlRun run, Map<String, Integer> homes) {
    Graph simple = Blueprint.simplified(graph, devices);
    String scope = Objects.requireNonNull(runs.get(run)).getFirst().scope();
    PlacementRules rules = PlacementRules.of(graph, simple, devices, homes, options.inside(scope));
    return Placement.of(new PlacementRequest(simple, devices, speeds, homes, Map.of(), rules))
        .seconds();
  }

  /// Places what is inside, with its operands and results on a device.
  private Inside place(int device, ControlRun run) {
    ControlGraphs graphs = ControlPlan.graphs(run, Objects.requireNonNull(runs.get(run)));
    Map<String, Integer> homes = new HashMap<>();
    graphs.variables().forEach((name, _) -> homes.put(name, device));
    try {
      List<Double> parts = graphs.all().stream().map(graph -> inside(graph, run, homes)).toList();
      double seconds =
          switch (run.flow()) {
            case ControlFlow.If _ -> Math.max(parts.get(0), parts.get(1));
            case ControlFlow.While loop -> parts.get(0) + loop.expectedTrips() * parts.get(1);
          };
      return new Inside(seconds, null);
    } catch (PlacementException e) {
      String why =
          String.valueOf(e.getMessage())
              .lines()
              .map(String::strip)
              .filter(line -> !line.startsWith("try:"))
              .collect(Collectors.joining(" "));
      return new Inside(0, why);
    }
  }
}

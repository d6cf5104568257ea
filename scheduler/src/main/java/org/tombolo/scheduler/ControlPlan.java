package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.calibration.Calibration;
import org.tombolo.scheduler.regions.ControlRun;
import org.tombolo.scheduler.regions.Regions;
import org.tombolo.scheduler.schedule.ControlCost;
import org.tombolo.scheduler.schedule.MemoryPlan;

/// A branch or a loop, planned: the graphs inside are plans of their own, whose variables lie on
/// the device that was chosen for the whole. Each is placed anew, so what that device cannot run
/// runs elsewhere.
///
/// @param flow what decides which plans run
/// @param variables the memory that they work on
/// @param own those of the variables that no operand and no result has memory for: carried values
///   that nobody else wants, and rows
/// @param parts plans of the graphs inside, as [ControlGraphs#all] lists them
record ControlPlan(
    ControlFlow flow,
    LentVariables variables,
    SequencedMap<String, TensorType> own,
    List<Blueprint> parts) {

  static ControlPlan of(
      Regions.Controlled placed,
      List<Device> devices,
      List<Calibration> speeds,
      PlanOptions options,
      Placer placer) {
    ControlRun run = ControlRun.of(placed.outputs().getFirst());
    PlanOptions inside = options.inside(placed.outputs().getFirst().scope());
    ControlGraphs graphs = graphs(run, placed.outputs());
    LentVariables variables = new LentVariables(graphs.variables(), devices.get(placed.device()));
    List<Blueprint> parts = new ArrayList<>();
    try {
      for (Graph graph : graphs.all()) {
        parts.add(
            Blueprint.of(
                graph, variables, devices, speeds, ByteMeter.Purpose.DECISION, inside, placer));
      }
      return new ControlPlan(placed.flow(), variables, own(placed, variables, parts), parts);
    } catch (RuntimeException e) {
      parts.forEach(Blueprint::close);
      throw e;
    }
  }

  private static SequencedMap<String, TensorType> own(
      Regions.Controlled placed, LentVariables variables, List<Blueprint> parts) {
    Set<String> lent = new HashSet<>();
    int first = placed.flow() instanceof ControlFlow.If ? 1 : 0; // the host decides
    for (int i = first; i < placed.operands().size(); i++) {
      lent.add(ControlGraphs.operand(i));
    }
    placed.outputs().forEach(node -> lent.add(ControlGraphs.result(ControlRun.result(node))));
    SequencedMap<String, TensorType> own = new TreeMap<>();
    for (Blueprint part : parts) {
      for (String name : part.variables()) {
        if (!lent.contains(name)) {
          own.put(name, Objects.requireNonNull(variables.type(name)));
        }
      }
    }
    return own;
  }

  /// Bytes of the variables that have memory of their own.
  long ownBytes() {
    int alignment = variables.device().alignment();
    return own.values().stream()
        .mapToLong(type -> MemoryPlan.roundUp(type.bytes(), alignment))
        .sum();
  }

  /// What it takes.
  ControlCost cost() {
    int devices = parts.getFirst().request().devices().size();
    return new ControlCost(seconds(), IntStream.range(0, devices).mapToObj(this::bytes).toList());
  }

  private double seconds() {
    List<Double> each = parts.stream().map(part -> part.timeline().seconds()).toList();
    return switch (flow) {
      case ControlFlow.If _ -> Math.max(each.get(0), each.get(1));
      case ControlFlow.While loop -> each.get(0) + loop.expectedTrips() * each.get(1);
    };
  }

  private long bytes(int index) {
    Device device = parts.getFirst().request().devices().get(index);
    long all = device.equals(variables.device()) ? ownBytes() : 0;
    return all + parts.stream().mapToLong(part -> part.layout().valueBytes(index)).sum();
  }

  /// The graphs inside a run.
  ///
  /// @param results the nodes that are its results
  static ControlGraphs graphs(ControlRun run, List<Node> results) {
    List<TensorType> types = run.operands().stream().map(Node::type).toList();
    Set<Integer> wanted =
        results.stream().map(ControlRun::result).collect(Collectors.toUnmodifiableSet());
    return new ControlGraphs(run.flow(), types, wanted);
  }

  void close() {
    parts.forEach(Blueprint::close);
  }
}

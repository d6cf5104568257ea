package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import org.tombolo.device.ByteMeter;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.regions.Regions;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.schedule.Schedule;

/// Makes a report of a blueprint.
final class Inspection {
  /// A value and where it lies, for the how manieth time.
  private record Place(Node value, String device, int again) {}

  private final Blueprint plan;
  private final List<PlanStatistics.Memory> memory;
  private final SequencedMap<Place, PlanReport.Value> values = new LinkedHashMap<>();

  private Inspection(Blueprint plan, List<PlanStatistics.Memory> memory) {
    this.plan = plan;
    this.memory = memory;
  }

  /// @param memory what each device holds, in order
  static PlanReport of(Blueprint plan, List<PlanStatistics.Memory> memory) {
    return new Inspection(plan, memory).report();
  }

  /// The tasks of a blueprint, with labels, in order.
  static List<PlanReport.Task> tasks(Blueprint plan) {
    return new Inspection(plan, List.of()).tasks();
  }

  /// The report of a plan inside a branch or a loop, whose variables are lent and whose constants
  /// are counted outside.
  private static PlanReport inside(Blueprint plan) {
    List<PlanStatistics.Memory> memory = new ArrayList<>();
    for (int i = 0; i < plan.devices().size(); i++) {
      memory.add(
          new PlanStatistics.Memory(
              plan.devices().get(i).id(),
              0,
              0,
              plan.arenas().runs() * plan.arenas().inputBytes(i),
              plan.arenas().bytes(i),
              plan.arenas().liveBytes(i)));
    }
    return of(plan, memory);
  }

  private PlanReport report() {
    List<PlanReport.Task> tasks = tasks();
    TransferBounds bounds = TransferBounds.of(plan);
    return new PlanReport(
        plan.graph().name(),
        plan.timeline().seconds(),
        plan.layout().freeSeconds(),
        new PlanReport.Placement(
            claim(), plan.placement().seconds(), plan.placement().lowerBound()),
        devices(),
        operations(tasks),
        List.copyOf(values.values()),
        tasks,
        Returns.of(plan),
        traffic(),
        bounds.up(),
        bounds.down(),
        Optional.empty());
  }

  private String claim() {
    List<String> ids = plan.devices().stream().map(info -> info.id()).toList();
    return plan.placement().claim(ids);
  }

  private List<PlanReport.Device> devices() {
    List<PlanReport.Device> devices = new ArrayList<>();
    for (int i = 0; i < plan.devices().size(); i++) {
      int device = i;
      PlanStatistics.Memory held = memory.get(i);
      devices.add(
          new PlanReport.Device(
              held.device(),
              plan.devices().get(i).model(),
              held.stateBytes(),
              held.constantBytes(),
              held.inputBytes(),
              held.arenaBytes(),
              held.liveBytes(),
              plan.request().rules().options().memoryLimit(plan.devices().get(i)),
              plan.arenas().residences(i).stream()
                  .map(place ->
                      new PlanReport.Residence(
                          place.label(), place.offset(), place.bytes(), place.from(), place.to()))
                  .toList(),
              plan.graph().variables().stream()
                  .filter(node -> plan.places(node).contains(device))
                  .map(node ->
                      new PlanReport.Held(((Op.Variable) node.op()).name(), node.type().bytes()))
                  .toList()));
    }
    return devices;
  }

  private List<PlanReport.Operation> operations(List<PlanReport.Task> tasks) {
    Map<Integer, List<Integer>> tasksOf = new HashMap<>();
    for (PlanReport.Task task : tasks) {
      for (int operation : task.operations()) {
        tasksOf.computeIfAbsent(operation, _ -> new ArrayList<>()).add(task.index());
      }
    }
    Reasons reasons = Reasons.of(plan);
    List<PlanReport.Operation> operations = new ArrayList<>();
    for (Node node : plan.graph().nodes()) {
      int id = operations.size();
      operations.add(
          new PlanReport.Operation(
              id,
              node.op().mnemonic(),
              label(node.op()),
              node.scope(),
              node.where(),
              node.type().toString(),
              node.inputs().stream().map(plan.graph()::position).toList(),
              Optional.ofNullable(plan.homes().get(node)).map(this::id),
              tasksOf.getOrDefault(id, List.of()),
              reasons.why(node)));
    }
    return operations;
  }

  private static String label(Op op) {
    return switch (op) {
      case Op.Input(String name, TensorType _) -> name;
      case Op.Variable(String name, TensorType _) -> name;
      case Op.Assign(String variable) -> variable;
      default -> "";
    };
  }

  private List<PlanReport.Traffic> traffic() {
    Map<ByteMeter.Route, Integer> transfers = new TreeMap<>();
    for (Schedule.Task task : plan.schedule().tasks()) {
      plan.routes(task).keySet().forEach(route -> transfers.merge(route, 1, Integer::sum));
    }
    List<PlanReport.Traffic> traffic = new ArrayList<>();
    plan.traffic()
        .forEach((route, bytes) ->
            traffic.add(
                new PlanReport.Traffic(
                    route.from(),
                    route.to(),
                    route.purpose(),
                    bytes,
                    Objects.requireNonNull(transfers.get(route)))));
    return traffic;
  }

  private List<PlanReport.Task> tasks() {
    List<Set<Integer>> waits = plan.layout().waits();
    List<PlanReport.Task> tasks = new ArrayList<>();
    for (Schedule.Task task : plan.schedule().tasks()) {
      tasks.add(task(task, tasks.size(), waits.get(tasks.size())));
    }
    return tasks;
  }

  private PlanReport.Task task(Schedule.Task task, int index, Set<Integer> waits) {
    Set<Integer> reads = new LinkedHashSet<>();
    Set<Integer> writes = new LinkedHashSet<>();
    Set<String> updates = new LinkedHashSet<>();
    task.reads.forEach(cell -> reads.add(value(cell)));
    task.writes.forEach(cell -> {
      writes.add(value(cell));
      variable(plan.schedule().memory(cell)).ifPresent(updates::add);
    });
    PlanReport.Kind kind;
    String name;
    Collection<Node> operations = List.of();
    List<PlanReport.Inner> inside = List.of();
    Collection<Node> repeated = List.of();
    long saved = 0;
    long bytes = 0;
    switch (task.action) {
      case Schedule.Action.Upload(String input, Schedule.Cell to) -> {
        kind = PlanReport.Kind.UPLOAD;
        name = input;
        operations = List.of(to.value());
        bytes = to.value().type().bytes();
        reads.add(onHost(to.value()));
      }
      case Schedule.Action.Load(Schedule.Cell to) -> {
        kind = PlanReport.Kind.UPLOAD;
        name = label(to.value().op());
        operations = List.of(to.value());
        bytes = to.value().type().bytes();
        reads.add(onHost(to.value()));
      }
      case Schedule.Action.Run(Regions.Placed region, int _) -> {
        kind = PlanReport.Kind.REGION;
        name = region.region().name();
        operations = region.operations();
        repeated = region.repeated();
        saved = region.savedBytes();
      }
      case Schedule.Action.Control(
              Regions.Controlled placed,
              int control,
              Optional<Schedule.Cell> condition) -> {
        kind = PlanReport.Kind.CONTROL;
        name = placed.name();
        operations = placed.outputs();
        inside = inside(plan.controls().get(control));
        condition.ifPresent(cell -> reads.add(onHost(cell.value())));
      }
      case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell to) -> {
        kind = PlanReport.Kind.BRIDGE;
        name = to.value().toString();
        bytes = to.value().type().bytes();
        reads.add(onHost(from.value()));
      }
      case Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell variable) -> {
        kind = PlanReport.Kind.COPY;
        name = value.value().toString();
        bytes = value.value().type().bytes();
        variable(variable).ifPresent(updates::add);
      }
      case Schedule.Action.Fetch(Schedule.Cell from, ByteMeter.Purpose _) -> {
        kind = PlanReport.Kind.DOWNLOAD;
        name = from.value().toString();
        bytes = from.value().type().bytes();
        writes.add(onHost(from.value()));
        plan.visitors()
            .forEach((visitor, next) ->
                next.filter(cell -> cell.first().equals(from.first()))
                    .ifPresent(_ -> updates.add(visitor)));
      }
    }
    return new PlanReport.Task(
        index,
        kind,
        id(task.device),
        PlanReport.Lane.valueOf(plan.timeline().lanes().get(index).role().name()),
        name,
        Explanation.describe(plan, task),
        bytes,
        operations.stream().map(plan.graph()::position).toList(),
        repeated.stream().map(plan.graph()::position).toList(),
        saved,
        List.copyOf(reads),
        List.copyOf(writes),
        List.copyOf(updates),
        waits.stream().sorted().toList(),
        plan.timeline().starts().get(index),
        plan.timeline().ends().get(index),
        inside);
  }

  private static List<PlanReport.Inner> inside(ControlPlan control) {
    List<String> occasions =
        switch (control.flow()) {
          case ControlFlow.If _ -> List.of("if true", "if false");
          case ControlFlow.While _ -> List.of("once", "at each trip");
        };
    List<PlanReport.Inner> parts = new ArrayList<>();
    for (int i = 0; i < occasions.size(); i++) {
      parts.add(new PlanReport.Inner(occasions.get(i), inside(control.parts().get(i))));
    }
    return parts;
  }

  private Optional<String> variable(Schedule.Cell cell) {
    return cell.value().op() instanceof Op.Variable(String name, TensorType _)
            && plan.schedule().isResident(cell)
        ? Optional.of(name)
        : Optional.empty();
  }

  private int value(Schedule.Cell cell) {
    PlanReport.Lifetime lifetime =
        !plan.schedule().isResident(cell)
            ? PlanReport.Lifetime.RUN
            : cell.value().op() instanceof Op.Constant
                ? PlanReport.Lifetime.CONSTANT
                : PlanReport.Lifetime.VARIABLE;
    return value(cell.value(), id(cell.device()), cell.again(), lifetime);
  }

  private int onHost(Node node) {
    return value(node, ByteMeter.HOST, 0, PlanReport.Lifetime.RUN);
  }

  private int value(Node node, String device, int again, PlanReport.Lifetime lifetime) {
    return values
        .computeIfAbsent(
            new Place(node, device, again),
            _ ->
                new PlanReport.Value(
                    values.size(),
                    described(node) + (again > 0 ? ", again" : ""),
                    device,
                    node.type().bytes(),
                    lifetime,
                    plan.graph().position(node)))
        .id();
  }

  static String described(Node node) {
    String label = label(node.op());
    return label.isEmpty() ? node.toString() : "%s: %s".formatted(label, node.type());
  }

  private String id(int device) {
    return plan.devices().get(device).id();
  }
}

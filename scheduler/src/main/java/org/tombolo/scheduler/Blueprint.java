package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Executable;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Rewrites;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.calibration.Calibration;
import org.tombolo.scheduler.regions.Regions;
import org.tombolo.scheduler.schedule.Arenas;
import org.tombolo.scheduler.schedule.Layout;
import org.tombolo.scheduler.schedule.Needs;
import org.tombolo.scheduler.schedule.Schedule;
import org.tombolo.scheduler.schedule.Timeline;
import org.tombolo.scheduler.trace.CompileEvent;

/// Everything about a plan that is decided before memory is allocated: the stages of planning, in
/// order.
///
/// 1. Composites that no device claims become their decomposition; the graph is simplified.
/// 2. Every operation gets a device ([Placement]) and the graph is adapted to it ([Lowering]).
/// 3. Operations are fused into regions ([Regions]) and compiled; branches and loops become plans
///    of their own ([ControlPlan]).
/// 4. Transfers and updates are added ([Schedule]).
/// 5. The tasks are ordered and values get places in arenas ([Layout]).
///
/// @param graph the graph as it will run
/// @param devices what is known of the devices, by index
/// @param homes index of the device of each node but inputs and mirrored variables
/// @param mirrors variables that are on each device that reads them, with these devices
/// @param origins the node that was placed of each node: a composite of what it was decomposed into
/// @param request what a placement was sought for
/// @param placement the placement that was chosen
/// @param executables the compiled regions, by index
/// @param controls the branches and loops, by index
/// @param layout order, places and times
record Blueprint(
    Graph graph,
    List<DeviceInfo> devices,
    Map<Node, Integer> homes,
    Map<Node, SortedSet<Integer>> mirrors,
    Map<Node, Node> origins,
    PlacementRequest request,
    Placement placement,
    List<Executable> executables,
    List<ControlPlan> controls,
    Layout layout) {

  /// Plans a graph.
  ///
  /// @param speeds what work takes on each device
  /// @param outputs why outputs come down to the host
  static Blueprint of(
      Graph original,
      Variables state,
      List<Device> devices,
      List<Calibration> speeds,
      ByteMeter.Purpose outputs,
      PlanOptions options,
      Placer placer) {
    requireVariables(original, state);
    Graph simple = simplified(original, devices);
    Map<String, Integer> settled = settled(simple, state, devices);
    PlacementRules rules = PlacementRules.of(original, simple, devices, settled, options);
    PlacementRequest request =
        new PlacementRequest(
            simple, devices, speeds, settled, copies(simple, state, devices), rules);
    return MemoryFit.of(request, limited -> of(limited, outputs, placer));
  }

  private static Blueprint of(PlacementRequest request, ByteMeter.Purpose outputs, Placer placer) {
    List<Device> devices = request.devices();
    PlanOptions options = request.rules().options();
    Placement placement = placer.place(request);
    Lowering.Placed lowered = Lowering.place(request.graph(), placement, devices);
    Regions regions =
        Regions.of(
            lowered.graph(),
            lowered.devices(),
            request.speeds(),
            devices.stream().map(Device::regionLimits).toList());
    List<Regions.Unit> units = regions.toList();
    List<Executable> executables = new ArrayList<>();
    List<ControlPlan> controls = new ArrayList<>();
    try {
      for (Regions.Unit unit : units) {
        switch (unit) {
          case Regions.Placed placed ->
              executables.add(compile(devices.get(placed.device()), placed));
          case Regions.Controlled placed ->
              controls.add(ControlPlan.of(placed, devices, request.speeds(), options, placer));
        }
      }
      Needs needs = new Needs(executables);
      Schedule schedule =
          Schedule.of(
              lowered.graph(),
              lowered.devices(),
              regions.reads(),
              units,
              needs,
              outputs,
              request.homes().keySet());
      Layout layout =
          Layout.best(
              schedule,
              needs,
              controls.stream().map(ControlPlan::cost).toList(),
              devices,
              request.speeds(),
              devices.stream().map(device -> options.memoryLimit(device.info())).toList());
      return new Blueprint(
          lowered.graph(),
          devices.stream().map(Device::info).toList(),
          lowered.devices(),
          lowered.mirrors(),
          lowered.origins(),
          request,
          placement,
          executables,
          controls,
          layout);
    } catch (RuntimeException e) {
      executables.forEach(Executable::close);
      controls.forEach(ControlPlan::close);
      throw e;
    }
  }

  private static Executable compile(Device device, Regions.Placed placed) {
    CompileEvent event =
        CompileEvent.begin(placed.region().name(), device.info().id(), placed.operations().size());
    Executable executable = device.compile(placed.region());
    event.commit();
    return executable;
  }

  /// A graph without composites that no device claims, simplified.
  static Graph simplified(Graph graph, List<Device> devices) {
    return Rewrites.simplify(
        Lowering.decompose(
            graph, call -> devices.stream().allMatch(device -> Lowering.refuses(device, call))));
  }

  /// Frees what was compiled.
  void close() {
    executables.forEach(Executable::close);
    controls.forEach(ControlPlan::close);
  }

  private static void requireVariables(Graph graph, Variables state) {
    for (Node node : graph.variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType type)) {
        @Nullable TensorType held = state.type(name);
        if (held == null || !held.equals(type)) {
          throw new IllegalArgumentException(
              "compile %s: variable \"%s\" is %s in the state; need %s\n  try: state.set(\"%s\", ...)"
                  .formatted(graph.name(), name, held == null ? "missing" : held, type, name));
        }
      }
    }
  }

  private static Map<String, Integer> settled(Graph graph, Variables state, List<Device> devices) {
    Map<String, Integer> homes = new TreeMap<>();
    for (Node node : graph.variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType _)) {
        Device home = state.home(name);
        if (home != null) {
          homes.put(name, devices.indexOf(home));
        }
      }
    }
    return homes;
  }

  private static Map<String, Set<Integer>> copies(
      Graph graph, Variables state, List<Device> devices) {
    Map<String, Set<Integer>> copies = new TreeMap<>();
    for (Node node : graph.variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType _)) {
        state
            .copies(name)
            .ifPresent(known ->
                copies.put(name, known.stream().map(devices::indexOf).collect(Collectors.toSet())));
      }
    }
    return copies;
  }

  /// The tasks, in order.
  Schedule schedule() {
    return layout.schedule();
  }

  /// The places of values.
  Arenas arenas() {
    return layout.arenas();
  }

  /// When tasks are expected to run.
  Timeline timeline() {
    return layout.timeline();
  }

  /// Regions and copies that a run launches; what branches and loops launch comes on top.
  int launches() {
    return (int)
        schedule().tasks().stream()
            .filter(task ->
                task.action instanceof Schedule.Action.Run
                    || task.action instanceof Schedule.Action.Keep)
            .count();
  }

  /// Names of the variables that are read or assigned.
  List<String> variables() {
    return graph.variables().stream().map(node -> ((Op.Variable) node.op()).name()).toList();
  }

  /// Names of the variables that are assigned.
  Set<String> assigned() {
    return Set.copyOf(
        graph.assigns().stream().map(node -> ((Op.Assign) node.op()).variable()).toList());
  }

  /// Devices that keep a variable in their memory from run to run: its home, or all that read it;
  /// those that it visits are none of them.
  SortedSet<Integer> places(Node variable) {
    Integer home = homes.get(variable);
    SortedSet<Integer> places = new TreeSet<>();
    places.addAll(home == null ? Objects.requireNonNull(mirrors.get(variable)) : List.of(home));
    places.removeIf(device -> !schedule().isResident(new Schedule.Cell(variable, device)));
    return places;
  }

  /// Names of the variables that come up from the host in each run, with the values that come down
  /// to be their next ones.
  Map<String, Optional<Schedule.Cell>> visitors() {
    Map<String, Optional<Schedule.Cell>> names = new TreeMap<>();
    schedule()
        .visitors()
        .forEach((cell, next) -> names.put(((Op.Variable) cell.value().op()).name(), next));
    return names;
  }

  /// Bytes that each run moves; what branches and loops move inside comes on top.
  Map<ByteMeter.Route, Long> traffic() {
    Map<ByteMeter.Route, Long> bytes = new TreeMap<>();
    for (Schedule.Task task : schedule().tasks()) {
      routes(task).forEach((route, count) -> bytes.merge(route, count, Long::sum));
    }
    return bytes;
  }

  /// Bytes that a task moves over the bridge.
  Map<ByteMeter.Route, Long> routes(Schedule.Task task) {
    return switch (task.action) {
      case Schedule.Action.Upload(String _, Schedule.Cell to) ->
          Map.of(
              new ByteMeter.Route(ByteMeter.HOST, id(to), purpose(to, ByteMeter.Purpose.INPUT)),
              to.value().type().bytes());
      case Schedule.Action.Load(Schedule.Cell to) ->
          Map.of(
              new ByteMeter.Route(ByteMeter.HOST, id(to), ByteMeter.Purpose.SWAP),
              to.value().type().bytes());
      case Schedule.Action.Bridge(Schedule.Cell _, Schedule.Cell to) ->
          Map.of(
              new ByteMeter.Route(ByteMeter.HOST, id(to), purpose(to, ByteMeter.Purpose.BRIDGE)),
              to.value().type().bytes());
      case Schedule.Action.Fetch(Schedule.Cell from, ByteMeter.Purpose purpose) ->
          Map.of(
              new ByteMeter.Route(id(from), ByteMeter.HOST, purpose), from.value().type().bytes());
      case Schedule.Action.Run _, Schedule.Action.Keep _, Schedule.Action.Control _ -> Map.of();
    };
  }

  private static ByteMeter.Purpose purpose(Schedule.Cell to, ByteMeter.Purpose first) {
    return to.again() > 0 ? ByteMeter.Purpose.SWAP : first;
  }

  private String id(Schedule.Cell cell) {
    return devices.get(cell.device()).id();
  }
}

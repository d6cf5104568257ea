package org.tombolo.scheduler;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.Executable;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.regions.ControlRun;
import org.tombolo.scheduler.regions.Regions;
import org.tombolo.scheduler.schedule.Schedule;

/// The tasks of a plan bound to its memory, and what goes into and comes out of the [Frame] of a
/// run.
final class Steps implements AutoCloseable {
  private final Blueprint blueprint;
  private final Engine engine;
  private final List<Device> devices;
  private final PlanMemory memory;
  private final List<Frame> frames = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final SequencedMap<String, TensorType> inputs = new TreeMap<>();
  private final List<String> inputNames;

  /// Positions of the tasks that bring values down, by where these are first.
  private final Map<Schedule.Cell, Integer> fetches = new HashMap<>();

  /// Types of the results among them, and of the next values of variables that live on the host, by
  /// position.
  private final SequencedMap<Integer, TensorType> results = new LinkedHashMap<>();

  /// Positions of the tasks that bring the next values of such variables down.
  private final Map<Node, Integer> nexts = new LinkedHashMap<>();

  private Steps(Blueprint blueprint, Engine engine, PlanMemory memory) {
    this.blueprint = blueprint;
    this.engine = engine;
    this.devices = blueprint.request().devices();
    this.memory = memory;
    for (Node node : blueprint.graph().inputs()) {
      if (node.op() instanceof Op.Input(String name, TensorType type)) {
        inputs.put(name, type);
      }
    }
    this.inputNames = List.copyOf(inputs.keySet());
    for (int i = 0; i < blueprint.arenas().runs(); i++) {
      frames.add(new Frame(i, inputs.size(), blueprint.schedule().tasks().size()));
    }
  }

  /// Binds all tasks of a blueprint.
  static Steps bind(Blueprint blueprint, Engine engine, PlanMemory memory) {
    Steps steps = new Steps(blueprint, engine, memory);
    try {
      steps.bind();
      return steps;
    } catch (RuntimeException e) {
      steps.close();
      throw e;
    }
  }

  private void bind() {
    List<Schedule.Task> tasks = blueprint.schedule().tasks();
    for (int i = 0; i < tasks.size(); i++) {
      if (tasks.get(i).action instanceof Schedule.Action.Fetch(Schedule.Cell from, var _)) {
        fetches.put(from.first(), i);
      }
    }
    blueprint
        .schedule()
        .results()
        .values()
        .forEach(
            cell -> results.put(Objects.requireNonNull(fetches.get(cell)), cell.value().type()));
    blueprint
        .schedule()
        .visitors()
        .forEach((variable, next) ->
            next.ifPresent(cell -> {
              int position = Objects.requireNonNull(fetches.get(cell.first()));
              results.put(position, cell.value().type());
              nexts.put(variable.value(), position);
            }));
    for (int i = 0; i < tasks.size(); i++) {
      steps.add(bind(tasks.get(i), i));
    }
  }

  private Step bind(Schedule.Task task, int position) {
    Device device = devices.get(task.device);
    Queue compute = device.queue(QueueRole.COMPUTE);
    Queue up = device.queue(QueueRole.UPLOAD);
    return switch (task.action) {
      case Schedule.Action.Upload(String input, Schedule.Cell to) ->
          new Step.Upload(up, inputNames.indexOf(input), slices(to), meter(task));
      case Schedule.Action.Load(Schedule.Cell to) ->
          new Step.Load(up, memory.onHost(to.value()), memory.slice(to, 0), meter(task));
      case Schedule.Action.Run(Regions.Placed _, int index) ->
          new Step.Run(compute, bind(task, position, index));
      case Schedule.Action.Control(
              Regions.Controlled placed,
              int index,
              Optional<Schedule.Cell> condition) ->
          new Step.Control(
              compute,
              bind(task, placed, blueprint.controls().get(index)),
              decision(placed, condition));
      case Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell variable) ->
          new Step.Copy(compute, slices(value), memory.slice(variable, 0));
      case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell to) ->
          new Step.Bridge(
              up,
              Objects.requireNonNull(fetches.get(from.first())),
              memory.slice(to, 0),
              meter(task));
      case Schedule.Action.Fetch(Schedule.Cell from, ByteMeter.Purpose _) -> {
        if (!results.containsKey(position)) {
          for (Frame frame : frames) {
            // Kept by whoever writes to it, should a device outlive the patience of a run.
            frame.fetched[position] = Arena.ofAuto().allocate(from.value().type().bytes(), 128);
          }
        }
        yield new Step.Fetch(device.queue(QueueRole.DOWNLOAD), slices(from), position, meter(task));
      }
    };
  }

  private LongConsumer meter(Schedule.Task task) {
    ByteMeter.Route route = blueprint.routes(task).keySet().iterator().next();
    return engine.meter().counter(route.from(), route.to(), route.purpose());
  }

  /// Where a value lies in each frame.
  private List<Slice> slices(Schedule.Cell cell) {
    List<Slice> slices = new ArrayList<>();
    for (Frame frame : frames) {
      slices.add(memory.slice(cell, frame.number));
    }
    return slices;
  }

  private List<Launch> bind(Schedule.Task task, int position, int index) {
    Executable executable = blueprint.executables().get(index);
    Slice scratch = memory.scratch(task.device, position, executable.scratchBytes());
    List<Slice> outputs = task.writes.stream().map(cell -> memory.slice(cell, 0)).toList();
    List<Launch> launches = new ArrayList<>();
    boolean readsInputs = task.reads.stream().anyMatch(blueprint.arenas()::isInput);
    for (Frame frame : frames) {
      launches.add(
          frame.number > 0 && !readsInputs
              ? launches.getFirst()
              : executable.bind(
                  task.reads.stream().map(cell -> memory.slice(cell, frame.number)).toList(),
                  outputs,
                  scratch));
    }
    return launches;
  }

  private ControlReplay bind(Schedule.Task task, Regions.Controlled placed, ControlPlan plan) {
    List<@Nullable Slice> operands = new ArrayList<>();
    for (Node operand : placed.operands()) {
      boolean isCondition = plan.flow() instanceof ControlFlow.If && operands.isEmpty();
      operands.add(isCondition ? null : memory.slice(cell(task.reads, operand), 0));
    }
    Map<Integer, Slice> made = new TreeMap<>();
    for (Node result : placed.outputs()) {
      made.put(ControlRun.result(result), memory.slice(cell(task.writes, result), 0));
    }
    return ControlReplay.acquire(plan, engine, devices.get(placed.device()), operands, made);
  }

  private static Schedule.Cell cell(List<Schedule.Cell> cells, Node value) {
    return cells.stream().filter(cell -> cell.value() == value).findFirst().orElseThrow();
  }

  private Predicate<Frame> decision(Regions.Controlled placed, Optional<Schedule.Cell> condition) {
    if (!(placed.flow() instanceof ControlFlow.If)) {
      return _ -> false;
    }
    Node decider = placed.operands().getFirst();
    if (condition.isEmpty()) {
      return frame -> onHost(decider, frame).longAt(0) != 0;
    }
    int fetch = Objects.requireNonNull(fetches.get(condition.get()));
    return frame -> Tensor.wrap(decider.type(), frame.fetched[fetch]).longAt(0) != 0;
  }

  /// The steps, in order.
  Step[] toArray() {
    return steps.toArray(Step[]::new);
  }

  /// One frame for each run that may be under way.
  List<Frame> frames() {
    return frames;
  }

  /// Types of the inputs, by name, in the order in which frames hold them.
  SequencedMap<String, TensorType> inputs() {
    return inputs;
  }

  /// Takes over what is fed, and makes room for what comes down.
  void feed(Frame frame, Map<String, Tensor> feeds) {
    for (int i = 0; i < frame.fed.length; i++) {
      frame.fed[i] = Objects.requireNonNull(feeds.get(inputNames.get(i))).data();
    }
    results.forEach((position, type) -> frame.fetched[position] = Tensor.allocate(type));
  }

  /// What a run that has ended gives, by name.
  Map<String, Tensor> results(Frame frame) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    blueprint.graph().outputs().forEach((name, node) -> named.put(name, result(name, node, frame)));
    return named;
  }

  /// Whether a run gives next values to variables that live on the host.
  boolean hasNexts() {
    return !nexts.isEmpty();
  }

  /// These, by name, after a run that has ended.
  Map<String, Tensor> nexts(Frame frame) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    nexts.forEach((variable, position) ->
        named.put(
            ((Op.Variable) variable.op()).name(),
            Tensor.wrap(variable.type(), frame.fetched[position])));
    return named;
  }

  private Tensor result(String name, Node node, Frame frame) {
    Schedule.Cell cell = blueprint.schedule().results().get(name);
    if (cell != null) {
      return Tensor.wrap(node.type(), frame.fetched[Objects.requireNonNull(fetches.get(cell))]);
    }
    Tensor value = onHost(node, frame);
    return value.type().equals(node.type()) ? value : Tensor.wrap(node.type(), value.data());
  }

  /// A value that never left the host: an input or a constant, maybe reshaped.
  private Tensor onHost(Node node, Frame frame) {
    return switch (node.op()) {
      case Op.Input(String name, TensorType type) ->
          Tensor.wrap(type, frame.fed[inputNames.indexOf(name)]);
      case Op.Constant(Tensor value) -> value;
      default -> onHost(node.input(0), frame);
    };
  }

  /// Frees what is bound.
  @Override
  public void close() {
    steps.forEach(Step::close);
  }
}

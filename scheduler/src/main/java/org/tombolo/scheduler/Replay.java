package org.tombolo.scheduler;

import java.lang.foreign.Arena;
import java.time.Duration;
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
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
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
import org.tombolo.scheduler.trace.WaitEvent;

/// A plan bound to its memory, replayed again and again: each run hands every task over, in order,
/// with the events that it waits for. A run leaves nothing on the heap but what drivers and results
/// need.
///
/// A run may begin while the one before it is under way. Its inputs go up at once, into memory of
/// their own; whatever else it does on a device waits for what the run before did there last.
///
/// Not for use by several threads at once.
final class Replay implements AutoCloseable {
  private static final long LONGEST_WAIT = Duration.ofDays(365).toNanos();

  private final Blueprint blueprint;
  private final Engine engine;
  private final List<Device> devices;
  private final PlanMemory memory;
  private final SequencedMap<String, TensorType> inputs = new TreeMap<>();
  private final List<String> inputNames;
  private final @Nullable Step[] steps;
  private final int[][] waits;

  /// By device: the tasks that no other task there waits for.
  private final int[][] last;

  /// Whether a task has to wait for the last ones of the run before, since no earlier task of its
  /// own run and device does.
  private final boolean[] isFirst;

  private final Frame[] frames;
  private final WaitList after;
  private final TaskTrace trace;
  private final Queue[] queues;

  /// Positions of the tasks that bring results down, and the types of those.
  private final SequencedMap<Integer, TensorType> results = new LinkedHashMap<>();

  private final Map<Schedule.Cell, Integer> fetches = new HashMap<>();
  private int started;

  /// A run that took longer than anybody waits.
  private @Nullable Frame givenUp;

  private Replay(Blueprint blueprint, Engine engine, PlanMemory memory) {
    this.blueprint = blueprint;
    this.engine = engine;
    this.trace = new TaskTrace(blueprint);
    this.devices = blueprint.request().devices();
    this.memory = memory;
    for (Node node : blueprint.graph().inputs()) {
      if (node.op() instanceof Op.Input(String name, TensorType type)) {
        inputs.put(name, type);
      }
    }
    this.inputNames = List.copyOf(inputs.keySet());
    this.waits = Waits.reduced(blueprint.layout().waits());
    int tasks = waits.length;
    this.steps = new Step[tasks];
    this.last = new int[devices.size()][];
    this.isFirst = new boolean[tasks];
    this.frames = new Frame[blueprint.arenas().runs()];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = new Frame(i, inputs.size(), tasks);
    }
    this.after = new WaitList(2 * tasks);
    this.queues =
        devices.stream()
            .flatMap(device -> List.of(QueueRole.values()).stream().map(device::queue))
            .distinct()
            .toArray(Queue[]::new);
  }

  /// Allocates and binds everything that a blueprint asks for; takes the blueprint over.
  static Replay acquire(Blueprint blueprint, Variables state, Engine engine) {
    PlanMemory memory;
    try {
      memory = PlanMemory.acquire(blueprint, state, engine);
    } catch (RuntimeException e) {
      blueprint.close();
      throw e;
    }
    Replay replay = new Replay(blueprint, engine, memory);
    try {
      replay.bind();
      return replay;
    } catch (RuntimeException e) {
      replay.close();
      throw e;
    }
  }

  private void bind() {
    List<Schedule.Task> tasks = blueprint.schedule().tasks();
    for (int i = 0; i < tasks.size(); i++) {
      if (tasks.get(i).action instanceof Schedule.Action.Fetch(Schedule.Cell from, var _)) {
        fetches.put(from, i);
      }
    }
    blueprint
        .schedule()
        .results()
        .values()
        .forEach(
            cell -> results.put(Objects.requireNonNull(fetches.get(cell)), cell.value().type()));
    for (int i = 0; i < tasks.size(); i++) {
      steps[i] = bind(tasks.get(i), i);
    }
    int[] devicesOf = tasks.stream().mapToInt(task -> task.device).toArray();
    for (int device = 0; device < last.length; device++) {
      last[device] = Waits.last(waits, devicesOf, device);
    }
    for (int i = 0; i < isFirst.length; i++) {
      isFirst[i] =
          !(tasks.get(i).action instanceof Schedule.Action.Upload) && followsUploadsAlone(tasks, i);
    }
  }

  /// Whether all that a task waits for on its device is inputs of the same run.
  private boolean followsUploadsAlone(List<Schedule.Task> tasks, int position) {
    for (int earlier : waits[position]) {
      Schedule.Task before = tasks.get(earlier);
      if (before.device == tasks.get(position).device
          && !(before.action instanceof Schedule.Action.Upload)) {
        return false;
      }
    }
    return true;
  }

  private Step bind(Schedule.Task task, int position) {
    Device device = devices.get(task.device);
    Queue compute = device.queue(QueueRole.COMPUTE);
    Queue up = device.queue(QueueRole.UPLOAD);
    return switch (task.action) {
      case Schedule.Action.Upload(String input, Schedule.Cell to) ->
          new Step.Upload(up, inputNames.indexOf(input), slices(to), meter(task));
      case Schedule.Action.Run(Regions.Placed _, int index) ->
          new Step.Run(compute, bind(task, position, index));
      case Schedule.Action.Control(
              Regions.Controlled placed,
              int index,
              Optional<Schedule.Cell> condition) ->
          new Step.Control(
              compute, bind(placed, blueprint.controls().get(index)), decision(placed, condition));
      case Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell variable) ->
          new Step.Copy(compute, slices(value), memory.slice(variable, 0));
      case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell to) ->
          new Step.Bridge(
              up, Objects.requireNonNull(fetches.get(from)), memory.slice(to, 0), meter(task));
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

  private ControlReplay bind(Regions.Controlled placed, ControlPlan plan) {
    List<@Nullable Slice> operands = new ArrayList<>();
    for (Node operand : placed.operands()) {
      boolean isCondition = plan.flow() instanceof ControlFlow.If && operands.isEmpty();
      operands.add(
          isCondition ? null : memory.slice(new Schedule.Cell(operand, placed.device()), 0));
    }
    Map<Integer, Slice> made = new TreeMap<>();
    for (Node result : placed.outputs()) {
      made.put(
          ControlRun.result(result), memory.slice(new Schedule.Cell(result, placed.device()), 0));
    }
    return ControlReplay.acquire(plan, engine, devices.get(placed.device()), operands, made);
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

  /// A device of the plan that is lost; null if none is.
  @Nullable Device lost() {
    for (int i = 0; i < devices.size(); i++) {
      if (devices.get(i).isLost()) {
        return devices.get(i);
      }
    }
    return null;
  }

  /// Types of the inputs, by name, in the order in which frames hold them.
  SequencedMap<String, TensorType> inputs() {
    return inputs;
  }

  /// Number of the plan in traces.
  long number() {
    return trace.number();
  }

  /// How many runs may be under way at once.
  int runs() {
    return frames.length;
  }

  /// Runs once and waits for the end.
  Map<String, Tensor> run(Map<String, Tensor> feeds) {
    Frame frame = next();
    feed(frame, feeds);
    stage(frame);
    start(frame, null);
    finish(frame);
    return results(frame);
  }

  /// The frame of the next run.
  Frame next() {
    return frames[started % frames.length];
  }

  /// Checks that no run is under way that nobody waits for any more: it may still write to memory.
  private void requireNoneGivenUp() {
    Integer hanging = givenUp == null ? null : givenUp.unfinished();
    if (hanging != null) {
      throw new DeviceException(
          device(hanging),
          "plan of %s: an earlier run was given up but has not ended: %s"
              .formatted(name(), describe(hanging)),
          "waiting; if the device hangs, an engine without it");
    }
    givenUp = null;
  }

  /// A frame for a caller that waits for the end of each of its runs before anybody starts another:
  /// it shares device memory with the first one.
  Frame apart() {
    Frame frame = new Frame(0, inputs.size(), waits.length);
    for (int i = 0; i < waits.length; i++) {
      frame.fetched[i] = frames[0].fetched[i];
    }
    return frame;
  }

  /// Takes over what is fed, and makes room for what comes down.
  void feed(Frame frame, Map<String, Tensor> feeds) {
    for (int i = 0; i < frame.fed.length; i++) {
      frame.fed[i] = Objects.requireNonNull(feeds.get(inputNames.get(i))).data();
    }
    results.forEach((position, type) -> frame.fetched[position] = Tensor.allocate(type));
  }

  /// Hands the uploads of inputs over, if inputs have memory that the run before does not use.
  ///
  /// @param frame as [#next] says, with its bytes
  /// @throws DeviceException if a device fails
  void stage(Frame frame) {
    requireNoneGivenUp();
    frame.clear();
    frame.recorded = trace.begin();
    handOver(frame, null, true);
  }

  /// Hands the other tasks of a run over. If that fails, waits for those that were handed over.
  ///
  /// @param frame staged
  /// @param previous the run before, if it is still under way
  /// @throws DeviceException if a device fails
  void start(Frame frame, @Nullable Frame previous) {
    started++;
    handOver(frame, previous, false);
  }

  /// Whether a task needs nothing but its frame.
  private boolean isAhead(@Nullable Step step) {
    return frames.length > 1 && step instanceof Step.Upload;
  }

  private void handOver(Frame frame, @Nullable Frame previous, boolean uploads) {
    int position = 0;
    try {
      for (; position < steps.length; position++) {
        if (isAhead(steps[position]) == uploads) {
          handOver(position, frame, previous);
        }
      }
      for (Queue queue : queues) {
        queue.flush();
      }
    } catch (RuntimeException e) {
      finish(frame); // throws what failed before, if anything did: the cause of this
      throw failed(Math.min(position, steps.length - 1), e);
    }
  }

  private void handOver(int position, Frame frame, @Nullable Frame previous) {
    Step step = Objects.requireNonNull(steps[position]);
    boolean waitsHere = step instanceof Step.Control;
    after.reset();
    if (step instanceof Step.Bridge bridge) { // its bytes have to be there when it is handed over
      add(frame.events[bridge.fetch()], step.queue(), true);
    }
    for (int earlier : waits[position]) {
      add(frame.events[earlier], step.queue(), waitsHere);
    }
    if (previous != null && isFirst[position]) {
      for (int earlier : last[blueprint.schedule().tasks().get(position).device]) {
        add(previous.events[earlier], step.queue(), waitsHere);
      }
    }
    TaskTrace.Recorded recorded = frame.recorded;
    if (recorded != null) {
      trace.begin(recorded, position);
    }
    frame.events[position] = step.start(frame, after);
    if (recorded != null) {
      TaskTrace.look(recorded, position, frame.events[position]);
    }
  }

  /// Adds what the next task waits for; waits here for what its queue cannot wait for.
  private void add(Event event, Queue queue, boolean waitsHere) {
    if (event.equals(Event.DONE)) {
      return;
    }
    if (waitsHere || !queue.accepts(event)) {
      WaitEvent wait = WaitEvent.begin("before a task is handed over");
      try {
        event.await(engine.waitLimit());
      } finally {
        WaitEvent.end(wait);
      }
    } else {
      after.append(event);
    }
  }

  /// Waits for the end of a run.
  ///
  /// @throws RunException if a task failed: the first one that did
  void finish(Frame frame) {
    RuntimeException failure = null;
    long limit = Math.min(engine.waitLimit().toNanos(), LONGEST_WAIT);
    long start = System.nanoTime();
    WaitEvent wait = null;
    TaskTrace.Recorded recorded = frame.recorded;
    for (int i = 0; i < frame.events.length; i++) {
      Event event = frame.events[i];
      if (!event.equals(Event.DONE)) {
        long left = Math.max(0, limit - (System.nanoTime() - start));
        wait = wait == null ? WaitEvent.begin("end of a run") : wait;
        try {
          event.await(Duration.ofNanos(left));
        } catch (RuntimeException e) {
          failure = failure == null ? failed(i, e) : failure;
        }
      }
      if (recorded != null) {
        TaskTrace.end(recorded, i);
      }
    }
    WaitEvent.end(wait);
    if (recorded != null) {
      TaskTrace.end(recorded);
      frame.recorded = null;
    }
    if (failure != null) {
      givenUp = frame.unfinished() == null ? givenUp : frame;
      throw failure;
    }
  }

  /// Waits for what is under way in a frame, whatever comes of it.
  void abandon(Frame frame) {
    try {
      finish(frame);
    } catch (RuntimeException e) {
      // Nobody wants the run any more; a device that is lost says so again when it is used.
    }
  }

  private RuntimeException failed(int position, RuntimeException e) {
    return e instanceof DeviceException cause && !(e instanceof RunException)
        ? new RunException(name(), device(position), describe(position), cause)
        : e;
  }

  private String name() {
    return blueprint.graph().name();
  }

  private String device(int position) {
    return devices.get(blueprint.schedule().tasks().get(position).device).info().id();
  }

  private String describe(int position) {
    return Explanation.describe(blueprint, blueprint.schedule().tasks().get(position));
  }

  /// What a run that has ended gives, by name.
  Map<String, Tensor> results(Frame frame) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    blueprint.graph().outputs().forEach((name, node) -> named.put(name, result(name, node, frame)));
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

  /// Bytes on a device that live as long as the plan, variables apart.
  long bytes(int device) {
    return memory.bytes(device) + controlBytes(device);
  }

  /// Bytes of what branches and loops hold on a device.
  long controlBytes(int device) {
    long bytes = 0;
    for (Step step : steps) {
      bytes += step instanceof Step.Control control ? control.replay().bytes(device) : 0;
    }
    return bytes;
  }

  /// Bytes of constants on a device.
  long constantBytes(int device) {
    return memory.constantBytes(device);
  }

  /// Frees what belongs to the plan. No run may be under way.
  @Override
  public void close() {
    for (Step step : steps) {
      if (step != null) {
        step.close();
      }
    }
    blueprint.close();
    memory.close();
  }
}

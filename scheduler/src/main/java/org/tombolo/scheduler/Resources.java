package org.tombolo.scheduler;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Buffer;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// The memory and the bound launches of a plan, and their replay.
final class Resources implements AutoCloseable {
  private final Blueprint blueprint;
  private final Variables state;
  private final Engine engine;
  private final List<Device> devices;
  private final List<Buffer> arenas = new ArrayList<>();
  private final List<Buffer> constants = new ArrayList<>();
  private final Map<Schedule.Cell, Slice> constantSlices = new HashMap<>();
  private final List<@Nullable Launch> launches = new ArrayList<>();
  private final List<@Nullable ControlReplay> controls = new ArrayList<>();

  /// Position of the task that brings a value down, and for those that the caller does not get the
  /// memory that they come to.
  private final Map<Schedule.Cell, Integer> fetches = new HashMap<>();

  private final List<@Nullable MemorySegment> staging = new ArrayList<>();
  private final List<int[]> waits = new ArrayList<>();
  private final Arena host = Arena.ofShared();
  private final Map<ByteMeter.Route, Long> traffic;

  private Resources(Blueprint blueprint, Variables state, Engine engine) {
    this.blueprint = blueprint;
    this.state = state;
    this.engine = engine;
    this.devices = engine.opened();
    this.traffic = blueprint.traffic();
  }

  /// Allocates and binds everything that a blueprint asks for.
  static Resources acquire(Blueprint blueprint, Variables state, Engine engine) {
    Resources resources = new Resources(blueprint, state, engine);
    try {
      resources.allocate();
      resources.bind();
      return resources;
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private void allocate() {
    for (int i = 0; i < devices.size(); i++) {
      int device = i;
      long bytes = blueprint.arenas().bytes(device);
      arenas.add(allocate(device, bytes, () -> devices.get(device).allocate(bytes)));
      constants.add(uploadConstants(device));
    }
    for (Node node : blueprint.graph().variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType type)) {
        int home = Objects.requireNonNull(blueprint.homes().get(node));
        allocate(
            home,
            type.bytes(),
            () -> {
              state.settle(name, devices.get(home));
              return name;
            });
      }
    }
  }

  /// Runs an allocation; if there is no memory, says what the plan needs it for.
  private <T> T allocate(int device, long bytes, Supplier<T> allocation) {
    try {
      return allocation.get();
    } catch (OutOfDeviceMemoryException e) {
      OutOfDeviceMemoryException detailed =
          new OutOfDeviceMemoryException(
              e.device(),
              bytes,
              "plan of %s needs %,d bytes for values and %,d for variables; largest: %s"
                  .formatted(
                      blueprint.graph().name(),
                      blueprint.arenas().bytes(device),
                      variableBytes(device),
                      blueprint.arenas().largest(device)),
              "a smaller batch, or another device");
      detailed.initCause(e);
      throw detailed;
    }
  }

  private long variableBytes(int device) {
    return blueprint.graph().variables().stream()
        .filter(node -> Objects.equals(blueprint.homes().get(node), device))
        .mapToLong(node -> node.type().bytes())
        .sum();
  }

  private Buffer uploadConstants(int device) {
    Set<Schedule.Cell> cells = new LinkedHashSet<>();
    for (Schedule.Task task : blueprint.schedule().tasks()) {
      for (Schedule.Cell cell : task.reads) {
        if (cell.device() == device && cell.value().op() instanceof Op.Constant) {
          cells.add(cell);
        }
      }
    }
    int alignment = devices.get(device).alignment();
    long bytes = 0;
    for (Schedule.Cell cell : cells) {
      bytes += MemoryPlan.roundUp(cell.value().type().bytes(), alignment);
    }
    long total = bytes;
    Buffer buffer = allocate(device, total, () -> devices.get(device).allocate(total));
    long offset = 0;
    Queue queue = devices.get(device).queue(QueueRole.UPLOAD);
    for (Schedule.Cell cell : cells) {
      Tensor value = ((Op.Constant) cell.value().op()).value();
      Slice slice = new Slice(buffer, offset, value.type().bytes());
      constantSlices.put(cell, slice);
      queue
          .upload(value.data(), HostMemory.VALID_UNTIL_EVENT, slice, List.of())
          .await(engine.waitLimit());
      engine
          .meter()
          .count(
              ByteMeter.HOST,
              devices.get(device).info().id(),
              ByteMeter.Purpose.CONSTANT,
              slice.bytes());
      offset += MemoryPlan.roundUp(slice.bytes(), alignment);
    }
    return buffer;
  }

  private void bind() {
    List<Schedule.Task> tasks = blueprint.schedule().tasks();
    for (Set<Integer> wait : blueprint.arenas().waits()) {
      waits.add(wait.stream().sorted().mapToInt(Integer::intValue).toArray());
    }
    for (int i = 0; i < tasks.size(); i++) {
      Schedule.Task task = tasks.get(i);
      launches.add(null);
      controls.add(null);
      staging.add(null);
      switch (task.action) {
        case Schedule.Action.Run(Regions.Placed _, int index) ->
            launches.set(i, bind(task, i, index));
        case Schedule.Action.Control(
                Regions.Controlled placed,
                int index,
                Optional<Schedule.Cell> _) ->
            controls.set(i, bind(placed, blueprint.controls().get(index)));
        case Schedule.Action.Fetch(Schedule.Cell from, ByteMeter.Purpose _) -> {
          fetches.put(from, i);
          if (!blueprint.schedule().results().containsValue(from)) {
            staging.set(i, host.allocate(from.value().type().bytes(), 128));
          }
        }
        case Schedule.Action.Upload _, Schedule.Action.Keep _, Schedule.Action.Bridge _ -> {}
      }
    }
  }

  private Launch bind(Schedule.Task task, int position, int index) {
    Executable executable = blueprint.executables().get(index);
    Buffer arena = arenas.get(task.device);
    Slice scratch =
        executable.scratchBytes() == 0
            ? new Slice(arena, 0, 0)
            : new Slice(
                arena, blueprint.arenas().scratchOffset(position), executable.scratchBytes());
    return executable.bind(
        task.reads.stream().map(this::slice).toList(),
        task.writes.stream().map(this::slice).toList(),
        scratch);
  }

  private ControlReplay bind(Regions.Controlled placed, ControlPlan plan) {
    List<@Nullable Slice> operands = new ArrayList<>();
    for (Node operand : placed.operands()) {
      boolean isCondition = plan.flow() instanceof ControlFlow.If && operands.isEmpty();
      operands.add(isCondition ? null : slice(new Schedule.Cell(operand, placed.device())));
    }
    Map<Integer, Slice> results = new TreeMap<>();
    for (Node result : placed.outputs()) {
      results.put(ControlRun.result(result), slice(new Schedule.Cell(result, placed.device())));
    }
    return ControlReplay.acquire(plan, engine, devices.get(placed.device()), operands, results);
  }

  private Slice slice(Schedule.Cell cell) {
    Schedule.Cell memory = blueprint.schedule().memory(cell);
    Slice constant = constantSlices.get(memory);
    if (constant != null) {
      return constant;
    }
    if (blueprint.schedule().isResident(memory)
        && memory.value().op() instanceof Op.Variable(String name, TensorType _)) {
      return state.slice(name);
    }
    return new Slice(
        arenas.get(memory.device()),
        blueprint.arenas().offset(memory),
        memory.value().type().bytes());
  }

  /// Bytes on a device that live as long as the plan, variables apart.
  long bytes(int device) {
    return arenas.get(device).bytes() + constants.get(device).bytes() + controlBytes(device);
  }

  /// Bytes of what branches and loops hold on a device.
  long controlBytes(int device) {
    return controls.stream()
        .filter(Objects::nonNull)
        .mapToLong(control -> control.bytes(device))
        .sum();
  }

  /// Bytes of constants on a device.
  long constantBytes(int device) {
    return constants.get(device).bytes();
  }

  /// Runs all tasks and waits for the last of them, also when one fails.
  Map<String, Tensor> replay(Map<String, Tensor> feeds) {
    List<Schedule.Task> tasks = blueprint.schedule().tasks();
    Event[] events = new Event[tasks.size()];
    Arrays.fill(events, Event.DONE);
    Map<Schedule.Cell, Tensor> fetched = new HashMap<>();
    RuntimeException failure = null;
    try {
      for (int i = 0; i < events.length; i++) {
        events[i] = start(tasks.get(i), i, events, feeds, fetched);
      }
      for (Device device : devices) {
        for (QueueRole role : QueueRole.values()) {
          device.queue(role).flush();
        }
      }
    } catch (RuntimeException e) {
      failure = e;
    }
    for (Event event : events) {
      try {
        event.await(engine.waitLimit());
      } catch (RuntimeException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
    traffic.forEach(
        (route, bytes) -> engine.meter().count(route.from(), route.to(), route.purpose(), bytes));
    Map<String, Tensor> results = new LinkedHashMap<>();
    blueprint
        .graph()
        .outputs()
        .forEach((name, node) -> results.put(name, result(name, node, feeds, fetched)));
    return results;
  }

  private Tensor result(
      String name, Node node, Map<String, Tensor> feeds, Map<Schedule.Cell, Tensor> fetched) {
    Schedule.Cell cell = blueprint.schedule().results().get(name);
    Tensor value = cell == null ? onHost(node, feeds) : Objects.requireNonNull(fetched.get(cell));
    return value.type().equals(node.type()) ? value : Tensor.wrap(node.type(), value.data());
  }

  /// The value of an output that never left the host: an input or a constant, maybe reshaped.
  private static Tensor onHost(Node node, Map<String, Tensor> feeds) {
    return switch (node.op()) {
      case Op.Input(String name, TensorType _) -> Objects.requireNonNull(feeds.get(name));
      case Op.Constant(Tensor value) -> value;
      default -> onHost(node.input(0), feeds);
    };
  }

  private Event start(
      Schedule.Task task,
      int position,
      Event[] events,
      Map<String, Tensor> feeds,
      Map<Schedule.Cell, Tensor> fetched) {
    Device device = devices.get(task.device);
    return switch (task.action) {
      case Schedule.Action.Upload(String input, Schedule.Cell to) -> {
        Queue queue = device.queue(QueueRole.UPLOAD);
        Tensor fed = Objects.requireNonNull(feeds.get(input));
        yield queue.upload(
            fed.data(), HostMemory.VALID_UNTIL_EVENT, slice(to), after(queue, position, events));
      }
      case Schedule.Action.Run _ -> {
        Queue queue = device.queue(QueueRole.COMPUTE);
        yield queue.launch(
            Objects.requireNonNull(launches.get(position)), after(queue, position, events));
      }
      case Schedule.Action.Control(
              Regions.Controlled placed,
              int _,
              Optional<Schedule.Cell> condition) -> {
        for (int earlier : waits.get(position)) {
          events[earlier].await(engine.waitLimit());
        }
        boolean decision =
            placed.flow() instanceof ControlFlow.If
                && condition
                        .map(fetched::get)
                        .orElseGet(() -> onHost(placed.operands().getFirst(), feeds))
                        .longAt(0)
                    != 0;
        Objects.requireNonNull(controls.get(position)).run(decision);
        yield Event.DONE;
      }
      case Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell variable) -> {
        Queue queue = device.queue(QueueRole.COMPUTE);
        yield queue.copy(slice(value), slice(variable), after(queue, position, events));
      }
      case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell to) -> {
        awaitFetch(from, events);
        Queue queue = device.queue(QueueRole.UPLOAD);
        yield queue.upload(
            Objects.requireNonNull(fetched.get(from)).data(),
            HostMemory.VALID_UNTIL_EVENT,
            slice(to),
            after(queue, position, events));
      }
      case Schedule.Action.Fetch(Schedule.Cell from, ByteMeter.Purpose _) -> {
        Queue queue = device.queue(QueueRole.DOWNLOAD);
        TensorType type = from.value().type();
        MemorySegment kept = staging.get(position);
        MemorySegment memory = kept == null ? Tensor.allocate(type) : kept;
        fetched.put(from, Tensor.wrap(type, memory));
        yield queue.download(slice(from), memory, after(queue, position, events));
      }
    };
  }

  /// Waits until a value is on the host: bytes that an upload reads have to be there when it is
  /// called.
  private void awaitFetch(Schedule.Cell cell, Event[] events) {
    events[Objects.requireNonNull(fetches.get(cell))].await(engine.waitLimit());
  }

  /// The events that a task waits for on its queue; those of other devices are waited for here.
  private List<Event> after(Queue queue, int position, Event[] events) {
    List<Event> after = new ArrayList<>();
    for (int earlier : waits.get(position)) {
      Event event = events[earlier];
      if (queue.accepts(event)) {
        after.add(event);
      } else {
        event.await(engine.waitLimit());
      }
    }
    return after;
  }

  @Override
  public void close() {
    for (Launch launch : launches) {
      if (launch != null) {
        launch.close();
      }
    }
    for (ControlReplay control : controls) {
      if (control != null) {
        control.close();
      }
    }
    blueprint.close();
    arenas.forEach(Buffer::close);
    constants.forEach(Buffer::close);
    if (host.scope().isAlive()) {
      host.close();
    }
  }
}

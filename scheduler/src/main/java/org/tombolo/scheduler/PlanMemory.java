package org.tombolo.scheduler;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Supplier;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.HostMemory;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.schedule.Arenas;
import org.tombolo.scheduler.schedule.DeviceArena;
import org.tombolo.scheduler.schedule.Schedule;
import org.tombolo.scheduler.schedule.SideBySide;

/// The device memory of a plan: on each device an arena for the values of a run, one for the inputs
/// of each run that may be under way, and constants. Variables belong to the state; here they are
/// settled.
final class PlanMemory implements AutoCloseable {
  private final Blueprint blueprint;
  private final Variables state;
  private final Engine engine;
  private final List<Device> devices;
  private final List<DeviceArena> arenas = new ArrayList<>();

  /// By device, then by number of the run.
  private final List<List<DeviceArena>> inputs = new ArrayList<>();

  private final List<DeviceArena> constants = new ArrayList<>();
  private final Map<Schedule.Cell, Slice> constantSlices = new HashMap<>();

  private PlanMemory(Blueprint blueprint, Variables state, Engine engine) {
    this.blueprint = blueprint;
    this.state = state;
    this.engine = engine;
    this.devices = blueprint.request().devices();
  }

  /// Allocates what a blueprint asks for, brings up its constants, and settles its variables.
  ///
  /// @throws OutOfDeviceMemoryException if it does not fit; nothing stays allocated then but
  ///   variables that were settled
  static PlanMemory acquire(Blueprint blueprint, Variables state, Engine engine) {
    PlanMemory memory = new PlanMemory(blueprint, state, engine);
    try {
      memory.allocate();
      return memory;
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private void allocate() {
    for (int device = 0; device < devices.size(); device++) {
      arenas.add(allocate(device, blueprint.arenas().bytes(device)));
      List<DeviceArena> ofDevice = new ArrayList<>();
      inputs.add(ofDevice);
      for (int run = 0; run < blueprint.arenas().runs(); run++) {
        ofDevice.add(allocate(device, blueprint.arenas().inputBytes(device)));
      }
      uploadConstants(device);
    }
    for (Node node : blueprint.graph().variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType type)) {
        Integer home = blueprint.homes().get(node);
        SortedSet<Integer> places = blueprint.places(node);
        if (home == null || places.isEmpty()) {
          mirror(places, name, type);
          continue;
        }
        explained(
            "variable \"%s\"".formatted(name),
            home,
            type.bytes(),
            () -> {
              state.settle(name, devices.get(home));
              return name;
            });
      }
    }
  }

  private void mirror(SortedSet<Integer> places, String name, TensorType type) {
    if (!places.isEmpty()) {
      explained(
          "variable \"%s\"".formatted(name),
          places.getFirst(),
          type.bytes(),
          () -> {
            state.mirror(name, places.stream().map(devices::get).toList());
            return name;
          });
    }
  }

  private DeviceArena allocate(int device, long bytes) {
    Device on = devices.get(device);
    return new DeviceArena(
        on, bytes, size -> explained("memory", device, size, () -> on.allocate(size)));
  }

  /// Runs an allocation or what fills it. If there is no memory, says what the plan needs it for;
  /// if the device fails otherwise, for what.
  private <T> T explained(String what, int device, long bytes, Supplier<T> allocation) {
    try {
      return allocation.get();
    } catch (OutOfDeviceMemoryException e) {
      OutOfDeviceMemoryException detailed =
          new OutOfDeviceMemoryException(
              e.device(),
              bytes,
              "plan of %s needs %,d bytes for values, %,d for inputs and %,d for variables; largest: %s"
                  .formatted(
                      blueprint.graph().name(),
                      blueprint.arenas().bytes(device),
                      blueprint.arenas().runs() * blueprint.arenas().inputBytes(device),
                      variableBytes(device),
                      blueprint.arenas().largest(device)),
              "a smaller batch, or another device");
      detailed.initCause(e);
      throw detailed;
    } catch (DeviceException e) {
      throw new RunException(blueprint.graph().name(), e.device(), "preparing " + what, e);
    }
  }

  private long variableBytes(int device) {
    return blueprint.graph().variables().stream()
        .filter(node -> blueprint.places(node).contains(device))
        .mapToLong(node -> node.type().bytes())
        .sum();
  }

  private void uploadConstants(int device) {
    SideBySide places = blueprint.arenas().constantsOn(device);
    DeviceArena arena = allocate(device, places.bytes());
    constants.add(arena);
    Queue queue = devices.get(device).queue(QueueRole.UPLOAD);
    for (Schedule.Cell cell : places.cells()) {
      Tensor value = ((Op.Constant) cell.value().op()).value();
      Slice slice = arena.slice(places.offset(cell), value.type().bytes());
      constantSlices.put(cell, slice);
      explained(
          "constant %s".formatted(value.type()),
          device,
          slice.bytes(),
          () -> {
            queue
                .upload(value.data(), HostMemory.VALID_UNTIL_EVENT, slice, List.of())
                .await(engine.waitLimit());
            return slice;
          });
      engine
          .meter()
          .count(
              ByteMeter.HOST,
              devices.get(device).info().id(),
              ByteMeter.Purpose.CONSTANT,
              slice.bytes());
    }
  }

  /// Where a value lies.
  ///
  /// @param run number of the run under way, which matters to inputs alone
  Slice slice(Schedule.Cell cell, int run) {
    Schedule.Cell memory = blueprint.schedule().memory(cell);
    Slice constant = constantSlices.get(memory);
    if (constant != null) {
      return constant;
    }
    if (blueprint.schedule().isResident(memory)
        && memory.value().op() instanceof Op.Variable(String name, TensorType _)) {
      return state.slice(name, devices.get(memory.device()));
    }
    Arenas places = blueprint.arenas();
    DeviceArena arena =
        places.isInput(memory) ? inputs.get(memory.device()).get(run) : arenas.get(memory.device());
    return arena.slice(places.offset(memory), memory.value().type().bytes());
  }

  /// The value of a variable that lives on the host, to be asked for in each run.
  Supplier<MemorySegment> onHost(Node variable) {
    String name = ((Op.Variable) variable.op()).name();
    return () -> state.onHost(name).data();
  }

  /// Working memory of a task.
  ///
  /// @param bytes how much, may be 0
  Slice scratch(int device, int task, long bytes) {
    return arenas.get(device).slice(bytes == 0 ? 0 : blueprint.arenas().scratchOffset(task), bytes);
  }

  @Override
  public void close() {
    arenas.forEach(DeviceArena::close);
    inputs.forEach(ofDevice -> ofDevice.forEach(DeviceArena::close));
    constants.forEach(DeviceArena::close);
  }
}

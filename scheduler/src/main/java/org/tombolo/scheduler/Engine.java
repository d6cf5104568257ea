package org.tombolo.scheduler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Devices;
import org.tombolo.graph.Graph;
import org.tombolo.scheduler.calibration.Calibration;
import org.tombolo.scheduler.calibration.Calibrations;
import org.tombolo.scheduler.calibration.Correction;
import org.tombolo.scheduler.trace.CompileEvent;

/// A set of opened devices that graphs are compiled for and run on.
///
/// ```java
/// try (Engine engine = Engine.open("auto"); State state = engine.newState()) {
///   state.set("w", Tensor.of(new float[] {1, 2, 3}, 3, 1));
///   try (Plan plan = engine.compile(graph, state)) {
///     Tensor y = plan.run(Map.of("x", x)).get("y");
///   }
/// }
/// ```
///
/// A device that is lost takes the variables on it and the plans that use it with it. The others go
/// on: graphs are compiled for them from then on, once the lost variables are set anew.
///
/// Safe for use by several threads: compiling, running and access to state take turns.
public final class Engine implements AutoCloseable {
  private static final Duration DEFAULT_WAIT_LIMIT = Duration.ofMinutes(10);

  private final List<Device> devices;
  private final Calibrations calibrations;
  private final Map<Device, Calibration> speeds = new HashMap<>();
  private final ByteMeter meter = new ByteMeter();
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Plan> plans = new ArrayList<>();
  private final List<State> states = new ArrayList<>();
  private volatile Duration waitLimit = DEFAULT_WAIT_LIMIT;

  private Engine(List<Device> devices, Calibrations calibrations) {
    if (devices.isEmpty()) {
      throw new IllegalArgumentException("engine: no devices; need at least one");
    }
    this.devices = List.copyOf(devices);
    this.calibrations = calibrations;
    List<Calibration> known = calibrations.of(this.devices);
    for (int i = 0; i < devices.size(); i++) {
      speeds.put(devices.get(i), known.get(i));
    }
  }

  /// Opens devices by name. Where there are several, placement goes by what work takes on each: the
  /// first time ever, that is measured, which takes some seconds for each device (see
  /// [Calibrations], and the property `tombolo.calibration`).
  ///
  /// @param names as for [Devices#open], such as `auto`, `cpu` or `cpu,opencl:1`
  /// @throws org.tombolo.device.UnknownDeviceException if a name fits no device
  /// @throws org.tombolo.device.DeviceException if a device cannot be opened
  public static Engine open(String names) {
    Calibrations calibrations = Calibrations.system();
    List<Device> devices = Devices.open(names);
    try {
      return new Engine(devices, calibrations);
    } catch (RuntimeException e) {
      devices.forEach(Device::close);
      throw e;
    }
  }

  /// An engine on opened devices, which it closes when it is closed. It goes by what their drivers
  /// guess of their speed.
  ///
  /// @param devices at least one; the order breaks ties in placement
  public static Engine of(List<? extends Device> devices) {
    return of(devices, Calibrations.off());
  }

  /// An engine on opened devices, which it closes when it is closed.
  ///
  /// @param devices at least one; the order breaks ties in placement
  /// @param calibrations says how fast they are, and may measure them now
  public static Engine of(List<? extends Device> devices, Calibrations calibrations) {
    return new Engine(List.copyOf(devices), calibrations);
  }

  /// What is known of the devices, in order.
  public List<DeviceInfo> devices() {
    return devices.stream().map(Device::info).toList();
  }

  /// What work takes on the devices, in order: measured, or what their drivers guess.
  public List<Calibration> calibrations() {
    return speeds(devices);
  }

  /// Counts every byte that this engine moves.
  public ByteMeter meter() {
    return meter;
  }

  /// A fresh set of variables.
  public State newState() {
    lock.lock();
    try {
      State state = new State(this, lock);
      states.add(state);
      return state;
    } finally {
      lock.unlock();
    }
  }

  /// Prepares a graph to run: places its operations, fuses them into regions, plans transfers and
  /// memory, and compiles. Variables that have no device yet are settled.
  ///
  /// @param graph what to run
  /// @param state holds a value for each variable of the graph
  /// @throws PlacementException if an operation can run nowhere
  /// @throws IllegalArgumentException if a variable is not set or has another type
  /// @throws org.tombolo.device.OutOfDeviceMemoryException if the plan does not fit; the engine
  ///   stays usable
  /// @throws org.tombolo.device.BuildException if a device's compiler fails
  public Plan compile(Graph graph, State state) {
    return compile(graph, state, PlanOptions.defaults());
  }

  /// Prepares a graph to run, with wishes.
  ///
  /// @param graph what to run
  /// @param state holds a value for each variable of the graph
  /// @param options what the plan has to keep to
  /// @throws PlacementException if an operation can run nowhere, or not as strict options ask, or
  ///   if nothing was found that keeps to the memory limits
  /// @throws IllegalArgumentException if a variable is not set or has another type, or if the
  ///   options name a device or something of the graph that there is not, or contradict themselves
  /// @throws org.tombolo.device.OutOfDeviceMemoryException if the plan does not fit; the engine
  ///   stays usable
  /// @throws org.tombolo.device.BuildException if a device's compiler fails
  public Plan compile(Graph graph, State state, PlanOptions options) {
    return compile(graph, state, options, Placer.CHEAPEST);
  }

  /// Prepares a graph to run, placed by another method.
  Plan compile(Graph graph, State state, PlanOptions options, Placer placer) {
    lock.lock();
    try {
      settleRuns(null);
      state.forsakeLost();
      CompileEvent event = CompileEvent.begin(graph.name(), "", graph.nodes().size());
      Plan plan = Plan.of(graph, state, this, options, placer);
      event.commit();
      plans.add(plan);
      return plan;
    } finally {
      lock.unlock();
    }
  }

  void forget(Plan plan) {
    plans.remove(plan);
  }

  void forget(State state) {
    states.remove(state);
  }

  List<Device> opened() {
    return devices;
  }

  /// The devices that are not lost.
  ///
  /// @throws DeviceException if all are
  List<Device> usable() {
    List<Device> usable = devices.stream().filter(device -> !device.isLost()).toList();
    if (usable.isEmpty()) {
      throw new DeviceException(
          devices.getFirst().info().id(),
          "lost, like every device of the engine",
          "another engine, which opens the devices anew");
    }
    return usable;
  }

  /// What work takes on devices of the engine.
  List<Calibration> speeds(List<Device> some) {
    lock.lock();
    try {
      return some.stream().map(device -> Objects.requireNonNull(speeds.get(device))).toList();
    } finally {
      lock.unlock();
    }
  }

  /// Corrects what work takes on a device by what it took, for plans from now on.
  void learn(Device device, List<Correction.Timed> times) {
    lock.lock();
    try {
      speeds.computeIfPresent(device, (_, before) -> calibrations.corrected(device, before, times));
    } finally {
      lock.unlock();
    }
  }

  ReentrantLock lock() {
    return lock;
  }

  /// The longest that anything here waits for a device; ten minutes unless said otherwise.
  public Duration waitLimit() {
    return waitLimit;
  }

  /// Waits for devices no longer than this; what takes longer fails.
  ///
  /// @param limit more than 0
  public Engine waitLimit(Duration limit) {
    if (limit.isZero() || limit.isNegative()) {
      throw new IllegalArgumentException(
          "engine: waits of at most %s; need more than 0\n  try: Duration.ofMinutes(1)"
              .formatted(limit));
    }
    waitLimit = limit;
    return this;
  }

  /// Waits for the end of all runs under way, but those of one plan; what comes of them is told to
  /// whoever awaits them.
  void settleRuns(@Nullable Plan except) {
    for (int i = 0; i < plans.size(); i++) { // without an iterator: this is part of each run
      if (plans.get(i) != except) {
        plans.get(i).settleRuns();
      }
    }
  }

  /// Closes all plans and states that are still open, and the devices. Closing twice is harmless.
  @Override
  public void close() {
    lock.lock();
    try {
      List.copyOf(plans).forEach(Plan::close);
      List.copyOf(states).forEach(State::close);
      devices.forEach(Device::close);
    } finally {
      lock.unlock();
    }
  }
}

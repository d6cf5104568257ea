package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.graph.Feeds;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// A graph compiled for the devices of an engine, to be run any number of times.
///
/// A run brings the inputs up, runs the regions, updates the variables where they lie, and brings
/// the outputs down; nothing else crosses the bridge but what a split over several devices makes
/// necessary. Everything is decided beforehand, so that a run only replays.
///
/// Runs from several threads take turns.
public final class Plan implements AutoCloseable {
  private final Engine engine;
  private final State state;
  private final Blueprint blueprint;
  private final Resources resources;
  private final Map<String, TensorType> inputs = new TreeMap<>();
  private boolean closed;

  private Plan(Engine engine, State state, Blueprint blueprint, Resources resources) {
    this.engine = engine;
    this.state = state;
    this.blueprint = blueprint;
    this.resources = resources;
    for (Node node : blueprint.graph().inputs()) {
      if (node.op() instanceof Op.Input(String name, TensorType type)) {
        inputs.put(name, type);
      }
    }
  }

  static Plan of(Graph graph, State state, Engine engine, PlanOptions options, Placer placer) {
    Variables variables = state.variables();
    Blueprint blueprint =
        Blueprint.of(graph, variables, engine.opened(), ByteMeter.Purpose.FETCH, options, placer);
    Resources resources = Resources.acquire(blueprint, variables, engine);
    return new Plan(engine, state, blueprint, resources);
  }

  /// Runs once and waits for the end.
  ///
  /// @param feeds a tensor for each input of the graph, by name
  /// @return the outputs of the graph, by name; variables have their next values
  /// @throws IllegalArgumentException if a feed is missing, unknown or of another type; nothing has
  ///   run then
  /// @throws org.tombolo.device.DeviceException if a device fails; the variables that the plan
  ///   assigns are uncertain then and must be set anew
  public Map<String, Tensor> run(Map<String, Tensor> feeds) {
    engine.lock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("plan of %s: used after it was closed".formatted(name()));
      }
      Feeds.requireInputs(blueprint.graph(), feeds);
      state.requireSound(blueprint.variables());
      try {
        return resources.replay(feeds);
      } catch (RuntimeException e) {
        state.doubt(blueprint.assigned(), e.getMessage() == null ? e.toString() : e.getMessage());
        throw e;
      }
    } finally {
      engine.lock().unlock();
    }
  }

  private String name() {
    return blueprint.graph().name();
  }

  /// What one run does; launches and bytes of branches and loops come on top.
  public PlanStatistics statistics() {
    List<Device> devices = engine.opened();
    List<PlanStatistics.Memory> memory = new ArrayList<>();
    for (int i = 0; i < devices.size(); i++) {
      memory.add(
          new PlanStatistics.Memory(
              devices.get(i).info().id(),
              state.bytesOn(devices.get(i)),
              resources.constantBytes(i),
              blueprint.arenas().bytes(i) + resources.controlBytes(i),
              blueprint.arenas().liveBytes(i) + resources.controlBytes(i)));
    }
    Map<ByteMeter.Route, Long> routes = blueprint.traffic();
    long up = 0;
    long down = 0;
    for (Map.Entry<ByteMeter.Route, Long> entry : routes.entrySet()) {
      up += entry.getKey().from().equals(ByteMeter.HOST) ? entry.getValue() : 0;
      down += entry.getKey().to().equals(ByteMeter.HOST) ? entry.getValue() : 0;
    }
    return new PlanStatistics(
        blueprint.launches(), up, down, memory, blueprint.placement().seconds());
  }

  /// Bytes that each run moves, by source, destination and purpose. What branches and loops move
  /// inside comes on top: [#explain] says how much for each branch and trip.
  public Map<ByteMeter.Route, Long> traffic() {
    return blueprint.traffic();
  }

  /// Types of the inputs, by name.
  public Map<String, TensorType> inputs() {
    return new LinkedHashMap<>(inputs);
  }

  /// Where each operation runs and why, what is moved, and what memory is used, as text.
  public String explain() {
    return Explanation.of(blueprint, statistics());
  }

  /// Frees everything that belongs to the plan alone. Closing twice is harmless.
  @Override
  public void close() {
    engine.lock().lock();
    try {
      if (!closed) {
        closed = true;
        resources.close();
        engine.forget(this);
      }
    } finally {
      engine.lock().unlock();
    }
  }
}

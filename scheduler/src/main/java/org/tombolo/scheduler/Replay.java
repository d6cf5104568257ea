package org.tombolo.scheduler;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.graph.Tensor;
import org.tombolo.scheduler.schedule.Schedule;
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
  private final Steps bound;
  private final Step[] steps;
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

  /// The devices that have tasks; all of them if branches or loops may use any.
  private final Device[] used;

  private int started;

  /// A run that took longer than anybody waits.
  private @Nullable Frame givenUp;

  private Replay(Blueprint blueprint, Engine engine, PlanMemory memory, Steps bound) {
    this.blueprint = blueprint;
    this.engine = engine;
    this.trace = new TaskTrace(blueprint);
    this.devices = blueprint.request().devices();
    this.memory = memory;
    this.bound = bound;
    this.steps = bound.toArray();
    this.frames = bound.frames().toArray(Frame[]::new);
    this.waits = Waits.reduced(blueprint.layout().waits());
    this.after = new WaitList(2 * steps.length);
    this.queues =
        devices.stream()
            .flatMap(device -> List.of(QueueRole.values()).stream().map(device::queue))
            .distinct()
            .toArray(Queue[]::new);
    List<Schedule.Task> tasks = blueprint.schedule().tasks();
    this.used =
        blueprint.controls().isEmpty()
            ? tasks.stream().map(task -> devices.get(task.device)).distinct().toArray(Device[]::new)
            : devices.toArray(Device[]::new);
    int[] devicesOf = tasks.stream().mapToInt(task -> task.device).toArray();
    this.last = new int[devices.size()][];
    for (int device = 0; device < last.length; device++) {
      last[device] = Waits.last(waits, devicesOf, device);
    }
    this.isFirst = new boolean[steps.length];
    for (int i = 0; i < isFirst.length; i++) {
      isFirst[i] =
          !(tasks.get(i).action instanceof Schedule.Action.Upload) && followsUploadsAlone(tasks, i);
    }
  }

  /// Allocates and binds everything that a blueprint asks for; takes the blueprint over.
  static Replay acquire(Blueprint blueprint, Variables state, Engine engine) {
    PlanMemory memory = null;
    try {
      memory = PlanMemory.acquire(blueprint, state, engine);
      return new Replay(blueprint, engine, memory, Steps.bind(blueprint, engine, memory));
    } catch (RuntimeException e) {
      blueprint.close();
      if (memory != null) {
        memory.close();
      }
      throw e;
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

  /// A device that the plan uses and that is lost; null if none is.
  @Nullable Device lost() {
    for (Device device : used) {
      if (device.isLost()) {
        return device;
      }
    }
    return null;
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
    bound.feed(frame, feeds);
    stage(frame);
    start(frame, null);
    finish(frame);
    return bound.results(frame);
  }

  /// The tasks, bound.
  Steps bound() {
    return bound;
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
    Frame frame = new Frame(0, bound.inputs().size(), waits.length);
    for (int i = 0; i < waits.length; i++) {
      frame.fetched[i] = frames[0].fetched[i];
    }
    return frame;
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
  private boolean isAhead(Step step) {
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
    Step step = steps[position];
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
    long limit = 0;
    long start = 0;
    boolean waits = false; // where nothing is left to wait for, nobody looks at the clock
    WaitEvent wait = null;
    TaskTrace.Recorded recorded = frame.recorded;
    for (int i = 0; i < frame.events.length; i++) {
      Event event = frame.events[i];
      if (!event.equals(Event.DONE)) {
        if (!waits) {
          waits = true;
          limit = Math.min(engine.waitLimit().toNanos(), LONGEST_WAIT);
          start = System.nanoTime();
          wait = WaitEvent.begin("end of a run");
        }
        long left = Math.max(0, limit - (System.nanoTime() - start));
        try {
          event.await(Duration.ofNanos(left));
        } catch (RuntimeException e) {
          failure = failure == null ? failed(i, e) : failure;
        }
      }
      if (recorded != null) {
        TaskTrace.end(recorded, i, event);
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
        ? new RunException(name(), cause.device(), describe(position), cause)
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

  /// Frees what belongs to the plan. No run may be under way.
  @Override
  public void close() {
    bound.close();
    blueprint.close();
    memory.close();
  }
}

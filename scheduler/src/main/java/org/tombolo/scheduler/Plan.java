package org.tombolo.scheduler;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.graph.Feeds;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.calibration.Correction;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.trace.RunTimes;
import org.tombolo.scheduler.trace.Trace;

/// A graph compiled for the devices of an engine, to be run any number of times.
///
/// A run brings the inputs up, runs the regions, updates the variables where they lie, and brings
/// the outputs down; nothing else crosses the bridge but what a split over several devices makes
/// necessary. Everything is decided beforehand, so that a run only replays.
///
/// [#run] waits for the end. With [#start] the next run can begin meanwhile: its inputs go up while
/// the devices still compute, and they never wait for the host.
///
/// ```java
/// Run before = plan.start(feeds.next());
/// while (feeds.hasNext()) {
///   Run now = plan.start(feeds.next());
///   use(before.await());
///   before = now;
/// }
/// use(before.await());
/// ```
///
/// Safe for use by several threads: their runs take turns, each sees the variables as the one
/// before left them.
public final class Plan implements AutoCloseable {
  private final Engine engine;
  private final State state;
  private final Blueprint blueprint;
  private final Replay replay;
  private final List<String> variables;
  private final Set<String> assigned;
  private final List<State.Wanted> wanted;

  /// Variables that the plan assigns where they are at home, not on the host.
  private final Set<String> assignedAtHome;

  private final Deque<Run> underWay = new ArrayDeque<>();
  private @Nullable Staged staged;
  private boolean closed;

  private Plan(Engine engine, State state, Blueprint blueprint, Replay replay) {
    this.engine = engine;
    this.state = state;
    this.blueprint = blueprint;
    this.replay = replay;
    this.variables = blueprint.variables();
    this.assigned = blueprint.assigned();
    this.wanted = State.wanted(blueprint, blueprint.request().devices());
    this.assignedAtHome =
        assigned.stream()
            .filter(name -> !blueprint.visitors().containsKey(name))
            .collect(Collectors.toUnmodifiableSet());
  }

  static Plan of(Graph graph, State state, Engine engine, PlanOptions options, Placer placer) {
    Variables variables = state.variables();
    List<Device> devices = engine.usable();
    Blueprint blueprint =
        Blueprint.of(
            graph,
            variables,
            devices,
            engine.speeds(devices),
            ByteMeter.Purpose.FETCH,
            options,
            placer);
    return new Plan(engine, state, blueprint, Replay.acquire(blueprint, variables, engine));
  }

  /// Runs once and waits for the end.
  ///
  /// @param feeds a tensor for each input of the graph, by name
  /// @return the outputs of the graph, by name; variables have their next values
  /// @throws IllegalArgumentException if a feed is missing, unknown or of another type; nothing has
  ///   run then
  /// @throws RunException if a device fails; the variables that the plan assigns are uncertain then
  ///   and must be set anew
  public Map<String, Tensor> run(Map<String, Tensor> feeds) {
    engine.lock().lock();
    try {
      return start(feeds).await();
    } finally {
      engine.lock().unlock();
    }
  }

  /// Starts a run and returns without waiting for its end, as far as the devices allow: the
  /// processor, and whatever moves values from device to device, works within this call. Of two
  /// runs under way the earlier one is waited for first.
  ///
  /// @param feeds a tensor for each input of the graph, by name; their memory must stay as it is
  ///   until the run has ended
  /// @return the run, to be awaited: what it fails with is told nowhere else
  /// @throws IllegalArgumentException if a feed is missing, unknown or of another type; nothing has
  ///   run then
  /// @throws RunException if a device fails at once; the variables that the plan assigns are
  ///   uncertain then and must be set anew
  public Run start(Map<String, Tensor> feeds) {
    engine.lock().lock();
    try {
      return start(stage(feeds));
    } finally {
      engine.lock().unlock();
    }
  }

  /// Brings the inputs of the next run up, and starts nothing else of it: for callers that want to
  /// see what one run gives before they start the next one.
  ///
  /// @param feeds a tensor for each input of the graph, by name; their memory must stay as it is
  ///   until the run has ended
  /// @return the run, to be started; a run of this plan that is started or staged in between takes
  ///   its place
  /// @throws IllegalArgumentException if a feed is missing, unknown or of another type
  /// @throws RunException if a device fails at once
  public Staged stage(Map<String, Tensor> feeds) {
    engine.lock().lock();
    try {
      requireOpen();
      requireFeeds(feeds);
      unstage();
      ready();
      Frame frame = replay.next();
      replay.bound().feed(frame, feeds);
      replay.stage(frame);
      staged = new Staged(this, frame);
      return staged;
    } finally {
      engine.lock().unlock();
    }
  }

  Run start(Staged inputs) {
    engine.lock().lock();
    try {
      requireOpen();
      if (inputs != staged) {
        throw new IllegalStateException(
            "plan of %s: a staged run was started before, or another one took its place\n  try: %s"
                .formatted(name(), "plan.stage(feeds) anew"));
      }
      staged = null;
      ready();
      Run before = underWay.peekLast();
      start(inputs.frame(), before == null ? null : before.frame());
      Run run = new Run(this, inputs.frame());
      underWay.add(run);
      return run;
    } finally {
      engine.lock().unlock();
    }
  }

  /// Binds the plan to tensors, for runs that make no new objects. Each run reads the memory of
  /// those that are fed here, and writes the memory of [Binding#output].
  ///
  /// @param feeds a tensor for each input of the graph, by name
  /// @throws IllegalArgumentException if a feed is missing, unknown or of another type
  public Binding bind(Map<String, Tensor> feeds) {
    engine.lock().lock();
    try {
      requireOpen();
      requireFeeds(feeds);
      Frame frame = replay.apart();
      replay.bound().feed(frame, feeds);
      return new Binding(this, frame, replay.bound().results(frame));
    } finally {
      engine.lock().unlock();
    }
  }

  /// Runs once in memory of the caller's.
  void run(Frame frame) {
    engine.lock().lock();
    try {
      requireOpen();
      unstage();
      ready();
      settleRuns();
      replay.stage(frame);
      start(frame, null);
      try {
        replay.finish(frame);
      } catch (RuntimeException e) {
        throw failed(e);
      }
      if (replay.bound().hasNexts()) {
        Map<String, Tensor> nexts = replay.bound().nexts(frame);
        nexts.replaceAll((_, next) -> copy(next)); // the next run writes over what came down
        state.adopt(nexts);
      }
    } finally {
      engine.lock().unlock();
    }
  }

  private static Tensor copy(Tensor value) {
    MemorySegment memory = Tensor.allocate(value.type());
    memory.copyFrom(value.data());
    return Tensor.wrap(value.type(), memory);
  }

  private void start(Frame frame, @Nullable Frame previous) {
    try {
      state.renew(name(), wanted);
    } catch (DeviceException e) {
      replay.abandon(frame);
      throw e;
    }
    state.outdate(assignedAtHome);
    try {
      replay.start(frame, previous);
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  /// Whether the plan can run: it is not closed, and none of its devices is lost.
  public boolean isUsable() {
    engine.lock().lock();
    try {
      return !closed && replay.lost() == null;
    } finally {
      engine.lock().unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("plan of %s: used after it was closed".formatted(name()));
    }
  }

  private void requireFeeds(Map<String, Tensor> feeds) {
    boolean fits = feeds.size() == replay.bound().inputs().size();
    for (Map.Entry<String, TensorType> input : replay.bound().inputs().entrySet()) {
      Tensor fed = feeds.get(input.getKey());
      fits = fits && fed != null && fed.type().equals(input.getValue());
    }
    if (!fits) {
      Feeds.requireInputs(blueprint.graph(), feeds); // says what is wrong
    }
  }

  /// Checks that a run can start and makes room for it.
  private void ready() {
    engine.settleRuns(this);
    if (underWay.size() == replay.runs()) {
      settle(underWay.getFirst());
    }
    Device lost = replay.lost();
    if (lost != null) {
      throw new DeviceException(
          lost.info().id(),
          "plan of %s: the device is lost".formatted(name()),
          "compiling the graph again, for the other devices; what lay there must be set anew");
    }
    state.requireSound(variables);
  }

  /// Gives a run up that was staged and never started, once its inputs have come up.
  private void unstage() {
    if (staged != null) {
      replay.abandon(staged.frame());
      staged = null;
    }
  }

  private RuntimeException failed(RuntimeException e) {
    state.doubt(assigned, e.getMessage() == null ? e.toString() : e.getMessage());
    return e;
  }

  /// Waits for the end of a run, and of those before it.
  void settle(Run run) {
    engine.lock().lock();
    try {
      while (!run.isSettled()) {
        Run first = underWay.remove();
        try {
          replay.finish(first.frame());
          if (replay.bound().hasNexts()) {
            state.adopt(replay.bound().nexts(first.frame()));
          }
          first.succeeded(replay.bound().results(first.frame()));
        } catch (RuntimeException e) {
          first.failed(failed(e));
        }
      }
    } finally {
      engine.lock().unlock();
    }
  }

  /// Waits for the end of all runs under way.
  void settleRuns() {
    Run last = underWay.peekLast();
    if (last != null) {
      settle(last);
    }
  }

  boolean hasEnded(Run run) {
    engine.lock().lock();
    try {
      return run.isSettled() || run.frame().unfinished() == null;
    } finally {
      engine.lock().unlock();
    }
  }

  private String name() {
    return blueprint.graph().name();
  }

  Blueprint blueprint() {
    return blueprint;
  }

  /// What one run does; launches and bytes of branches and loops come on top.
  public PlanStatistics statistics() {
    List<Device> devices = blueprint.request().devices();
    List<PlanStatistics.Memory> memory = new ArrayList<>();
    for (int i = 0; i < devices.size(); i++) {
      memory.add(
          new PlanStatistics.Memory(
              devices.get(i).info().id(),
              state.bytesOn(devices.get(i)),
              blueprint.arenas().constantBytes(i),
              blueprint.arenas().runs() * blueprint.arenas().inputBytes(i),
              blueprint.arenas().bytes(i) + blueprint.layout().controlBytes().get(i),
              blueprint.arenas().liveBytes(i) + blueprint.layout().controlBytes().get(i)));
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

  /// Time that one run is expected to take on idle devices, in seconds: computing, copies, and what
  /// of them happens at the same time.
  public double expectedSeconds() {
    return blueprint.timeline().seconds();
  }

  /// Bytes that each run moves, by source, destination and purpose. What branches and loops move
  /// inside comes on top: [#explain] says how much for each branch and trip.
  public Map<ByteMeter.Route, Long> traffic() {
    return blueprint.traffic();
  }

  /// Types of the inputs, by name.
  public Map<String, TensorType> inputs() {
    return new LinkedHashMap<>(replay.bound().inputs());
  }

  /// What the plan does in one run and why: where each operation runs, what is moved, what memory
  /// is used, and when. Makes text, JSON and a page.
  public PlanReport report() {
    return Inspection.of(blueprint, statistics().memory());
  }

  /// Runs the plan once to warm up and then several times, one after the other, and reports what
  /// that took beside what was predicted. Variables have their next values after each run. Where
  /// the speed of a device was measured, it is corrected by the times of the regions, for later
  /// plans (see [org.tombolo.scheduler.calibration.Calibrations.Mode]).
  ///
  /// @param feeds a tensor for each input of the graph, by name
  /// @param runs how many runs are measured, at least 1
  /// @throws UncheckedIOException if the recording cannot be written to a file for a moment
  public PlanReport measure(Map<String, Tensor> feeds, int runs) {
    if (runs < 1) {
      throw new IllegalArgumentException(
          "plan of %s: measure %d runs; need 1 or more".formatted(name(), runs));
    }
    PlanReport report = report();
    run(feeds);
    try (Trace trace = Trace.start()) {
      for (int i = 0; i < runs; i++) {
        run(feeds);
      }
      List<RunTimes> times = new ArrayList<>(trace.runs(replay.number()));
      List<List<Correction.Timed>> work = MeasuredWork.of(blueprint, times);
      for (int i = 0; i < work.size(); i++) {
        engine.learn(blueprint.request().devices().get(i), work.get(i));
      }
      times.sort(Comparator.comparingDouble(RunTimes::seconds));
      RunTimes median = times.get(times.size() / 2);
      return report.withMeasured(
          new PlanReport.Measured(
              times.size(), median.seconds(), times.getFirst().seconds(), median.tasks()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where each operation runs and why, what is moved, and what memory is used, as text.
  public String explain() {
    return report().text();
  }

  /// Frees everything that belongs to the plan alone. Closing twice is harmless.
  @Override
  public void close() {
    engine.lock().lock();
    try {
      if (!closed) {
        unstage();
        settleRuns();
        closed = true;
        replay.close();
        engine.forget(this);
      }
    } finally {
      engine.lock().unlock();
    }
  }
}

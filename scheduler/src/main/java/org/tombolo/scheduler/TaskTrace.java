package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Event;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.trace.RunEvent;
import org.tombolo.scheduler.trace.TaskEvent;

/// Tells the Flight Recorder what a plan does. While nobody records, a run costs one question.
final class TaskTrace {
  private static final AtomicLong PLANS = new AtomicLong();

  /// What stays the same from run to run.
  private record Label(
      String kind, String task, String device, String queue, long bytes, String sources) {}

  private final Blueprint plan;
  private final long number = PLANS.incrementAndGet();

  /// By position of the task; none before the first run that is recorded.
  private List<Label> labels = List.of();

  private long run;

  TaskTrace(Blueprint plan) {
    this.plan = plan;
  }

  /// Number of the plan in this process.
  long number() {
    return number;
  }

  /// The events of one run under way.
  static final class Recorded {
    private final RunEvent whole = new RunEvent();
    private final @Nullable TaskEvent[] tasks;
    private final long[] handedOver;

    private Recorded(int tasks) {
      this.tasks = new TaskEvent[tasks];
      this.handedOver = new long[tasks];
    }
  }

  /// A run begins.
  ///
  /// @return where its events are kept; null if nobody records
  @Nullable Recorded begin() {
    run++;
    if (!RunEvent.isOn() && !TaskEvent.isOn()) {
      return null;
    }
    if (labels.isEmpty()) {
      labels = labels();
    }
    Recorded recorded = new Recorded(labels.size());
    recorded.whole.plan = plan.graph().name();
    recorded.whole.planNumber = number;
    recorded.whole.run = run;
    recorded.whole.begin();
    return recorded;
  }

  /// A task is about to be handed over.
  void begin(Recorded recorded, int position) {
    Label label = labels.get(position);
    TaskEvent event = new TaskEvent();
    event.planNumber = number;
    event.run = recorded.whole.run;
    event.index = position;
    event.kind = label.kind();
    event.task = label.task();
    event.device = label.device();
    event.queue = label.queue();
    event.bytes = label.bytes();
    event.sources = label.sources();
    event.begin();
    recorded.handedOver[position] = System.nanoTime();
    recorded.tasks[position] = event;
  }

  /// A task that was handed over may have ended.
  static void look(Recorded recorded, int position, Event event) {
    if (event.isDone()) {
      end(recorded, position, event);
    }
  }

  /// A task has ended.
  static void end(Recorded recorded, int position, Event end) {
    TaskEvent event = recorded.tasks[position];
    if (event != null) {
      Event.Span span = end.span().orElse(null);
      if (span != null) {
        event.beganAfter = Math.max(0, span.start() - recorded.handedOver[position]);
        event.endedAfter = Math.max(event.beganAfter, span.end() - recorded.handedOver[position]);
      }
      event.commit();
      recorded.tasks[position] = null;
    }
  }

  /// The run has ended.
  static void end(Recorded recorded) {
    recorded.whole.commit();
  }

  private List<Label> labels() {
    Map<Integer, PlanReport.Task> makers = new HashMap<>();
    List<Label> all = new ArrayList<>();
    for (PlanReport.Task task : Inspection.tasks(plan)) {
      String sources =
          task.reads().stream()
              .map(makers::get)
              .filter(Objects::nonNull)
              .filter(maker -> isTransfer(task) || isTransfer(maker))
              .map(maker -> Integer.toString(maker.index()))
              .distinct()
              .collect(Collectors.joining(" "));
      all.add(
          new Label(
              lower(task.kind()),
              task.name(),
              task.device(),
              lower(task.lane()),
              task.bytes(),
              sources));
      task.writes().forEach(value -> makers.put(value, task));
    }
    return all;
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static boolean isTransfer(PlanReport.Task task) {
    return switch (task.kind()) {
      case UPLOAD, BRIDGE, DOWNLOAD -> true;
      case REGION, CONTROL, COPY -> false;
    };
  }
}

package org.tombolo.scheduler.trace;

import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import jdk.jfr.consumer.RecordedEvent;
import org.tombolo.scheduler.report.Json;

/// Events as Chrome's trace viewer reads them: *Trace Event Format*, complete events (`X`), flow
/// events (`s`, `f`) and names (`M`), times in microseconds.
final class ChromeTrace {
  private static final int HOST = 0;
  private static final List<String> QUEUES = List.of("upload", "compute", "download");
  private static final List<String> HOST_LANES =
      List.of("compilation", "waits", "runs", "runs that overlap");

  private static final String CLOCK =
      "host; a task starts when it has been handed over and its queue is free, and ends when the"
          + " host sees that it has";

  private final Map<String, Integer> devices = new HashMap<>();
  private final Instant zero;
  private final List<Map<String, Object>> out = new ArrayList<>();

  /// Ends of the runs in the first lane that contain the present time.
  private final Deque<Instant> underWay = new ArrayDeque<>();

  private int flows;

  /// A task, in a run, in a plan.
  private record Place(long plan, long run, int index) {
    static Place of(RecordedEvent task, int index) {
      return new Place(task.getLong("planNumber"), task.getLong("run"), index);
    }
  }

  private ChromeTrace(Instant zero) {
    this.zero = zero;
  }

  static void write(List<RecordedEvent> events, Writer out) throws IOException {
    Instant first =
        events.stream()
            .map(RecordedEvent::getStartTime)
            .min(Comparator.naturalOrder())
            .orElse(Instant.EPOCH);
    ChromeTrace trace = new ChromeTrace(first);
    trace.addAll(events);
    out.write("{\"displayTimeUnit\":\"ns\",\"otherData\":");
    out.write(Json.compact(Map.of("clock", CLOCK)));
    out.write(",\"traceEvents\":[");
    String separator = "\n";
    for (Map<String, Object> event : trace.out) {
      out.write(separator);
      out.write(Json.compact(event));
      separator = ",\n";
    }
    out.write("\n]}\n");
  }

  private void addAll(List<RecordedEvent> events) {
    List<RecordedEvent> tasks = new ArrayList<>();
    TreeSet<String> ids = new TreeSet<>();
    for (RecordedEvent event : events) {
      if (event.getEventType().getName().equals(TaskEvent.NAME)) {
        tasks.add(event);
        ids.add(event.getString("device"));
      }
    }
    ids.forEach(id -> devices.put(id, devices.size() + 1));
    name(HOST, "host", HOST_LANES);
    ids.forEach(id -> name(process(id), id, QUEUES));
    events.stream()
        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
        .forEach(this::addOfHost);
    List<LaneSpan> spans = LaneSpan.of(tasks);
    Map<Place, LaneSpan> places = new HashMap<>();
    for (LaneSpan span : spans) {
      places.put(Place.of(span.event(), span.event().getInt("index")), span);
      addTask(span);
    }
    spans.forEach(span -> addFlows(span, places));
  }

  private int process(String device) {
    return devices.getOrDefault(device, HOST);
  }

  private void name(int process, String name, List<String> lanes) {
    out.add(named("process_name", process, 0, name));
    for (int lane = 0; lane < lanes.size(); lane++) {
      out.add(named("thread_name", process, lane, lanes.get(lane)));
      Map<String, Object> order = event("M", "thread_sort_index", process, lane);
      order.put("args", Map.of("sort_index", lane));
      out.add(order);
    }
  }

  private static Map<String, Object> named(String what, int process, int lane, String name) {
    Map<String, Object> event = event("M", what, process, lane);
    event.put("args", Map.of("name", name));
    return event;
  }

  private static Map<String, Object> event(String phase, String name, int process, int lane) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("ph", phase);
    event.put("name", name);
    event.put("pid", process);
    event.put("tid", lane);
    return event;
  }

  private double micros(Instant time) {
    return Duration.between(zero, time).toNanos() / 1e3;
  }

  private void addSpan(
      String name,
      int process,
      int lane,
      Instant start,
      Instant end,
      Map<String, Object> arguments) {
    Map<String, Object> event = event("X", name, process, lane);
    event.put("ts", micros(start));
    event.put("dur", Duration.between(start, end).toNanos() / 1e3);
    event.put("args", arguments);
    out.add(event);
  }

  private void addOfHost(RecordedEvent event) {
    Instant start = event.getStartTime();
    Instant end = event.getEndTime();
    switch (event.getEventType().getName()) {
      case RunEvent.NAME ->
          addSpan(
              "run %d of %s".formatted(event.getLong("run"), event.getString("plan")),
              HOST,
              HOST_LANES.indexOf(nests(start, end) ? "runs" : "runs that overlap"),
              start,
              end,
              Map.of());
      case WaitEvent.NAME ->
          addSpan(
              event.getString("reason"), HOST, HOST_LANES.indexOf("waits"), start, end, Map.of());
      case CompileEvent.NAME -> {
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("device", event.getString("device"));
        arguments.put("operations", event.getInt("operations"));
        addSpan(
            event.getString("what"),
            HOST,
            HOST_LANES.indexOf("compilation"),
            start,
            end,
            arguments);
      }
      default -> {}
    }
  }

  /// Whether a run lies within those of its lane that have not ended, or after them; runs come in
  /// the order in which they start.
  private boolean nests(Instant start, Instant end) {
    while (!underWay.isEmpty() && !underWay.peek().isAfter(start)) {
      underWay.pop();
    }
    boolean nests = underWay.isEmpty() || !underWay.peek().isBefore(end);
    if (nests) {
      underWay.push(end);
    }
    return nests;
  }

  private void addTask(LaneSpan span) {
    RecordedEvent task = span.event();
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("kind", task.getString("kind"));
    arguments.put("bytes", task.getLong("bytes"));
    arguments.put("run", task.getLong("run"));
    arguments.put("task", task.getInt("index"));
    arguments.put("handedOver", micros(task.getStartTime()));
    addSpan(
        task.getString("task"),
        process(task.getString("device")),
        QUEUES.indexOf(task.getString("queue")),
        span.start(),
        span.end(),
        arguments);
  }

  /// Arrows from the tasks that a task has values from.
  private void addFlows(LaneSpan span, Map<Place, LaneSpan> places) {
    RecordedEvent task = span.event();
    for (String index : task.getString("sources").split(" ")) {
      LaneSpan source =
          index.isEmpty() ? null : places.get(Place.of(task, Integer.parseInt(index)));
      if (source != null) {
        flows++;
        Instant middle =
            source.start().plus(Duration.between(source.start(), source.end()).dividedBy(2));
        out.add(flow("s", source.event(), middle));
        Map<String, Object> end =
            flow("f", task, middle.isAfter(span.start()) ? middle : span.start());
        end.put("bp", "e");
        out.add(end);
      }
    }
  }

  private Map<String, Object> flow(String phase, RecordedEvent task, Instant time) {
    Map<String, Object> event =
        event(
            phase,
            "value",
            process(task.getString("device")),
            QUEUES.indexOf(task.getString("queue")));
    event.put("cat", "transfer");
    event.put("id", flows);
    event.put("ts", micros(time));
    return event;
  }
}

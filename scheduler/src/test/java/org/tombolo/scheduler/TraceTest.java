package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.calibration.Calibration;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.trace.Trace;

class TraceTest {
  /// Microseconds that rounding may add.
  private static final double ROUNDING = 0.002;

  @TempDir private Path folder;

  private List<JsonNode> read(Trace trace) throws Exception {
    Path file = folder.resolve("trace.json");
    trace.write(file);
    JsonNode all = JsonMapper.builder().build().readTree(Files.readString(file));
    assertTrue(all.get("otherData").get("clock").asText().startsWith("host; "));
    List<JsonNode> events = new ArrayList<>();
    all.get("traceEvents").forEach(events::add);
    return events;
  }

  private static List<JsonNode> phase(List<JsonNode> events, String phase) {
    return events.stream().filter(event -> event.get("ph").asText().equals(phase)).toList();
  }

  private static double end(JsonNode span) {
    return span.get("ts").asDouble() + span.get("dur").asDouble();
  }

  private static String lane(JsonNode event) {
    return event.get("pid") + "/" + event.get("tid");
  }

  /// Checks that spans of one lane contain each other or do not meet.
  private static void assertNested(List<JsonNode> events) {
    Map<String, List<JsonNode>> lanes = new HashMap<>();
    for (JsonNode span : phase(events, "X")) {
      assertTrue(span.get("dur").asDouble() >= 0, span::toString);
      lanes.computeIfAbsent(lane(span), _ -> new ArrayList<>()).add(span);
    }
    for (List<JsonNode> spans : lanes.values()) {
      spans.sort(
          Comparator.comparingDouble((JsonNode span) -> span.get("ts").asDouble())
              .thenComparingDouble(span -> -span.get("dur").asDouble()));
      Deque<Double> open = new ArrayDeque<>();
      for (JsonNode span : spans) {
        while (!open.isEmpty() && open.peek() <= span.get("ts").asDouble() + ROUNDING) {
          open.pop();
        }
        assertTrue(open.isEmpty() || end(span) <= open.peek() + ROUNDING, span::toString);
        open.push(end(span));
      }
    }
  }

  /// Checks that arrows pair up, lead forward, and begin and end in spans.
  private static int assertPaired(List<JsonNode> events) {
    Map<Integer, JsonNode> starts = new HashMap<>();
    phase(events, "s").forEach(start -> starts.put(start.get("id").asInt(), start));
    List<JsonNode> ends = phase(events, "f");
    assertEquals(starts.size(), ends.size());
    for (JsonNode end : ends) {
      JsonNode start = starts.remove(end.get("id").asInt());
      assertTrue(start.get("ts").asDouble() <= end.get("ts").asDouble() + ROUNDING);
      for (JsonNode tip : List.of(start, end)) {
        double at = tip.get("ts").asDouble();
        assertTrue(
            phase(events, "X").stream()
                .anyMatch(span ->
                    lane(span).equals(lane(tip))
                        && span.get("ts").asDouble() <= at + ROUNDING
                        && at <= end(span) + ROUNDING),
            tip::toString);
      }
    }
    return ends.size();
  }

  private static Map<String, Tensor> feeds() {
    return Map.of("x", Tensor.filled(TensorType.f32(16, 32), i -> 0.01 * i));
  }

  @Test
  void everyTaskOfEveryRunIsThere() throws Exception {
    Graph graph = SamplePlans.training("net", 4, 2);
    try (Engine engine = Engine.of(SamplePlans.devices());
        State state = engine.newState()) {
      SamplePlans.fill(state, graph);
      try (Trace trace = Trace.start()) {
        Plan plan = engine.compile(graph, state);
        PlanReport report = plan.report();
        for (int i = 0; i < 3; i++) {
          plan.run(feeds());
        }
        List<JsonNode> events = read(trace);
        assertNested(events);
        List<JsonNode> spans = phase(events, "X");
        for (PlanReport.Task task : report.tasks()) {
          List<JsonNode> seen =
              spans.stream()
                  .filter(span -> span.get("args").has("task"))
                  .filter(span -> span.get("args").get("task").asInt() == task.index())
                  .toList();
          assertEquals(3, seen.size(), task.text());
          seen.forEach(span -> {
            assertEquals(task.name(), span.get("name").asText());
            assertEquals(task.bytes(), span.get("args").get("bytes").asLong());
          });
        }
        assertEquals(
            3,
            spans.stream().filter(it -> it.get("name").asText().matches("run \\d of net")).count());
        long regions =
            report.tasks().stream().filter(it -> it.kind() == PlanReport.Kind.REGION).count();
        assertEquals(
            regions + 1,
            spans.stream().filter(it -> it.get("args").has("operations")).count(),
            "compiled");
        assertTrue(spans.stream().anyMatch(it -> it.get("name").asText().equals("end of a run")));
        Map<Integer, PlanReport.Task> makers = new HashMap<>();
        report.tasks().forEach(task -> task.writes().forEach(value -> makers.put(value, task)));
        long moved =
            report.tasks().stream()
                .flatMap(task ->
                    task.reads().stream()
                        .filter(makers::containsKey)
                        .map(makers::get)
                        .filter(maker -> isTransfer(task) || isTransfer(maker))
                        .distinct())
                .count();
        assertTrue(moved > 0);
        assertEquals(3 * moved, assertPaired(events), "arrows");
        assertEquals(
            2,
            phase(events, "M").stream().filter(it -> it.toString().contains("simulated:")).count());
      }
    }
  }

  private static boolean isTransfer(PlanReport.Task task) {
    return switch (task.kind()) {
      case UPLOAD, BRIDGE, DOWNLOAD -> true;
      case REGION, CONTROL, COPY -> false;
    };
  }

  @Test
  void runsThatOverlapAndLoopsNest() throws Exception {
    Graph graph = SamplePlans.training("net", 2, 5);
    List<SimulatedDevice> devices = List.of(SimulatedDevice.of("simulated:0", 1 << 24));
    try (Engine engine = Engine.of(devices);
        State state = engine.newState();
        Trace trace = Trace.start()) {
      SamplePlans.fill(state, graph);
      Plan plan = engine.compile(graph, state);
      Run before = plan.start(feeds());
      for (int i = 0; i < 4; i++) {
        Run now = plan.start(feeds());
        before.await();
        before = now;
      }
      before.await();
      Plan loop = engine.compile(SamplePlans.counting(), state);
      loop.run(Map.of("x", Tensor.of(new float[] {1, 2, 3})));
      List<JsonNode> events = read(trace);
      assertNested(events);
      assertPaired(events);
      long runs =
          phase(events, "X").stream()
              .filter(it -> it.get("name").asText().matches("run \\d+ of .*"))
              .count();
      assertEquals(5 + 1 + 1 + 3, runs); // the loop: itself, what happens once, three trips
    }
  }

  @Test
  void nothingIsKeptWhileNobodyRecords() {
    Graph graph = SamplePlans.training("net", 2, 5);
    try (Engine engine = Engine.of(SamplePlans.devices());
        State state = engine.newState()) {
      SamplePlans.fill(state, graph);
      Blueprint blueprint =
          Blueprint.of(
              graph,
              state.variables(),
              engine.opened(),
              Calibration.rough(engine.opened()),
              ByteMeter.Purpose.FETCH,
              PlanOptions.defaults(),
              Placer.CHEAPEST);
      TaskTrace trace = new TaskTrace(blueprint);
      assertEquals(null, trace.begin());
      try (Trace _ = Trace.start()) {
        assertTrue(trace.begin() != null);
      }
      assertEquals(null, trace.begin());
      blueprint.close();
    }
  }

  @Test
  void measuredTimesStandBesideThePredictedOnes() {
    Graph graph = SamplePlans.training("net", 3, 2);
    try (Engine engine = Engine.of(SamplePlans.devices());
        State state = engine.newState()) {
      SamplePlans.fill(state, graph);
      Plan plan = engine.compile(graph, state);
      PlanReport.Measured measured = plan.measure(feeds(), 5).measured().orElseThrow();
      assertEquals(5, measured.runs());
      assertTrue(0 < measured.fastest() && measured.fastest() <= measured.seconds());
      assertEquals(plan.report().tasks().size(), measured.tasks().size());
      for (PlanReport.Span span : measured.tasks()) {
        assertTrue(0 <= span.start() && span.start() <= span.end(), span::toString);
        assertTrue(span.end() <= measured.seconds() + 1e-6, span::toString);
      }
      assertTrue(
          plan.measure(feeds(), 1).text().lines().anyMatch(it -> it.startsWith("measured: ")));
    }
  }
}

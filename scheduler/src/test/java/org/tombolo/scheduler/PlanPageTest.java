package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.report.PlanReport;

/// The page of a plan, as a browser sees it.
class PlanPageTest {
  @TempDir private Path folder;

  private static PlanReport report(Graph graph) {
    try (Engine engine = Engine.of(SamplePlans.devices());
        State state = engine.newState()) {
      SamplePlans.fill(state, graph);
      try (Plan plan = engine.compile(graph, state)) {
        return plan.report();
      }
    }
  }

  private static int count(String text, String pattern) {
    return (int) Pattern.compile(pattern).matcher(text).results().count();
  }

  private static boolean isTransfer(PlanReport.Task task) {
    return switch (task.kind()) {
      case UPLOAD, BRIDGE, DOWNLOAD -> true;
      case REGION, CONTROL, COPY -> false;
    };
  }

  /// Checks that a page shows all of a plan.
  private static void assertShows(PlanReport report, String dom) {
    String head = dom.substring(0, dom.indexOf("<head>"));
    assertTrue(head.contains("data-errors=\"0\""), head);
    assertTrue(head.contains("data-ready=\"true\""), head);
    long transfers = report.tasks().stream().filter(PlanPageTest::isTransfer).count();
    assertEquals(transfers, count(dom, "class=\"node transfer "), "transfers");
    assertEquals(
        report.tasks().size(), count(dom, "class=\"node [a-z ]+[0-9]?\"[^>]* data-task="), "tasks");
    report.tasks().stream()
        .filter(PlanPageTest::isTransfer)
        .forEach(task ->
            assertEquals(
                1,
                count(
                    dom,
                    "class=\"node transfer [^>]* data-task=\"%d\" data-bytes=\"%d\""
                        .formatted(task.index(), task.bytes())),
                task.text()));
    Map<Integer, PlanReport.Task> makers = new HashMap<>();
    report.tasks().forEach(task -> task.writes().forEach(value -> makers.put(value, task)));
    long bridges =
        report.tasks().stream()
            .flatMap(task ->
                task.reads().stream()
                    .map(makers::get)
                    .filter(maker -> maker != null && maker.index() != task.index())
                    .filter(maker -> isTransfer(task) || isTransfer(maker)))
            .count();
    assertTrue(bridges > 0, "a plan without a bridge");
    assertEquals(bridges, count(dom, "class=\"edge bridge( long)?\""), "edges over the bridge");
    assertEquals(
        report.tasks().stream().map(task -> task.device() + task.lane()).distinct().count(),
        count(dom, "class=\"lane\""),
        "lanes");
    assertEquals(report.tasks().size(), count(dom, "class=\"bar "), "bars");
    assertEquals(
        report.devices().stream().mapToInt(device -> device.residences().size()).sum(),
        count(dom, "class=\"residence "),
        "places in arenas");
    assertEquals(
        Math.min(250, report.operations().size()),
        count(dom, "class=\"number\">\\d+</td><td>[^<]*</td><td>[^<]*</td><td>"),
        "rows");
  }

  /// Checks that a picture shows boxes in the colours of both devices.
  private static void assertColourful(BufferedImage picture, int first, int second) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        counts.merge(picture.getRGB(x, y) & 0xffffff, 1, Integer::sum);
      }
    }
    assertTrue(counts.size() > 100, () -> counts.size() + " colours");
    assertTrue(counts.getOrDefault(first, 0) > 100, "colour of the first device");
    assertTrue(counts.getOrDefault(second, 0) > 20, "colour of the second device");
  }

  @Test
  void aSmallPlanIsDrawn() throws Exception {
    Browser browser = Browser.in(folder);
    PlanReport report = report(SamplePlans.training("small", 4, 2));
    String page = report.html();
    assertShows(report, browser.load(page, "#light"));
    assertColourful(browser.picture(page, "#light"), 0x0b6bb5, 0xc77700);
    assertColourful(browser.picture(page, "#dark"), 0x4fa8ec, 0xf0a63a);
  }

  @Test
  void whatLeavesMemoryIsListed() throws Exception {
    Graph graph = MemoryReliefTest.training(6);
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1 << 26);
    try (Engine engine = Engine.of(List.of(device));
        State state = engine.newState()) {
      SamplePlans.fill(state, graph);
      long limit;
      try (Plan plan = engine.compile(graph, state)) {
        limit = plan.statistics().peakBytes() * 6 / 10;
      }
      PlanOptions options = PlanOptions.defaults().withMemoryLimit("simulated:0", limit);
      try (Plan plan = engine.compile(graph, state, options)) {
        PlanReport report = plan.report();
        String dom = Browser.in(folder).load(report.html(), "");
        int rows = count(dom, "<td>(computed again|swapped|uploaded again|kept on host)</td>");
        assertTrue(rows > 0);
        assertEquals(report.returns().size(), rows);
      }
    }
  }

  @Test
  void twoThousandOperationsAreDrawn() throws Exception {
    Browser browser = Browser.in(folder);
    PlanReport report = report(SamplePlans.training("large", 120, 12));
    assertTrue(report.operations().size() > 2000, () -> report.operations().size() + " operations");
    long start = System.nanoTime();
    String dom = browser.load(report.html(), "#light");
    System.out.printf(
        "page of %,d operations: %,d KB, loaded in %.1f s%n",
        report.operations().size(),
        report.html().length() / 1024,
        (System.nanoTime() - start) / 1e9);
    assertShows(report, dom);
    assertColourful(browser.picture(report.html(), "#dark"), 0x4fa8ec, 0xf0a63a);
  }

  /// Everything a person can do: regions open, operations are looked for and chosen, plans inside
  /// of others are opened.
  @Test
  void thePageAnswers() throws Exception {
    Browser browser = Browser.in(folder);
    PlanReport report = report(SamplePlans.training("small", 4, 2));
    String script =
        """
        <script>
        byId('expand').click();
        byId('search').value = 'tanh cheapest';
        byId('search').value = 'no tanh';
        byId('search').oninput();
        document.querySelector('#operations tbody tr').click();
        byId('near').click();
        document.querySelector('#graph').dispatchEvent(new WheelEvent('wheel', {deltaY: -300}));
        document.querySelector('.bar').onclick();
        document.querySelector('.residence').onclick();
        document.querySelector('.node.region').onclick();
        </script></body>\
        """;
    String dom = browser.load(report.html().replace("</body>", script), "");
    assertTrue(dom.contains("data-errors=\"0\""), dom.substring(0, 300));
    long only =
        report.operations().stream()
            .filter(it -> it.why().reason() == PlanReport.Reason.ONLY_ABLE)
            .count();
    assertTrue(only > 0, "nothing that only one device can run");
    assertTrue(dom.contains(only + " of " + report.operations().size()), "found");
    int rows = report.tasks().stream().mapToInt(task -> task.operations().size()).sum();
    assertTrue(count(dom, "<text [^>]*class=\"soft\"") >= rows, "operations in the graph");
    assertTrue(dom.contains("class=\"node region d0 chosen\""), "what was clicked");
  }

  @Test
  void namesCannotBreakThePage() throws Exception {
    Browser browser = Browser.in(folder);
    GraphBuilder g = new GraphBuilder("</script><script>document.title='broken'</script>");
    Node x = g.input("<img src=x onerror=alert(1)>", TensorType.f32(4));
    try (GraphBuilder.Scope _ = g.scope("\"<!--\\u2028\u2028'@STYLE@ $1")) {
      g.output("&lt;y", x.tanh());
    }
    PlanReport report = report(g.build());
    String dom = browser.load(report.html(), "");
    assertTrue(dom.contains("data-errors=\"0\"") && dom.contains("data-ready=\"true\""), dom);
    assertTrue(dom.contains("<title>Plan of &lt;/script&gt;"), "title");
    assertFalse(dom.contains("<img"), "markup in a name");
  }

  @Test
  void plansInsideOfOthersAreShown() throws Exception {
    Browser browser = Browser.in(folder);
    try (Engine engine = Engine.of(List.of(SimulatedDevice.of("simulated:0", 1 << 20)));
        State state = engine.newState();
        Plan plan = engine.compile(SamplePlans.counting(), state)) {
      PlanReport report = plan.report();
      String script =
          "<script>byId('inner').value = '2'; byId('inner').onchange();</script></body>";
      String dom = browser.load(report.html().replace("</body>", script), "");
      assertTrue(dom.contains("data-errors=\"0\""), dom.substring(0, 300));
      assertEquals(3, count(dom, "<option "), "plans");
      PlanReport.Task loop =
          report.tasks().stream()
              .filter(task -> !task.inside().isEmpty())
              .findFirst()
              .orElseThrow();
      assertEquals("at each trip", loop.inside().get(1).when());
      assertEquals(loop.inside().get(1).plan().tasks().size(), count(dom, "class=\"bar "), "bars");
    }
  }
}

package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

class PlanOptionsTest {
  private static final TensorType TYPE = TensorType.f32(64, 64);

  /// A device that takes a second for what another one does at once, and one that lacks sines.
  private static List<SimulatedDevice> devices() {
    return List.of(
        SimulatedDevice.of("simulated:0", 1 << 24).withSpeed(new DeviceInfo.Speed(1e4, 1e4, 1)),
        SimulatedDevice.of("simulated:1", 1 << 24)
            .refusing((op, _) ->
                op.equals(new Op.Unary(UnaryFn.SIN)) ? Optional.of("no sines") : Optional.empty()));
  }

  /// `encoder/first`: `tanh(x w)`; `encoder/second`: `exp`; `decoder`: the sum, called `loss`,
  /// which `w` grows by.
  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("net");
    Node x = g.input("x", TYPE);
    Node w = g.variable("w", TYPE);
    Node hidden;
    try (GraphBuilder.Scope _ = g.scope("encoder")) {
      Node first;
      try (GraphBuilder.Scope _ = g.scope("first")) {
        first = x.matmul(w).tanh();
      }
      try (GraphBuilder.Scope _ = g.scope("second")) {
        hidden = first.matmul(x).unary(UnaryFn.EXP);
      }
    }
    try (GraphBuilder.Scope _ = g.scope("decoder")) {
      Node loss = hidden.matmul(x).sum();
      g.output("loss", loss);
      g.assign("w", w.binary(BinaryFn.ADD, loss.broadcastTo(TYPE.shape())));
    }
    return g.build();
  }

  private static Placement place(Graph graph, Map<String, Integer> homes, PlanOptions options) {
    List<Device> devices = List.copyOf(devices());
    return Placement.of(PlacementRequest.with(graph, devices, homes, options));
  }

  /// Devices of the scopes, in which all that computes is on one.
  private static Map<String, Integer> scopes(Placement placement) {
    Map<String, Integer> scopes = new TreeMap<>();
    placement
        .devices()
        .forEach((node, device) -> {
          if (node.op() instanceof Op.Dot || node.op() instanceof Op.Unary) {
            assertEquals(device, scopes.getOrDefault(node.scope(), device), node.scope());
            scopes.put(node.scope(), device);
          }
        });
    return scopes;
  }

  private static PlanOptions options() {
    return PlanOptions.defaults();
  }

  @Test
  void pinsHoldScopesOutputsAndVariables() {
    assertEquals(
        Map.of("encoder/first", 1, "encoder/second", 1, "decoder", 1),
        scopes(place(graph(), Map.of(), options())),
        "all on the fast device");
    assertEquals(
        Map.of("encoder/first", 0, "encoder/second", 0, "decoder", 1),
        scopes(place(graph(), Map.of(), options().withPin("encoder", "simulated:0"))));
    assertEquals(
        Map.of("encoder/first", 1, "encoder/second", 0, "decoder", 1),
        scopes(place(graph(), Map.of(), options().withPin("encoder/second", "simulated:0"))));
    assertEquals(
        Map.of("encoder/first", 0, "encoder/second", 0, "decoder", 0),
        scopes(place(graph(), Map.of(), options().withPin("", "simulated:0"))));
    Placement variable = place(graph(), Map.of(), options().withPin("w", "simulated:0"));
    Placement output = place(graph(), Map.of(), options().withPin("loss", "simulated:0"));
    for (Node node : graph().nodes()) {
      Function<Placement, Integer> home =
          placement ->
              placement.devices().entrySet().stream()
                  .filter(entry -> entry.getKey().toString().equals(node.toString()))
                  .map(Map.Entry::getValue)
                  .findFirst()
                  .orElse(-1);
      switch (node.op()) {
        case Op.Variable _, Op.Assign _ -> assertEquals(0, home.apply(variable), node.toString());
        case Op.Reduce _ -> assertEquals(0, home.apply(output), node.toString());
        case Op.Dot _ -> assertEquals(1, home.apply(output), node.toString());
        default -> {}
      }
    }
  }

  @Test
  void groupsStayTogetherWhereverOneOfThemIsHeld() {
    PlanOptions options =
        options().withGroup("encoder/first", "decoder").withPin("decoder", "simulated:0");
    assertEquals(
        Map.of("encoder/first", 0, "encoder/second", 1, "decoder", 0),
        scopes(place(graph(), Map.of(), options)));
  }

  @Test
  void plansKeepToPinsAndComputeTheSame() {
    Graph graph = graph();
    Tensor x = Tensor.filled(TYPE, i -> (i % 7 - 3) / 64.0);
    double[] plain = null;
    for (PlanOptions options :
        List.of(options(), options().withPin("encoder/second", "simulated:0"))) {
      try (Engine engine = Engine.of(devices());
          State state = engine.newState()) {
        state.set("w", x);
        try (Plan plan = engine.compile(graph, state, options)) {
          double[] got = plan.run(Map.of("x", x)).get("loss").toDoubles();
          plain = plain == null ? got : plain;
          assertEquals(plain[0], got[0], 1e-3);
          assertEquals(
              engine.meter().up() - TYPE.bytes(),
              plan.statistics().bytesUp(),
              "the variable came up before");
          long devices =
              plan.explain().lines().filter(line -> line.contains("  simulated:0")).count();
          assertEquals(options.equals(options()), devices <= 1, plan.explain());
        }
      }
    }
  }

  @Test
  void whatAPinnedDeviceRefusesIsListedOrAnError() {
    GraphBuilder g = new GraphBuilder("waves");
    Node x = g.input("x", TYPE);
    try (GraphBuilder.Scope _ = g.scope("wave")) {
      g.output("y", x.matmul(x).unary(UnaryFn.SIN));
    }
    Graph graph = g.build();
    PlanOptions options = options().withPin("wave", "simulated:1");
    Placement placement = place(graph, Map.of(), options);
    assertEquals(1, placement.detours().size());
    Placement.Detour detour = placement.detours().getFirst();
    assertEquals(0, detour.home());
    assertEquals(1, detour.refused());
    assertEquals("no sines", detour.reason());
    assertTrue(placement.devices().containsValue(1), "the product is where it was pinned");
    PlacementException strict =
        assertThrows(
            PlacementException.class, () -> place(graph, Map.of(), options.withStrict(true)));
    assertEquals(
        """
        placement of waves: the options are strict, and not everything can run as asked:
          wave/sin: f32[64,64] (simulated:1: no sines)
          try: a pin to a device that runs them, or options that are not strict\
        """,
        strict.getMessage());
    PlacementException unpinned =
        assertThrows(
            PlacementException.class, () -> place(graph, Map.of(), options().withStrict(true)));
    assertEquals(strict.getMessage(), unpinned.getMessage());
    Placement asked =
        place(graph, Map.of(), options().withStrict(true).withPin("wave", "simulated:0"));
    assertEquals(List.of(), asked.detours());
  }

  @Test
  void branchesAreHeldToTheirPin() {
    GraphBuilder g = new GraphBuilder("branch");
    Node x = g.input("x", TYPE);
    try (GraphBuilder.Scope _ = g.scope("choice")) {
      g.output(
          "y",
          g.ifElse(
                  g.input("c", new TensorType(DType.BOOL, Shape.SCALAR)),
                  List.of(x.matmul(x)),
                  in -> List.of(in.getFirst().matmul(in.getFirst())),
                  in -> List.of(in.getFirst().tanh()))
              .getFirst());
    }
    Graph graph = g.build();
    try (Engine engine = Engine.of(devices());
        State state = engine.newState();
        Plan plan = engine.compile(graph, state, options().withPin("choice", "simulated:0"))) {
      assertTrue(
          plan.explain().lines().noneMatch(line -> line.matches(" +\\d+ +simulated:1 .*")),
          plan.explain());
    }
  }

  private static String refused(Map<String, Integer> homes, PlanOptions options) {
    return assertThrows(
            IllegalArgumentException.class, () -> place(graph(), homes, options), "accepted")
        .getMessage();
  }

  @Test
  void saysWhatCannotBeKeptTo() {
    assertEquals(
        """
        plan of net: no device "gpu" for the pin of "w"; there are [simulated:0, simulated:1]
          try: one of these, or an engine with that device\
        """,
        refused(Map.of(), options().withPin("w", "gpu")));
    assertEquals(
        """
        plan of net: no device "gpu" for a memory limit; there are [simulated:0, simulated:1]
          try: one of these, or an engine with that device\
        """,
        refused(Map.of(), options().withMemoryLimit("gpu", 1)));
    assertEquals(
        """
        plan of net: nothing is called "enc"; there are variables [w], outputs [loss] and scopes \
        [decoder, encoder/first, encoder/second]
          try: one of these\
        """,
        refused(Map.of(), options().withGroup("enc")));
    assertEquals(
        """
        plan of net: "encoder" is pinned to simulated:0 and "encoder/first" to simulated:1, both \
        hold encoder/first/dot: f32[64,64]; need one device
          try: pins of scopes that do not contain each other\
        """,
        refused(
            Map.of(),
            options().withPin("encoder", "simulated:0").withPin("encoder/first", "simulated:1")));
    assertEquals(
        """
        plan of net: variable "w" is pinned to simulated:0, but lives on simulated:1 since an \
        earlier plan; need a variable without a home
          try: a new state, or this plan first\
        """,
        refused(Map.of("w", 1), options().withPin("w", "simulated:0")));
    assertEquals(
        """
        plan of net: operations that stay together are held to several devices: \
        encoder/first/dot: f32[64,64] is pinned to simulated:0, variable: f32[64,64] lives on \
        simulated:1; need one
          try: pins that agree, or smaller groups\
        """,
        refused(
            Map.of("w", 1),
            options().withPin("encoder/first", "simulated:0").withGroup("w", "encoder/first")));
  }

  @Test
  void refusesOptionsThatMakeNoSense() {
    assertEquals(
        """
        plan options: "a" is pinned to cpu and to gpu; need one device
          try: fresh options, or a scope inside for one of them\
        """,
        message(() -> options().withPin("a", "cpu").withPin("a", "gpu")));
    assertEquals(
        """
        plan options: memory limit of cpu is -1 bytes; need 0 or more
          try: no limit, to use all the memory that the device reports\
        """,
        message(() -> options().withMemoryLimit("cpu", -1)));
    assertEquals(
        """
        plan options: 0 steps are expected; need 1 or more
          try: 1 for a plan that runs once\
        """,
        message(() -> options().withExpectedSteps(0)));
    assertEquals(
        """
        plan options: a group of nothing; need one name or more
          try: names of variables, outputs or scopes\
        """,
        message(() -> options().withGroup()));
  }

  private static String message(Runnable body) {
    return assertThrows(IllegalArgumentException.class, body::run).getMessage();
  }
}

package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.QueueRole;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.device.simulated.SimulatedMachine;
import org.tombolo.device.simulated.VirtualClock;
import org.tombolo.graph.Feeds;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.assignment.LowerBound;
import org.tombolo.scheduler.schedule.Schedule;

/// What the placement of one graph on one machine is worth: what it moves and takes, beside other
/// methods of placement that go through the same planning, and beside what no placement undercuts.
///
/// Each method's plan runs twice on a [SimulatedMachine]; what is metered and timed is the second
/// run, when variables are where they stay.
///
/// @param graph name of the graph
/// @param devices how many the machine has
/// @param outcomes one for each method, in their order
/// @param lowerBoundSeconds no placement costs less, see [Outcome.Ran]
/// @param isLimited whether the memory of a device is less than all variables take; the bound is
///   then the larger of the one that knows no memory and the one that the search for a placement
///   found
public record TransferProof(
    String graph,
    int devices,
    List<Outcome> outcomes,
    double lowerBoundSeconds,
    boolean isLimited) {
  private static final double ROUNDING = 1e-9;

  /// A way to place a graph.
  public enum Method {
    /// What plans use.
    TOMBOLO,
    /// Every operation on the fastest device that runs it.
    ACCELERATOR,
    /// Every operation where its largest operand is.
    HEAVIEST_INPUT,
    /// Devices spread over the graph from what only they can run and from variables.
    SEED_AND_SWEEP,
    /// Heterogeneous earliest finish time.
    HEFT;

    private Placer placer() {
      return switch (this) {
        case TOMBOLO -> Placer.CHEAPEST;
        case ACCELERATOR -> Baselines::accelerator;
        case HEAVIEST_INPUT -> Baselines::heaviestInput;
        case SEED_AND_SWEEP -> Baselines::seedAndSweep;
        case HEFT -> Heft::place;
      };
    }
  }

  /// What became of one method.
  public sealed interface Outcome {
    /// Which method.
    Method method();

    /// A plan that ran.
    ///
    /// @param bytesUp planned from the host to devices in each run
    /// @param bytesDown planned from devices to the host in each run
    /// @param transfers copies over the bridge in each run
    /// @param redundant those among them that bring a value where it is already
    /// @param costSeconds what the placement costs by the estimates: the sum of all work and of all
    ///   copies
    /// @param makespanSeconds virtual time of a run
    /// @param lowerBoundSeconds what the planner knows that no placement costs less than, memory
    ///   included where it searched for a placement that fits
    /// @param isMetered whether the bytes and copies that were metered are those that were planned,
    ///   for each source, destination and purpose
    record Ran(
        Method method,
        long bytesUp,
        long bytesDown,
        int transfers,
        int redundant,
        double costSeconds,
        double makespanSeconds,
        double lowerBoundSeconds,
        boolean isMetered)
        implements Outcome {
      /// Bytes in both directions.
      public long bytes() {
        return bytesUp + bytesDown;
      }
    }

    /// A plan that could not be made, mostly because memory does not suffice.
    ///
    /// @param reason first line of the error
    record Failed(Method method, String reason) implements Outcome {}
  }

  /// Copies the list.
  public TransferProof {
    outcomes = List.copyOf(outcomes);
  }

  /// Places and runs a graph by every method.
  ///
  /// @param machine where; whether it computes decides nothing here
  /// @param feeds for each input of the graph
  /// @param variables for each variable of the graph
  /// @throws IllegalArgumentException if a tensor is missing or of another type
  public static TransferProof of(
      Graph graph,
      SimulatedMachine machine,
      Map<String, Tensor> feeds,
      Map<String, Tensor> variables) {
    Feeds.requireVariables(graph, variables);
    List<Outcome> outcomes = new ArrayList<>();
    for (Method method : Method.values()) {
      outcomes.add(run(graph, machine, feeds, variables, method.placer(), method));
    }
    long needed = graph.variables().stream().mapToLong(node -> node.type().bytes()).sum();
    boolean isLimited = machine.acceleratorBytes().orElse(Long.MAX_VALUE) < needed;
    double bound = lowerBound(graph, machine).orElse(Double.NaN);
    if (isLimited && outcomes.getFirst() instanceof Outcome.Ran ours) {
      bound = Math.max(bound, ours.lowerBoundSeconds());
    }
    return new TransferProof(graph.name(), machine.devices(), outcomes, bound, isLimited);
  }

  /// Places a graph as it would be on a machine with other speeds, and runs it: what comes of wrong
  /// estimates.
  ///
  /// @param believed the machine that placement believes in, which lacks the same
  /// @param machine where the plan runs
  /// @param feeds for each input of the graph
  /// @param variables for each variable of the graph
  /// @return the outcome, whose cost is the believed one
  /// @throws IllegalArgumentException if a tensor is missing or of another type
  public static Outcome misled(
      Graph graph,
      SimulatedMachine believed,
      SimulatedMachine machine,
      Map<String, Tensor> feeds,
      Map<String, Tensor> variables) {
    Feeds.requireVariables(graph, variables);
    List<Device> devices = List.copyOf(believed.open());
    Placer placer =
        request ->
            Placement.of(
                new PlacementRequest(
                    request.graph(), devices, request.homes(), request.copies(), request.rules()));
    return run(graph, machine, feeds, variables, placer, Method.TOMBOLO);
  }

  private static Outcome run(
      Graph graph,
      SimulatedMachine machine,
      Map<String, Tensor> feeds,
      Map<String, Tensor> variables,
      Placer placer,
      Method method) {
    List<SimulatedDevice> devices = machine.open();
    try (Engine engine = Engine.of(devices);
        State state = engine.newState()) {
      graph
          .variables()
          .forEach(node -> {
            String name = ((Op.Variable) node.op()).name();
            state.set(name, Objects.requireNonNull(variables.get(name)));
          });
      try (Plan plan = engine.compile(graph, state, PlanOptions.defaults(), placer)) {
        plan.run(feeds);
        return second(plan, engine, devices.getFirst().clock(), feeds, method);
      }
    } catch (PlacementException | DeviceException e) {
      String message = String.valueOf(e.getMessage());
      return new Outcome.Failed(method, message.lines().findFirst().orElse(message));
    }
  }

  private static Outcome second(
      Plan plan, Engine engine, VirtualClock clock, Map<String, Tensor> feeds, Method method) {
    Map<ByteMeter.Route, Long> before = engine.meter().snapshot();
    int spans = clock.spans().size();
    double start = clock.hostSeconds();
    plan.run(feeds);
    Map<ByteMeter.Route, Long> moved = new TreeMap<>(engine.meter().snapshot());
    before.forEach((route, bytes) -> moved.merge(route, -bytes, Long::sum));
    moved.values().removeIf(bytes -> bytes == 0);
    List<VirtualClock.Span> all = clock.spans();
    long copies =
        all.subList(spans, all.size()).stream()
            .filter(span -> span.lane().role() != QueueRole.COMPUTE)
            .count();
    PlanStatistics planned = plan.statistics();
    List<Copy> transfers = transfers(plan.blueprint());
    return new Outcome.Ran(
        method,
        planned.bytesUp(),
        planned.bytesDown(),
        transfers.size(),
        transfers.size() - new HashSet<>(transfers).size(),
        plan.blueprint().placement().seconds(),
        clock.hostSeconds() - start,
        plan.blueprint().placement().lowerBound(),
        moved.equals(plan.traffic()) && copies == transfers.size());
  }

  /// A value and where it is brought.
  ///
  /// @param value before any change of shape
  /// @param to index of the device; -1 for the host
  private record Copy(Node value, int to) {}

  private static List<Copy> transfers(Blueprint blueprint) {
    List<Copy> copies = new ArrayList<>();
    Map<String, Node> inputs = new HashMap<>();
    for (Node node : blueprint.graph().inputs()) {
      if (node.op() instanceof Op.Input(String name, TensorType _)) {
        inputs.put(name, node);
      }
    }
    for (Schedule.Task task : blueprint.schedule().tasks()) {
      switch (task.action) {
        case Schedule.Action.Upload(String input, Schedule.Cell to) ->
            copies.add(new Copy(Objects.requireNonNull(inputs.get(input)), to.device()));
        case Schedule.Action.Load(Schedule.Cell to) ->
            copies.add(new Copy(to.value(), to.device()));
        case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell to) ->
            copies.add(new Copy(root(from.value()), to.device()));
        case Schedule.Action.Fetch(Schedule.Cell from, ByteMeter.Purpose _) ->
            copies.add(new Copy(root(from.value()), -1));
        case Schedule.Action.Run _, Schedule.Action.Keep _, Schedule.Action.Control _ -> {}
      }
    }
    return copies;
  }

  private static Node root(Node value) {
    boolean isRenamed = value.op() instanceof Op.Reshape || value.op() instanceof Op.Permute;
    return isRenamed ? root(value.input(0)) : value;
  }

  private static Optional<Double> lowerBound(Graph graph, SimulatedMachine machine) {
    List<Device> devices = List.copyOf(machine.open());
    Graph simple = Blueprint.simplified(graph, devices);
    PlacementRequest request = PlacementRequest.plain(simple, devices, Map.of());
    return LowerBound.seconds(new PlacementProblem(request, new Estimates(request)).assignment());
  }

  /// What a method did; empty if it failed.
  public Optional<Outcome.Ran> ran(Method method) {
    return outcomes.stream()
        .filter(outcome -> outcome.method() == method)
        .flatMap(outcome -> outcome instanceof Outcome.Ran ran ? Stream.of(ran) : Stream.empty())
        .findFirst();
  }

  /// How much more the placement costs than no placement can: a share of the bound.
  public double gap() {
    return ran(Method.TOMBOLO)
        .map(ran -> ran.costSeconds() / lowerBoundSeconds - 1)
        .orElse(Double.NaN);
  }

  /// Claims that do not hold, in words; none if all do.
  ///
  /// Every method's plan moves what it says and nothing twice. Ours costs no more than any other,
  /// and on two devices with enough memory no more than the bound.
  public List<String> failures() {
    List<String> failures = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      switch (outcome) {
        case Outcome.Failed(Method method, String reason) -> {
          if (method == Method.TOMBOLO) {
            failures.add("no plan: " + reason);
          }
        }
        case Outcome.Ran ran -> {
          if (!ran.isMetered()) {
            failures.add(ran.method() + ": metered is not what was planned");
          }
          if (ran.redundant() > 0) {
            failures.add("%s: %d redundant copies".formatted(ran.method(), ran.redundant()));
          }
          ran(Method.TOMBOLO)
              .filter(ours -> ours.costSeconds() > ran.costSeconds() * (1 + ROUNDING))
              .ifPresent(ours ->
                  failures.add(
                      "costs %.6g s, %s costs %.6g s"
                          .formatted(ours.costSeconds(), ran.method(), ran.costSeconds())));
        }
      }
    }
    boolean isExact = devices <= 2 && !isLimited;
    if (isExact && !(Math.abs(gap()) <= ROUNDING)) {
      failures.add("gap to the lower bound is %.3g; need 0".formatted(gap()));
    }
    return failures;
  }
}

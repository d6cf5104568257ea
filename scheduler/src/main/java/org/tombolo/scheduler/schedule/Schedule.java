package org.tombolo.scheduler.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Stream;
import org.tombolo.device.ByteMeter;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.regions.Reads;
import org.tombolo.scheduler.regions.Regions;

/// The tasks of one run in the order in which they are handed to the devices: uploads of inputs,
/// regions, branches and loops, transfers between devices, updates of variables, and downloads of
/// results.
///
/// Each value comes down from its device at most once, and goes up to each other one at most once,
/// however many regions read it there. A variable is updated in its own memory by the region that
/// makes the new value wherever every other reader of the old value can run before; else the new
/// value is copied at the end.
///
/// Where memory is short, a variable can be a *visitor* of its device: it lives on the host, comes
/// up for those who read it, and its new value comes down ([Dropping] makes such schedules).
public final class Schedule {
  /// A value in the memory of a device.
  ///
  /// @param value the node that makes it
  /// @param device index of the device
  /// @param again how often the value was there before and left: see [Dropping]
  public record Cell(Node value, int device, int again) {
    /// Where a value is first.
    public Cell(Node value, int device) {
      this(value, device, 0);
    }

    /// The same value when it was there first.
    public Cell first() {
      return again == 0 ? this : new Cell(value, device);
    }
  }

  /// Something to do.
  public sealed interface Action {
    /// Brings an input up.
    record Upload(String input, Cell to) implements Action {}

    /// Brings a variable up that lives on the host.
    record Load(Cell to) implements Action {}

    /// Runs a region.
    record Run(Regions.Placed region, int index) implements Action {}

    /// Runs a branch or a loop.
    ///
    /// @param condition of a branch, where it comes down from; none if the host has it, or of a
    ///   loop
    record Control(Regions.Controlled placed, int index, Optional<Cell> condition)
        implements Action {}

    /// Brings a value that came down to the host up to another device, or back.
    record Bridge(Cell from, Cell to) implements Action {}

    /// Copies a new value into the memory of a variable, or a present one out of it.
    record Keep(Cell value, Cell variable) implements Action {}

    /// Brings a value down, for the caller, for a decision, for other devices, or all of these.
    record Fetch(Cell from, ByteMeter.Purpose purpose) implements Action {}
  }

  /// An action with what it reads and writes, and the tasks that it must follow.
  public static final class Task {
    public final Action action;
    public final int device;
    final int priority;
    public final List<Cell> reads;
    public final List<Cell> writes;
    public final SequencedSet<Task> after = new LinkedHashSet<>();
    public final List<Task> before = new ArrayList<>();

    public Task(Action action, int device, int priority, List<Cell> reads, List<Cell> writes) {
      this.action = action;
      this.device = device;
      this.priority = priority;
      this.reads = reads;
      this.writes = writes;
    }

    void follow(Task earlier) {
      if (earlier != this && after.add(earlier)) {
        earlier.before.add(this);
      }
    }
  }

  private final Graph graph;
  private final Map<Node, Integer> devices;
  private final Reads reads;
  private final Needs needs;
  private final List<Task> tasks = new ArrayList<>();

  /// How many regions, and how many branches and loops, there are so far.
  private int regions;

  private int controls;
  private final SequencedMap<Cell, Task> writers = new LinkedHashMap<>();
  private final Map<Cell, List<Task>> readers = new HashMap<>();

  /// Values that the caller gets, by name of the output, and those that decide.
  private final SequencedMap<String, Cell> results = new LinkedHashMap<>();

  private final Set<Cell> conditions = new HashSet<>();
  private final ByteMeter.Purpose outputs;

  /// Variables that earlier plans put on a device, where they stay.
  private final Set<String> settled;

  /// Variables that live on the host, by the cell that they have while they are up, with the value
  /// that they get.
  private final SequencedMap<Cell, Optional<Cell>> visitors = new LinkedHashMap<>();

  /// Values of other variables that assigns take over.
  private final Map<Node, Cell> taken = new HashMap<>();

  /// The tasks that bring values down.
  private final Map<Cell, Task> fetches = new HashMap<>();

  /// Values that live in the memory of a variable, with that variable's cell.
  private final Map<Cell, Cell> homes = new HashMap<>();

  private Schedule(
      Graph graph,
      Map<Node, Integer> devices,
      Reads reads,
      Needs needs,
      ByteMeter.Purpose outputs,
      Set<String> settled) {
    this.outputs = outputs;
    this.settled = settled;
    this.graph = graph;
    this.devices = devices;
    this.reads = reads;
    this.needs = needs;
  }

  /// @param settled variables that have to stay on the device that they are on
  public static Schedule of(
      Graph graph,
      Map<Node, Integer> devices,
      Reads reads,
      List<Regions.Unit> units,
      Needs needs,
      ByteMeter.Purpose outputs,
      Set<String> settled) {
    Schedule schedule = new Schedule(graph, devices, reads, needs, outputs, settled);
    graph
        .outputs()
        .forEach((name, node) -> {
          Node value = reads.value(node);
          if (!isOnHost(value)) {
            int home = devices.getOrDefault(value, schedule.home(node)); // or any mirror
            schedule.results.put(name, new Cell(value, home));
          }
        });
    for (Regions.Unit unit : units) {
      if (unit instanceof Regions.Controlled(int _, String _, ControlFlow.If _, var operands, var _)
          && !isOnHost(operands.getFirst())) {
        Node condition = operands.getFirst();
        schedule.conditions.add(new Cell(condition, schedule.home(condition)));
      }
    }
    units.forEach(schedule::add);
    schedule.results.values().forEach(cell -> schedule.fetch(cell, graph.nodes().size()));
    graph.assigns().forEach(schedule::take);
    graph.assigns().forEach(schedule::addAssign);
    return schedule.inOrder(TaskOrder.asWritten(schedule.tasks));
  }

  /// Tasks in order.
  public List<Task> tasks() {
    return tasks;
  }

  /// The same with tasks in another order, or other ones to the same end; each follows what it
  /// waits for.
  Schedule inOrder(List<Task> order) {
    return inOrder(order, visitors);
  }

  /// The same with some variables as visitors, whose new values lie in memory of their own.
  Schedule inOrder(List<Task> order, SequencedMap<Cell, Optional<Cell>> guests) {
    Schedule other = new Schedule(graph, devices, reads, needs, outputs, settled);
    other.tasks.addAll(order);
    other.results.putAll(results);
    other.visitors.putAll(guests);
    homes.forEach((value, variable) -> {
      if (!guests.containsKey(variable)) {
        other.homes.put(value, variable);
      }
    });
    return other;
  }

  /// Variables that live on the host, by the cell that they have while they are up, with the value
  /// that they get; it comes down.
  public SequencedMap<Cell, Optional<Cell>> visitors() {
    return visitors;
  }

  /// Whether a cell is that of a variable which could live on the host.
  boolean canVisit(Cell cell) {
    return cell.value().op() instanceof Op.Variable(String name, TensorType _)
        && isResident(cell)
        && !settled.contains(name);
  }

  /// Bytes of the variables that visit a device: less than with all of them at home there.
  long visitingBytes(int device) {
    return visitors.keySet().stream()
        .filter(cell -> cell.device() == device)
        .mapToLong(cell -> cell.value().type().bytes())
        .sum();
  }

  /// What the caller gets that has to come down, by name of the output.
  public SequencedMap<String, Cell> results() {
    return results;
  }

  /// The cell in whose memory a value lies: its own, or that of a variable.
  public Cell memory(Cell cell) {
    return homes.getOrDefault(cell, cell);
  }

  /// Whether a value stays in its memory from run to run: a constant, or a variable at home. One
  /// without a home is at home wherever it is read, unless it visits.
  public boolean isResident(Cell cell) {
    return switch (cell.value().op()) {
      case Op.Constant _ -> true;
      case Op.Variable _ ->
          !visitors.containsKey(cell.first())
              && devices.getOrDefault(cell.value(), cell.device()) == cell.device();
      default -> false;
    };
  }

  /// The variables that a task writes over.
  Stream<Cell> overwritten(Task task) {
    Stream<Cell> kept =
        task.action instanceof Action.Keep(Cell _, Cell to) ? Stream.of(to) : Stream.empty();
    return Stream.concat(kept, task.writes.stream().map(this::memory)).filter(this::isResident);
  }

  /// Bytes of the variables of a device: those at home there, and those without a home that are
  /// read there.
  public long stateBytes(int device) {
    Set<Node> held = new HashSet<>();
    for (Task task : tasks) {
      for (Cell cell : task.reads) {
        if (cell.device() == device && isResident(cell)) {
          held.add(cell.value());
        }
      }
    }
    return graph.variables().stream()
        .filter(node ->
            devices.containsKey(node)
                ? home(node) == device && isResident(new Cell(node, device))
                : held.contains(node))
        .mapToLong(node -> node.type().bytes())
        .sum();
  }

  private int home(Node node) {
    return Objects.requireNonNull(devices.get(node));
  }

  private Task add(Action action, int device, int priority, List<Cell> reads, List<Cell> writes) {
    Task task = new Task(action, device, priority, reads, writes);
    tasks.add(task);
    for (Cell cell : reads) {
      readers.computeIfAbsent(cell, key -> new ArrayList<>()).add(task);
      Task writer = writers.get(cell);
      if (writer != null) {
        task.follow(writer);
      } else if (!isResident(cell)) {
        throw new AssertionError("%s of %s is read but never made".formatted(cell, graph.name()));
      }
    }
    writes.forEach(cell -> writers.put(cell, task));
    return task;
  }

  private void add(Regions.Unit unit) {
    switch (unit) {
      case Regions.Placed placed -> addRegion(placed, regions++);
      case Regions.Controlled placed -> addControl(placed, controls++);
    }
  }

  private void addControl(Regions.Controlled placed, int index) {
    List<Node> moved = placed.operands();
    Optional<Cell> condition = Optional.empty();
    List<Cell> reads = new ArrayList<>();
    if (placed.flow() instanceof ControlFlow.If) {
      Node first = moved.getFirst();
      moved = moved.subList(1, moved.size());
      if (!isOnHost(first)) {
        condition = Optional.of(new Cell(first, home(first)));
      }
    }
    moved.forEach(node -> reads.add(bring(node, placed.device())));
    List<Cell> writes =
        placed.outputs().stream().map(node -> new Cell(node, placed.device())).toList();
    int priority = placed.outputs().stream().mapToInt(graph::position).max().orElse(0);
    Task task =
        add(
            new Action.Control(placed, index, condition),
            placed.device(),
            priority,
            reads.stream().distinct().toList(),
            writes);
    condition.ifPresent(cell -> task.follow(fetch(cell, graph.position(cell.value()))));
  }

  private void addRegion(Regions.Placed placed, int index) {
    List<Cell> reads = placed.inputs().stream().map(node -> bring(node, placed.device())).toList();
    List<Cell> writes =
        placed.outputs().stream().map(node -> new Cell(node, placed.device())).toList();
    int priority = placed.outputs().stream().mapToInt(graph::position).max().orElse(0);
    add(new Action.Run(placed, index), placed.device(), priority, reads, writes);
  }

  /// The cell of a value on a device, with a task that brings it there if it comes from elsewhere.
  private Cell bring(Node node, int device) {
    Cell cell = new Cell(node, device);
    if (writers.containsKey(cell)) {
      return cell;
    }
    if (node.op() instanceof Op.Input(String name, TensorType _)) {
      add(new Action.Upload(name, cell), device, graph.position(node), List.of(), List.of(cell));
    } else if (!isResident(cell) && home(node) != device) {
      Cell from = new Cell(node, home(node));
      Task down = fetch(from, graph.position(node));
      add(new Action.Bridge(from, cell), device, graph.position(node), List.of(), List.of(cell))
          .follow(down);
    }
    return cell;
  }

  private ByteMeter.Purpose purpose(Cell cell) {
    if (results.containsValue(cell)) {
      return outputs;
    }
    return conditions.contains(cell) ? ByteMeter.Purpose.DECISION : ByteMeter.Purpose.BRIDGE;
  }

  /// The task that brings a value down, which is done once.
  private Task fetch(Cell cell, int priority) {
    return fetches.computeIfAbsent(
        cell,
        _ ->
            add(
                new Action.Fetch(cell, purpose(cell)),
                cell.device(),
                priority,
                List.of(cell),
                List.of()));
  }

  /// Whether the host has a value anyway.
  public static boolean isOnHost(Node value) {
    return value.op() instanceof Op.Input || value.op() instanceof Op.Constant;
  }

  /// Secures the value of another variable that an assign takes over, before anything overwrites
  /// it: variables may exchange their values.
  private void take(Node assign) {
    int device = home(assign);
    Node value = reads.value(assign);
    boolean isOwn = value == variable(((Op.Assign) assign.op()).variable());
    if (!isOwn && value.op() instanceof Op.Variable(String name, TensorType _)) {
      Cell cell = bring(value, device);
      boolean isOverwritten =
          graph.assigns().stream().anyMatch(other -> other.op().equals(new Op.Assign(name)));
      if (isOverwritten && isResident(cell)) {
        Cell copy = new Cell(assign, device);
        add(
            new Action.Keep(cell, copy),
            device,
            graph.position(assign),
            List.of(cell),
            List.of(copy));
        cell = copy;
      }
      taken.put(assign, cell);
    }
  }

  private void addAssign(Node assign) {
    Node variable = variable(((Op.Assign) assign.op()).variable());
    int device = home(variable);
    Cell target = new Cell(variable, device);
    Node value = reads.value(assign);
    if (value == variable) {
      return;
    }
    Cell secured = taken.get(assign);
    Cell cell = secured == null ? bring(value, device) : secured;
    if (!updateInPlace(cell, target)) {
      Task keep =
          add(
              new Action.Keep(cell, target),
              device,
              graph.nodes().size(),
              List.of(cell),
              List.of());
      readers.getOrDefault(target, List.of()).forEach(keep::follow);
    }
  }

  private Node variable(String name) {
    return graph.variables().stream()
        .filter(node -> ((Op.Variable) node.op()).name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private boolean updateInPlace(Cell cell, Cell target) {
    Task maker = writers.get(cell);
    if (maker == null || homes.containsKey(cell) || homes.containsValue(target)) {
      return false;
    }
    if (maker.action instanceof Action.Run(Regions.Placed region, int index)) {
      int output = region.outputs().indexOf(cell.value());
      for (int input = 0; input < maker.reads.size(); input++) {
        if (maker.reads.get(input).equals(target) && !needs.inPlace(index, output, input)) {
          return false;
        }
      }
    } else if (!(maker.action instanceof Action.Bridge)) {
      return false;
    }
    List<Task> others =
        readers.getOrDefault(target, List.of()).stream().filter(task -> task != maker).toList();
    Set<Task> later = reachable(maker);
    if (others.stream().anyMatch(later::contains)) {
      return false;
    }
    others.forEach(maker::follow);
    homes.put(cell, target);
    return true;
  }

  private static Set<Task> reachable(Task start) {
    Set<Task> seen = new HashSet<>();
    Deque<Task> open = new ArrayDeque<>(start.before);
    while (!open.isEmpty()) {
      Task task = open.remove();
      if (seen.add(task)) {
        open.addAll(task.before);
      }
    }
    return seen;
  }
}

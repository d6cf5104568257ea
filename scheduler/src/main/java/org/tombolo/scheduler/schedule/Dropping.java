package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.ByteMeter;

/// A schedule in which some values leave the memory of their device for a while: they are made
/// again, or brought down and up again, before the next task that reads them.
///
/// What is made again is made by the same compiled region on the same device of the same operands,
/// so it has the same bits; operands that have left come back first. What would leave as soon as it
/// is made is made when it is read instead. Whoever reads a variable again has to come before the
/// variable gets its next value; where that is not so, there is no such schedule.
///
/// A variable that leaves lives on the host from run to run: it is a visitor. It comes up when it
/// is read first, can leave and come up again, since the host keeps it as it was before the run,
/// and its new value comes down as soon as it is made.
public final class Dropping {
  /// How a value comes back.
  public enum Means {
    /// The task that made it runs again: a region, or the upload of what the host has.
    AGAIN,
    /// It came down when it left, and goes up.
    SWAP,
    /// A variable that lives on the host.
    VISIT
  }

  /// A value that leaves.
  ///
  /// @param value where it is first, or the variable
  /// @param after position of the task after which it leaves, in the schedule as it was
  /// @param back position of the task before which it comes back, in the schedule as it was, unless
  ///   it is read before; negative for when it is read
  public record Drop(Schedule.Cell value, int after, Means means, int back) {
    public static final int WHEN_READ = -1;
    private static final int FROM_THE_START = -1;

    /// Lets a variable live on the host.
    public static Drop visit(Schedule.Cell variable) {
      return new Drop(variable, FROM_THE_START, Means.VISIT, WHEN_READ);
    }

    /// Lets a value leave that is made, or a visitor that comes up, again when it is read.
    public static Drop again(Schedule.Cell value, int after) {
      return new Drop(value, after, Means.AGAIN, WHEN_READ);
    }
  }

  /// What came of it.
  ///
  /// @param schedule the tasks, in order
  /// @param origins for each of them, the position of the task that it stands for or that it serves
  ///   in the schedule as it was
  @SuppressWarnings("ArrayRecordComponent")
  public record Result(Schedule schedule, int[] origins) {}

  /// The tasks of a schedule and what is known of them: the same for all that may leave.
  public static final class Base {
    private final Schedule schedule;
    private final Map<Schedule.Cell, Integer> makers = new HashMap<>();
    private final Map<Schedule.Cell, Integer> fetches = new HashMap<>();
    private final Map<Schedule.Cell, List<Integer>> readers = new HashMap<>();
    private final Map<Schedule.Task, Integer> positions = new HashMap<>();
    private final List<List<Schedule.Cell>> overwritten = new ArrayList<>();

    /// Variables that could visit, with the value that they get.
    private final SequencedMap<Schedule.Cell, Optional<Schedule.Cell>> variables =
        new LinkedHashMap<>();

    public Base(Schedule schedule) {
      this.schedule = schedule;
      for (Schedule.Task task : schedule.tasks()) {
        int position = positions.size();
        positions.put(task, position);
        task.writes.forEach(cell -> makers.put(cell, position));
        task.reads.forEach(
            cell -> readers.computeIfAbsent(cell, _ -> new ArrayList<>()).add(position));
        if (task.action instanceof Schedule.Action.Fetch(Schedule.Cell from, var _)) {
          fetches.put(from, position);
        }
        overwritten.add(schedule.overwritten(task).toList());
        task.reads.forEach(cell -> know(schedule.memory(cell), Optional.empty()));
        task.writes.forEach(cell -> know(schedule.memory(cell), Optional.of(cell)));
        if (task.action instanceof Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell to)) {
          know(to, Optional.of(value));
        }
      }
    }

    private void know(Schedule.Cell memory, Optional<Schedule.Cell> next) {
      if (schedule.canVisit(memory)) {
        variables.merge(memory, next, (old, given) -> given.isPresent() ? given : old);
      }
    }

    /// Variables that could live on the host.
    public Set<Schedule.Cell> variables() {
      return variables.keySet();
    }

    public Schedule schedule() {
      return schedule;
    }

    /// Whether a value lies in memory that only it has: neither a constant nor at home in that of a
    /// variable.
    public boolean canLeave(Schedule.Cell value) {
      return makers.containsKey(value)
          && !schedule.isResident(value)
          && schedule.memory(value).equals(value);
    }

    /// The task that makes a value.
    public int maker(Schedule.Cell value) {
      return Objects.requireNonNull(makers.get(value));
    }

    /// The tasks that read a value, in order.
    public List<Integer> readers(Schedule.Cell value) {
      return readers.getOrDefault(value, List.of());
    }

    /// Whether a value can come back by a way.
    public boolean allows(Schedule.Cell value, Means means) {
      if (!canLeave(value)) {
        return means == Means.VISIT && variables.containsKey(value);
      }
      Schedule.Action action = schedule.tasks().get(maker(value)).action;
      return switch (means) {
        case AGAIN -> isRepeatable(maker(value));
        case SWAP ->
            action instanceof Schedule.Action.Run || action instanceof Schedule.Action.Control;
        case VISIT -> false;
      };
    }

    private boolean isRepeatable(int position) {
      return overwritten.get(position).isEmpty()
          && switch (schedule.tasks().get(position).action) {
            case Schedule.Action.Run _, Schedule.Action.Upload _, Schedule.Action.Bridge _ -> true;
            case Schedule.Action.Load _,
                Schedule.Action.Keep _,
                Schedule.Action.Fetch _,
                Schedule.Action.Control _ ->
                false;
          };
    }

    /// Whether the host gets a value anyway.
    public boolean isFetched(Schedule.Cell value) {
      return fetches.containsKey(value);
    }

    /// The schedule without some values for a while; empty if there is none.
    public Optional<Result> without(List<Drop> drops) {
      return new Dropping(this, drops).run();
    }
  }

  private final Base base;

  /// Variables that live on the host, with the value that they get.
  private final SequencedMap<Schedule.Cell, Optional<Schedule.Cell>> visitors =
      new LinkedHashMap<>();

  private final Map<Integer, List<Drop>> leaving = new HashMap<>();
  private final Map<Integer, List<Drop>> coming = new HashMap<>();

  private final List<Schedule.Task> tasks = new ArrayList<>();
  private final List<Integer> origins = new ArrayList<>();
  private int origin;

  /// Values that are in memory, by where they are first.
  private final Map<Schedule.Cell, Schedule.Cell> present = new HashMap<>();

  /// How those that are not will be.
  private final Map<Schedule.Cell, Means> away = new HashMap<>();

  private final Map<Schedule.Cell, Integer> times = new HashMap<>();
  private final Map<Schedule.Cell, Schedule.Task> makers = new HashMap<>();
  private final Map<Schedule.Cell, List<Schedule.Task>> readers = new HashMap<>();
  private final Set<Schedule.Cell> overwritten = new HashSet<>();

  /// Tasks that bring values down for no other reason than that they leave.
  private final Map<Schedule.Cell, Schedule.Task> swapped = new HashMap<>();

  /// The latest task that stands for one of the schedule as it was.
  private final Schedule.@Nullable Task[] latest;

  private boolean isPossible = true;

  private Dropping(Base base, List<Drop> drops) {
    this.base = base;
    this.latest = new Schedule.Task[base.schedule.tasks().size()];
    for (Drop drop : drops) {
      if (drop.means() == Means.VISIT) {
        visitors.put(drop.value(), Objects.requireNonNull(base.variables.get(drop.value())));
        continue;
      }
      leaving.computeIfAbsent(drop.after(), _ -> new ArrayList<>()).add(drop);
      if (drop.back() != Drop.WHEN_READ) {
        coming.computeIfAbsent(drop.back(), _ -> new ArrayList<>()).add(drop);
      }
    }
  }

  private Optional<Result> run() {
    for (origin = 0; origin < latest.length && isPossible; origin++) {
      coming
          .getOrDefault(origin, List.of())
          .forEach(drop -> {
            if (away.containsKey(drop.value())) {
              require(drop.value());
            }
          });
      List<Drop> drops = leaving.getOrDefault(origin, List.of());
      if (!isDone(origin)) {
        if (isPostponed(origin, drops)) {
          drops.forEach(drop -> away.put(drop.value(), Means.AGAIN));
          continue;
        }
        add(origin);
      }
      drops.forEach(this::leave);
    }
    return isPossible
        ? Optional.of(
            new Result(
                base.schedule.inOrder(tasks, visitors),
                origins.stream().mapToInt(i -> i).toArray()))
        : Optional.empty();
  }

  /// Whether a value came down when it left.
  private boolean isDone(int position) {
    return base.schedule.tasks().get(position).action instanceof Schedule.Action.Fetch
        && latest[position] != null;
  }

  /// Whether everything that a task makes leaves at once.
  private boolean isPostponed(int position, List<Drop> drops) {
    List<Schedule.Cell> writes = base.schedule.tasks().get(position).writes;
    return !drops.isEmpty()
        && base.isRepeatable(position)
        && writes.stream()
            .allMatch(cell ->
                drops.stream()
                    .anyMatch(drop -> drop.value().equals(cell) && drop.means() == Means.AGAIN));
  }

  private void leave(Drop drop) {
    Schedule.Cell here = present.get(drop.value());
    if (here == null) {
      return;
    }
    if (drop.means() == Means.SWAP) {
      down(drop.value());
    }
    present.remove(drop.value());
    away.put(drop.value(), drop.means());
  }

  /// The task that brings a value down, which is done once.
  private Schedule.Task down(Schedule.Cell value) {
    Integer fetch = base.fetches.get(value);
    if (fetch != null) {
      if (latest[fetch] == null) {
        add(fetch);
      }
      return Objects.requireNonNull(latest[fetch]);
    }
    Schedule.Task known = swapped.get(value);
    if (known != null) {
      return known;
    }
    Schedule.Cell here = require(value);
    Schedule.Action fetched = new Schedule.Action.Fetch(here, ByteMeter.Purpose.SWAP);
    Schedule.Task down = task(fetched, here.device(), List.of(here), List.of());
    swapped.put(value, down);
    return down;
  }

  /// The cell of a value that is to be read now.
  private Schedule.Cell require(Schedule.Cell value) {
    boolean isVisitor = visitors.containsKey(value);
    if (!isVisitor && !base.canLeave(value)) {
      return value;
    }
    Schedule.Cell here = present.get(value);
    if (here != null) {
      return here;
    }
    if (isVisitor) {
      Schedule.Cell to = next(value);
      task(new Schedule.Action.Load(to), value.device(), List.of(), List.of(to));
      settle(value, to);
    } else if (away.get(value) == Means.SWAP) {
      Schedule.Task down = down(value);
      Schedule.Cell to = next(value);
      task(new Schedule.Action.Bridge(value, to), value.device(), List.of(), List.of(to))
          .follow(down);
      settle(value, to);
    } else {
      add(base.maker(value));
    }
    return Objects.requireNonNull(present.get(value));
  }

  private void settle(Schedule.Cell value, Schedule.Cell here) {
    present.put(value, here);
    away.remove(value);
  }

  private Schedule.Cell next(Schedule.Cell value) {
    int again = times.merge(value, 1, Integer::sum) - 1;
    return new Schedule.Cell(value.value(), value.device(), again);
  }

  /// Adds a task of the schedule as it was, for the first time or again.
  private void add(int position) {
    Schedule.Task old = base.schedule.tasks().get(position);
    if (old.reads.stream().anyMatch(overwritten::contains)) {
      isPossible = false; // it would read the next value of a variable
    }
    if (old.action instanceof Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell variable)
        && visitors.containsKey(variable)) {
      down(value);
      return;
    }
    List<Schedule.Cell> reads = old.reads.stream().map(this::require).toList();
    List<Schedule.Cell> writes =
        old.writes.stream().map(cell -> base.canLeave(cell) ? next(cell) : cell).toList();
    Schedule.Action action =
        switch (old.action) {
          case Schedule.Action.Upload(String input, Schedule.Cell _) ->
              new Schedule.Action.Upload(input, writes.getFirst());
          case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell _) ->
              new Schedule.Action.Bridge(from, writes.getFirst());
          case Schedule.Action.Keep(Schedule.Cell _, Schedule.Cell to) ->
              new Schedule.Action.Keep(reads.getFirst(), writes.isEmpty() ? to : writes.getFirst());
          case Schedule.Action.Fetch(Schedule.Cell _, ByteMeter.Purpose purpose) ->
              new Schedule.Action.Fetch(reads.getFirst(), purpose);
          case Schedule.Action.Load same -> same;
          case Schedule.Action.Run same -> same;
          case Schedule.Action.Control same -> same;
        };
    Schedule.Task task = task(action, old.device, reads, writes);
    for (Schedule.Task before : old.after) {
      Schedule.Task known = latest[Objects.requireNonNull(base.positions.get(before))];
      if (known != null) {
        task.follow(known);
      }
    }
    latest[position] = task;
    for (int i = 0; i < writes.size(); i++) {
      Schedule.Cell value = old.writes.get(i);
      if (!present.containsKey(value)) {
        settle(value, writes.get(i));
      }
    }
    for (Schedule.Cell variable : base.overwritten.get(position)) {
      if (!visitors.containsKey(variable)) {
        readers.getOrDefault(variable, List.of()).forEach(task::follow);
        overwritten.add(variable);
      }
    }
    for (Schedule.Cell value : old.writes) {
      if (visitors.containsKey(base.schedule.memory(value))) {
        down(value);
      }
    }
  }

  private Schedule.Task task(
      Schedule.Action action, int device, List<Schedule.Cell> reads, List<Schedule.Cell> writes) {
    Schedule.Task task = new Schedule.Task(action, device, tasks.size(), reads, writes);
    tasks.add(task);
    origins.add(origin);
    for (Schedule.Cell cell : reads) {
      Schedule.Task maker = makers.get(cell);
      if (maker != null) {
        task.follow(maker);
      }
      readers.computeIfAbsent(cell, _ -> new ArrayList<>()).add(task);
    }
    writes.forEach(cell -> makers.put(cell, task));
    return task;
  }
}

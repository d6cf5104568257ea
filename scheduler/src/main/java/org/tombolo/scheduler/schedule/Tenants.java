package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.tombolo.graph.Op;
import org.tombolo.scheduler.regions.Regions;

/// Who needs memory in the arenas of a run, and from which task to which. A value takes over the
/// memory of one that its region reads last, where the region allows that.
///
/// @see Arenas
public final class Tenants {
  /// Something that occupies an arena for a while.
  ///
  /// @param label for messages
  /// @param users positions of all tasks that use it, in order
  public record Tenant(String label, int device, long bytes, List<Integer> users) {
    /// Position of the first task that uses it.
    int from() {
      return users.getFirst();
    }

    /// Position of the last task that uses it.
    int to() {
      return users.getLast();
    }
  }

  private final Schedule schedule;
  private final int runs;

  /// Values that lie where another one lay.
  private final Map<Schedule.Cell, Schedule.Cell> successors = new HashMap<>();

  /// For each task, those that it has to follow since it writes over what they use.
  private final Map<Integer, Set<Integer>> overwrites = new HashMap<>();

  private final List<Tenant> all = new ArrayList<>();
  private final Map<Schedule.Cell, Integer> cells = new HashMap<>();
  private final Map<Integer, Integer> scratch = new HashMap<>();

  /// @param schedule the tasks in order
  /// @param needs what regions need and allow
  /// @param runs how many runs may be under way at once
  public Tenants(Schedule schedule, Needs needs, int runs) {
    this.schedule = schedule;
    this.runs = runs;
    List<Schedule.Task> tasks = schedule.tasks();
    Map<Schedule.Cell, List<Integer>> users = new LinkedHashMap<>();
    for (int i = 0; i < tasks.size(); i++) {
      for (Schedule.Cell cell : touched(tasks.get(i))) {
        if (!isInput(cell)) {
          users.computeIfAbsent(cell, key -> new ArrayList<>()).add(i);
        }
      }
      long scratchBytes = needs.scratchBytes(tasks.get(i));
      if (scratchBytes > 0) {
        scratch.put(i, all.size());
        all.add(new Tenant("working memory", tasks.get(i).device, scratchBytes, List.of(i)));
      }
    }
    for (int i = 0; i < tasks.size(); i++) {
      succeed(tasks.get(i), i, needs, users);
    }
    users.forEach((cell, positions) -> {
      cells.put(cell, all.size());
      all.add(
          new Tenant(
              cell.value() + (cell.again() > 0 ? ", again" : ""),
              cell.device(),
              cell.value().type().bytes(),
              List.copyOf(positions)));
    });
  }

  /// Whether a value lies in an arena for inputs.
  public boolean isInput(Schedule.Cell memory) {
    return runs > 1 && memory.value().op() instanceof Op.Input;
  }

  /// Cells of arenas that a task uses.
  private Set<Schedule.Cell> touched(Schedule.Task task) {
    Set<Schedule.Cell> touched = new LinkedHashSet<>();
    List<Schedule.Cell> all = new ArrayList<>(task.reads);
    all.addAll(task.writes);
    for (Schedule.Cell cell : all) {
      Schedule.Cell memory = schedule.memory(cell);
      if (!schedule.isResident(memory)) {
        touched.add(memory);
      }
    }
    return touched;
  }

  /// Lets the results of a region lie where what it reads last lies.
  private void succeed(
      Schedule.Task task, int position, Needs needs, Map<Schedule.Cell, List<Integer>> users) {
    if (!(task.action instanceof Schedule.Action.Run(Regions.Placed _, int index))) {
      return;
    }
    Set<Schedule.Cell> taken = new HashSet<>();
    for (int output = 0; output < task.writes.size(); output++) {
      Schedule.Cell to = task.writes.get(output);
      if (!users.containsKey(to) || !schedule.memory(to).equals(to)) {
        continue;
      }
      for (int input = 0; input < task.reads.size(); input++) {
        Schedule.Cell from = root(schedule.memory(task.reads.get(input)));
        List<Integer> before = users.get(from);
        if (before != null
            && before.getLast() == position
            && from.value().type().bytes() == to.value().type().bytes()
            && !taken.contains(from)
            && readOnce(task, from)
            && onlyHere(before, task.device)
            && needs.inPlace(index, output, input)) {
          taken.add(from);
          successors.put(to, from);
          Set<Integer> earlier = new TreeSet<>(before);
          earlier.remove(position);
          overwrites.computeIfAbsent(position, _ -> new TreeSet<>()).addAll(earlier);
          Set<Integer> all = new TreeSet<>(before);
          all.addAll(Objects.requireNonNull(users.remove(to)));
          users.put(from, new ArrayList<>(all));
          break;
        }
      }
    }
  }

  private boolean readOnce(Schedule.Task task, Schedule.Cell memory) {
    return task.reads.stream().filter(cell -> root(schedule.memory(cell)).equals(memory)).count()
        == 1;
  }

  /// Whether no other lane of the device uses a value, which would make the region wait for it.
  private boolean onlyHere(List<Integer> users, int device) {
    return users.stream()
        .map(user -> schedule.tasks().get(user))
        .allMatch(task -> task.device == device && !(task.action instanceof Schedule.Action.Fetch));
  }

  private Schedule.Cell root(Schedule.Cell cell) {
    Schedule.Cell at = cell;
    for (Schedule.Cell next = successors.get(at); next != null; next = successors.get(at)) {
      at = next;
    }
    return at;
  }

  /// Everybody, on all devices.
  public List<Tenant> all() {
    return all;
  }

  /// Everybody on a device.
  List<Tenant> on(int device) {
    return all.stream().filter(tenant -> tenant.device() == device).toList();
  }

  /// Position of a value among [#all].
  public int of(Schedule.Cell memory) {
    return Objects.requireNonNull(cells.get(root(memory)));
  }

  /// Position of the working memory of a task among [#all].
  public int scratch(int task) {
    return Objects.requireNonNull(scratch.get(task));
  }

  /// Tasks that a task has to follow since it writes over what they use.
  Set<Integer> overwritten(int task) {
    return overwrites.getOrDefault(task, Set.of());
  }

  /// Bytes that live on a device at each task.
  ///
  /// @param alignment what the bytes of each value are rounded up to a multiple of
  public long[] live(int device, int alignment) {
    long[] live = new long[schedule.tasks().size() + 1];
    for (Tenant tenant : all) {
      if (tenant.device() == device) {
        long bytes = MemoryPlan.roundUp(tenant.bytes(), alignment);
        live[tenant.from()] += bytes;
        live[tenant.to() + 1] -= bytes;
      }
    }
    Arrays.parallelPrefix(live, Long::sum);
    return live;
  }

  /// Bytes that the most demanding task of a device reads or makes, with its working memory, less
  /// those of the variables that could live on the host: less than that no arena needs beside the
  /// variables, whatever leaves and whatever lies where another value lay.
  public static long leastBytes(Schedule schedule, Needs needs, int device) {
    long demanded =
        schedule.tasks().stream()
            .filter(task -> task.device == device)
            .mapToLong(task ->
                needs.scratchBytes(task)
                    + Math.max(bytes(schedule, task.reads), bytes(schedule, task.writes)))
            .max()
            .orElse(0);
    long variables =
        new Dropping.Base(schedule)
            .variables().stream()
                .filter(cell -> cell.device() == device)
                .mapToLong(cell -> cell.value().type().bytes())
                .sum();
    return demanded - variables;
  }

  private static long bytes(Schedule schedule, List<Schedule.Cell> cells) {
    return cells.stream()
        .map(schedule::memory)
        .filter(memory -> !schedule.isResident(memory) || schedule.canVisit(memory))
        .distinct()
        .mapToLong(memory -> memory.value().type().bytes())
        .sum();
  }
}

package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.tombolo.device.Device;
import org.tombolo.graph.Op;

/// Where the values of a run lie: on each device an arena for values, laid out over the order of
/// the tasks, and one for inputs; and the waits that sharing memory makes necessary.
///
/// A value takes over the memory of one that its region reads last, where the region allows that.
/// Inputs lie apart from the other values where several runs may be under way, since those of the
/// next run come up while this one computes.
final class Arenas {
  /// Something that occupies an arena for a while.
  ///
  /// @param label for messages
  /// @param users positions of all tasks that use it, in order
  private record Tenant(String label, int device, long bytes, List<Integer> users) {
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

  private final List<Tenant> tenants = new ArrayList<>();
  private final Map<Schedule.Cell, Integer> cells = new HashMap<>();
  private final Map<Integer, Integer> scratch = new HashMap<>();
  private final List<Integer> numberOnDevice = new ArrayList<>();
  private final List<MemoryPlan> plans = new ArrayList<>();

  /// By device.
  private final List<SideBySide> inputs = new ArrayList<>();

  private final List<SideBySide> constants = new ArrayList<>();

  /// @param schedule the tasks in order
  /// @param inPlace whether a region can put an output into the memory of an input
  /// @param scratchBytes working memory of each task, by position
  /// @param devices the devices, by index
  /// @param runs how many runs may be under way at once
  Arenas(
      Schedule schedule,
      Schedule.InPlace inPlace,
      long[] scratchBytes,
      List<Device> devices,
      int runs) {
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
      if (scratchBytes[i] > 0) {
        scratch.put(i, tenants.size());
        tenants.add(new Tenant("working memory", tasks.get(i).device, scratchBytes[i], List.of(i)));
      }
    }
    for (int i = 0; i < tasks.size(); i++) {
      succeed(tasks.get(i), i, inPlace, users);
    }
    users.forEach((cell, positions) -> {
      cells.put(cell, tenants.size());
      tenants.add(
          new Tenant(
              cell.value().toString(),
              cell.device(),
              cell.value().type().bytes(),
              List.copyOf(positions)));
    });
    for (int device = 0; device < devices.size(); device++) {
      layOut(device, devices.get(device));
      inputs.add(new SideBySide(devices.get(device), "input", inputs(device)));
      constants.add(new SideBySide(devices.get(device), "constant", constants(device)));
    }
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
      Schedule.Task task,
      int position,
      Schedule.InPlace inPlace,
      Map<Schedule.Cell, List<Integer>> users) {
    if (!(task.action instanceof Schedule.Action.Run(Regions.Placed region, int index))) {
      return;
    }
    Set<Schedule.Cell> taken = new HashSet<>();
    for (int output = 0; output < region.outputs().size(); output++) {
      Schedule.Cell to = new Schedule.Cell(region.outputs().get(output), task.device);
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
            && inPlace.allowed(index, output, input)) {
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

  private void layOut(int device, Device on) {
    long chunk = DeviceArena.chunkBytes(on);
    List<MemoryPlan.Interval> intervals = new ArrayList<>();
    for (Tenant tenant : tenants) {
      if (tenant.device() == device) {
        DeviceArena.requireRoom(on, tenant.label(), tenant.bytes());
        intervals.add(new MemoryPlan.Interval(tenant.bytes(), tenant.from(), tenant.to()));
      }
    }
    plans.add(MemoryPlan.of(intervals, on.alignment(), chunk));
    if (device == 0) {
      Map<Integer, Integer> counts = new HashMap<>();
      for (Tenant tenant : tenants) {
        numberOnDevice.add(counts.merge(tenant.device(), 1, Integer::sum) - 1);
      }
    }
  }

  private Set<Schedule.Cell> inputs(int device) {
    Set<Schedule.Cell> found = new LinkedHashSet<>();
    for (Schedule.Task task : schedule.tasks()) {
      task.writes.stream()
          .filter(cell -> cell.device() == device && isInput(cell))
          .forEach(found::add);
    }
    return found;
  }

  private Set<Schedule.Cell> constants(int device) {
    Set<Schedule.Cell> found = new LinkedHashSet<>();
    for (Schedule.Task task : schedule.tasks()) {
      task.reads.stream()
          .filter(cell -> cell.device() == device && cell.value().op() instanceof Op.Constant)
          .forEach(found::add);
    }
    return found;
  }

  /// How many runs may be under way at once, each with memory for inputs of its own.
  int runs() {
    return runs;
  }

  /// Whether a value lies in an arena for inputs.
  boolean isInput(Schedule.Cell memory) {
    return runs > 1 && memory.value().op() instanceof Op.Input;
  }

  /// First byte of a value in the arena that it lies in.
  long offset(Schedule.Cell memory) {
    return isInput(memory)
        ? inputs.get(memory.device()).offset(memory)
        : offset((int) Objects.requireNonNull(cells.get(root(memory))));
  }

  private long offset(int tenant) {
    return plans.get(tenants.get(tenant).device()).offset(numberOnDevice.get(tenant));
  }

  /// First byte of the working memory of a task that has some.
  long scratchOffset(int task) {
    return offset((int) Objects.requireNonNull(scratch.get(task)));
  }

  /// Bytes of the arena for values of a device.
  long bytes(int device) {
    return plans.get(device).arenaBytes();
  }

  /// Largest number of bytes of values that live at once on a device, which no arena can undercut.
  long liveBytes(int device) {
    return plans.get(device).liveBytes();
  }

  /// Bytes of an arena for inputs of a device, of which there are as many as [#runs].
  long inputBytes(int device) {
    return inputs.get(device).bytes();
  }

  /// Bytes of the constants on a device.
  long constantBytes(int device) {
    return constants.get(device).bytes();
  }

  /// Where the constants on a device lie, in memory of their own.
  SideBySide constantsOn(int device) {
    return constants.get(device);
  }

  /// A place in the arena of a device.
  ///
  /// @param label what lies there
  /// @param offset first byte
  /// @param from position of the first task that uses it
  /// @param to position of the last task that uses it
  record Residence(String label, long offset, long bytes, int from, int to) {}

  /// Who lives in the arena of a device, and when.
  List<Residence> residences(int device) {
    List<Residence> residences = new ArrayList<>();
    for (int i = 0; i < tenants.size(); i++) {
      Tenant tenant = tenants.get(i);
      if (tenant.device() == device) {
        residences.add(
            new Residence(tenant.label(), offset(i), tenant.bytes(), tenant.from(), tenant.to()));
      }
    }
    return residences;
  }

  /// The largest values on a device, for messages.
  String largest(int device) {
    return tenants.stream()
        .filter(tenant -> tenant.device() == device)
        .sorted(Comparator.comparingLong(tenant -> -tenant.bytes()))
        .limit(3)
        .map(tenant -> "%s (%,d bytes)".formatted(tenant.label(), tenant.bytes()))
        .collect(Collectors.joining(", "));
  }

  /// For each task, the earlier ones that it has to wait for: those that make what it reads, and
  /// those that used the memory that it writes.
  List<Set<Integer>> waits() {
    List<Schedule.Task> tasks = schedule.tasks();
    Map<Schedule.Task, Integer> positions = new HashMap<>();
    List<Set<Integer>> waits = new ArrayList<>();
    for (Schedule.Task task : tasks) {
      Set<Integer> own = new HashSet<>(overwrites.getOrDefault(waits.size(), Set.of()));
      task.after.forEach(earlier -> own.add(Objects.requireNonNull(positions.get(earlier))));
      positions.put(task, waits.size());
      waits.add(own);
    }
    for (int device = 0; device < plans.size(); device++) {
      addReuse(device, waits);
    }
    return waits;
  }

  /// Adds the waits of tasks that write where others were.
  private void addReuse(int device, List<Set<Integer>> waits) {
    List<Tenant> here = tenants.stream().filter(tenant -> tenant.device() == device).toList();
    MemoryPlan plan = plans.get(device);
    int[] from = here.stream().mapToInt(Tenant::from).toArray();
    int[] to = here.stream().mapToInt(Tenant::to).toArray();
    for (int later = 0; later < from.length; later++) {
      Set<Integer> own = waits.get(from[later]);
      for (int earlier = 0; earlier < from.length; earlier++) {
        if (to[earlier] < from[later] && plan.overlap(earlier, later)) {
          own.addAll(here.get(earlier).users());
        }
      }
    }
  }
}

package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.tombolo.device.Device;
import org.tombolo.graph.Op;

/// Where the values of a run lie: on each device an arena for values, laid out over the order of
/// the tasks, and one for inputs; and the waits that sharing memory makes necessary.
///
/// Inputs lie apart from the other values where several runs may be under way, since those of the
/// next run come up while this one computes.
public final class Arenas {
  private final Schedule schedule;
  private final Tenants tenants;
  private final int runs;
  private final List<Integer> numberOnDevice = new ArrayList<>();
  private final List<MemoryPlan> plans = new ArrayList<>();

  /// By device.
  private final List<SideBySide> inputs = new ArrayList<>();

  private final List<SideBySide> constants = new ArrayList<>();

  /// @param schedule the tasks in order
  /// @param needs what regions need and allow
  /// @param devices the devices, by index
  /// @param runs how many runs may be under way at once
  public Arenas(Schedule schedule, Needs needs, List<Device> devices, int runs) {
    this.schedule = schedule;
    this.tenants = new Tenants(schedule, needs, runs);
    this.runs = runs;
    Map<Integer, Integer> counts = new HashMap<>();
    for (Tenants.Tenant tenant : tenants.all()) {
      numberOnDevice.add(counts.merge(tenant.device(), 1, Integer::sum) - 1);
    }
    for (int device = 0; device < devices.size(); device++) {
      plans.add(layOut(device, devices.get(device)));
      inputs.add(new SideBySide(devices.get(device), "input", inputs(device)));
      constants.add(new SideBySide(devices.get(device), "constant", constants(device)));
    }
  }

  private MemoryPlan layOut(int device, Device on) {
    List<MemoryPlan.Interval> intervals = new ArrayList<>();
    for (Tenants.Tenant tenant : tenants.all()) {
      if (tenant.device() == device) {
        DeviceArena.requireRoom(on, tenant.label(), tenant.bytes());
        intervals.add(new MemoryPlan.Interval(tenant.bytes(), tenant.from(), tenant.to()));
      }
    }
    return MemoryPlan.of(intervals, on.alignment(), DeviceArena.chunkBytes(on));
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
  public int runs() {
    return runs;
  }

  /// Whether a value lies in an arena for inputs.
  public boolean isInput(Schedule.Cell memory) {
    return tenants.isInput(memory);
  }

  /// First byte of a value in the arena that it lies in.
  public long offset(Schedule.Cell memory) {
    return isInput(memory)
        ? inputs.get(memory.device()).offset(memory)
        : offset(tenants.of(memory));
  }

  private long offset(int tenant) {
    return plans.get(tenants.all().get(tenant).device()).offset(numberOnDevice.get(tenant));
  }

  /// First byte of the working memory of a task that has some.
  public long scratchOffset(int task) {
    return offset(tenants.scratch(task));
  }

  /// Bytes of the arena for values of a device.
  public long bytes(int device) {
    return plans.get(device).arenaBytes();
  }

  /// Largest number of bytes of values that live at once on a device, which no arena can undercut.
  public long liveBytes(int device) {
    return plans.get(device).liveBytes();
  }

  /// Bytes of an arena for inputs of a device, of which there are as many as [#runs].
  public long inputBytes(int device) {
    return inputs.get(device).bytes();
  }

  /// Bytes of the constants on a device.
  public long constantBytes(int device) {
    return constants.get(device).bytes();
  }

  /// Where the constants on a device lie, in memory of their own.
  public SideBySide constantsOn(int device) {
    return constants.get(device);
  }

  /// A place in the arena of a device.
  ///
  /// @param label what lies there
  /// @param offset first byte
  /// @param from position of the first task that uses it
  /// @param to position of the last task that uses it
  public record Residence(String label, long offset, long bytes, int from, int to) {}

  /// Who lives in the arena of a device, and when.
  public List<Residence> residences(int device) {
    List<Residence> residences = new ArrayList<>();
    for (int i = 0; i < tenants.all().size(); i++) {
      Tenants.Tenant tenant = tenants.all().get(i);
      if (tenant.device() == device) {
        residences.add(
            new Residence(tenant.label(), offset(i), tenant.bytes(), tenant.from(), tenant.to()));
      }
    }
    return residences;
  }

  /// The largest values on a device, for messages.
  public String largest(int device) {
    return tenants.all().stream()
        .filter(tenant -> tenant.device() == device)
        .sorted(Comparator.comparingLong(tenant -> -tenant.bytes()))
        .limit(3)
        .map(tenant -> "%s (%,d bytes)".formatted(tenant.label(), tenant.bytes()))
        .collect(Collectors.joining(", "));
  }

  /// For each task, the earlier ones that it has to wait for: those that make what it reads, and
  /// those that used the memory that it writes.
  public List<Set<Integer>> waits() {
    List<Schedule.Task> tasks = schedule.tasks();
    Map<Schedule.Task, Integer> positions = new HashMap<>();
    List<Set<Integer>> waits = new ArrayList<>();
    for (Schedule.Task task : tasks) {
      Set<Integer> own = new HashSet<>(tenants.overwritten(waits.size()));
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
    List<Tenants.Tenant> here =
        tenants.all().stream().filter(tenant -> tenant.device() == device).toList();
    MemoryPlan plan = plans.get(device);
    int[] from = here.stream().mapToInt(Tenants.Tenant::from).toArray();
    int[] to = here.stream().mapToInt(Tenants.Tenant::to).toArray();
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

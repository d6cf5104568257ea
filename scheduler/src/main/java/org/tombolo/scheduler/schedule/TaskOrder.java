package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;

/// Orders in which tasks can be handed over.
final class TaskOrder {
  private final List<Schedule.Task> tasks;

  /// For each task, those that wait for it.
  private final int[][] before;

  /// How many tasks each one still waits for.
  private final int[] waiting;

  private TaskOrder(List<Schedule.Task> tasks) {
    this.tasks = tasks;
    Map<Schedule.Task, Integer> numbers = new HashMap<>();
    tasks.forEach(task -> numbers.put(task, numbers.size()));
    this.before = new int[tasks.size()][];
    this.waiting = new int[tasks.size()];
    for (int i = 0; i < waiting.length; i++) {
      before[i] = numbers(tasks.get(i).before, numbers);
      waiting[i] = tasks.get(i).after.size();
    }
  }

  private static int[] numbers(Iterable<Schedule.Task> some, Map<Schedule.Task, Integer> numbers) {
    List<Integer> found = new ArrayList<>();
    some.forEach(task -> found.add(Objects.requireNonNull(numbers.get(task))));
    return found.stream().mapToInt(Integer::intValue).toArray();
  }

  /// Each task as soon as the program that was written has it, once it can run.
  static List<Schedule.Task> asWritten(List<Schedule.Task> tasks) {
    return new TaskOrder(tasks).asWritten();
  }

  private List<Schedule.Task> asWritten() {
    PriorityQueue<Integer> ready =
        new PriorityQueue<>(
            Comparator.comparingInt((Integer i) -> tasks.get(i).priority).thenComparing(i -> i));
    for (int i = 0; i < waiting.length; i++) {
      if (waiting[i] == 0) {
        ready.add(i);
      }
    }
    List<Schedule.Task> order = new ArrayList<>();
    while (!ready.isEmpty()) {
      int task = ready.remove();
      order.add(tasks.get(task));
      for (int later : before[task]) {
        if (--waiting[later] == 0) {
          ready.add(later);
        }
      }
    }
    return complete(order);
  }

  /// As written, but what frees at least as much memory as it takes comes as soon as it can run:
  /// less lives at once.
  ///
  /// @param schedule as written
  static List<Schedule.Task> thrifty(Schedule schedule) {
    return new TaskOrder(schedule.tasks()).thriftily(schedule);
  }

  private List<Schedule.Task> thriftily(Schedule schedule) {
    Map<Schedule.Cell, Integer> readers = new HashMap<>();
    List<Set<Schedule.Cell>> reads = new ArrayList<>();
    for (Schedule.Task task : tasks) {
      Set<Schedule.Cell> own = new HashSet<>(task.reads);
      own.removeIf(cell -> schedule.isResident(cell) || !schedule.memory(cell).equals(cell));
      own.forEach(cell -> readers.merge(cell, 1, Integer::sum));
      reads.add(own);
    }
    TreeSet<Integer> ready =
        new TreeSet<>(
            Comparator.comparingInt((Integer i) -> tasks.get(i).priority).thenComparing(i -> i));
    for (int i = 0; i < waiting.length; i++) {
      if (waiting[i] == 0) {
        ready.add(i);
      }
    }
    List<Schedule.Task> order = new ArrayList<>();
    while (!ready.isEmpty()) {
      int task =
          ready.stream()
              .filter(i -> {
                long freed =
                    reads.get(i).stream()
                        .filter(cell -> Objects.equals(readers.get(cell), 1))
                        .mapToLong(cell -> cell.value().type().bytes())
                        .sum();
                long taken =
                    tasks.get(i).writes.stream()
                        .filter(cell -> schedule.memory(cell).equals(cell))
                        .mapToLong(cell -> cell.value().type().bytes())
                        .sum();
                return freed > 0 && freed >= taken;
              })
              .findFirst()
              .orElse(ready.first());
      ready.remove(task);
      order.add(tasks.get(task));
      reads.get(task).forEach(cell -> readers.merge(cell, -1, Integer::sum));
      for (int later : before[task]) {
        if (--waiting[later] == 0) {
          ready.add(later);
        }
      }
    }
    return complete(order);
  }

  /// A list schedule: of the tasks that can start earliest, the one with the longest way to the end
  /// of the run, copies included (the upward rank of Topcuoglu, Hariri, Wu, *Performance-effective
  /// and low-complexity task scheduling for heterogeneous computing*, TPDS 13(3), 2002). Each queue
  /// of a device takes one task at a time.
  ///
  /// @param tasks as written
  static List<Schedule.Task> byRank(List<Schedule.Task> tasks, TaskTimes times) {
    return new TaskOrder(tasks).byRank(times);
  }

  /// The tasks of one queue of a device that wait for nothing but the queue.
  private static final class Lane {
    private double free;

    /// Tasks that can start once the queue is free, the longest way to the end first.
    private final PriorityQueue<Integer> ready;

    /// Tasks whose operands come later than that, the earliest first.
    private final PriorityQueue<Integer> coming;

    private final double[] earliest;

    Lane(double[] ranks, double[] earliest) {
      this.earliest = earliest;
      this.ready =
          new PriorityQueue<>(
              Comparator.comparingDouble((Integer i) -> -ranks[i]).thenComparing(i -> i));
      this.coming =
          new PriorityQueue<>(
              Comparator.comparingDouble((Integer i) -> earliest[i]).thenComparing(i -> i));
    }

    /// When the next task here can start.
    double next() {
      while (!coming.isEmpty() && earliest[coming.element()] <= free) {
        ready.add(coming.remove());
      }
      if (!ready.isEmpty()) {
        return free;
      }
      return coming.isEmpty() ? Double.POSITIVE_INFINITY : earliest[coming.element()];
    }

    /// Takes the task that starts at [#next].
    int take(double start) {
      free = start;
      next();
      return ready.remove();
    }
  }

  private List<Schedule.Task> byRank(TaskTimes times) {
    double[] ranks = new double[waiting.length];
    for (int i = waiting.length - 1; i >= 0; i--) {
      for (int later : before[i]) {
        ranks[i] = Math.max(ranks[i], ranks[later]);
      }
      ranks[i] += times.seconds(tasks.get(i));
    }
    double[] earliest = new double[waiting.length];
    Map<Timeline.Lane, Lane> lanes = new LinkedHashMap<>();
    Lane[] laneOf = new Lane[waiting.length];
    for (int i = 0; i < waiting.length; i++) {
      laneOf[i] = lanes.computeIfAbsent(times.lane(tasks.get(i)), _ -> new Lane(ranks, earliest));
      if (waiting[i] == 0) {
        laneOf[i].coming.add(i);
      }
    }
    List<Schedule.Task> order = new ArrayList<>();
    while (order.size() < waiting.length) {
      Lane lane = null;
      double start = Double.POSITIVE_INFINITY;
      for (Lane other : lanes.values()) {
        double next = other.next();
        if (next < start) {
          lane = other;
          start = next;
        }
      }
      int task = Objects.requireNonNull(lane).take(start);
      order.add(tasks.get(task));
      lane.free = start + times.seconds(tasks.get(task));
      for (int later : before[task]) {
        earliest[later] = Math.max(earliest[later], lane.free);
        if (--waiting[later] == 0) {
          laneOf[later].coming.add(later);
        }
      }
    }
    return order;
  }

  private List<Schedule.Task> complete(List<Schedule.Task> order) {
    if (order.size() != tasks.size()) {
      throw new AssertionError(
          "%d of %d tasks wait for each other in a circle"
              .formatted(tasks.size() - order.size(), tasks.size()));
    }
    return order;
  }
}

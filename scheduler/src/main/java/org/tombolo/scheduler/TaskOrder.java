package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;

/// Orders in which tasks can be handed over.
final class TaskOrder {
  private TaskOrder() {}

  /// Each task as soon as the program that was written has it, once it can run.
  ///
  /// @throws AssertionError if tasks wait for each other in a circle
  static List<Schedule.Task> asWritten(List<Schedule.Task> tasks) {
    Map<Schedule.Task, Integer> added = numbers(tasks);
    PriorityQueue<Schedule.Task> ready =
        new PriorityQueue<>(
            Comparator.comparingInt((Schedule.Task task) -> task.priority)
                .thenComparingInt(task -> Objects.requireNonNull(added.get(task))));
    Map<Schedule.Task, Integer> waiting = waiting(tasks, ready);
    List<Schedule.Task> order = new ArrayList<>();
    while (!ready.isEmpty()) {
      Schedule.Task task = ready.remove();
      order.add(task);
      release(task, waiting, ready);
    }
    requireAll(order, tasks);
    return order;
  }

  /// A list schedule: of the tasks that can start earliest, the one with the longest way to the end
  /// of the run, copies included (the upward rank of Topcuoglu, Hariri, Wu, *Performance-effective
  /// and low-complexity task scheduling for heterogeneous computing*, TPDS 13(3), 2002). Each queue
  /// of a device takes one task at a time.
  ///
  /// @param tasks as written
  static List<Schedule.Task> byRank(List<Schedule.Task> tasks, TaskTimes times) {
    Map<Schedule.Task, Double> ranks = ranks(tasks, times);
    Map<Schedule.Task, Integer> written = numbers(tasks);
    Map<Schedule.Task, Double> earliest = new HashMap<>();
    tasks.forEach(task -> earliest.put(task, 0.0));
    Map<Timeline.Lane, Double> free = new HashMap<>();
    PriorityQueue<Candidate> ready =
        new PriorityQueue<>(
            Comparator.comparingDouble(Candidate::start)
                .thenComparingDouble(candidate -> -of(ranks, candidate.task()))
                .thenComparingInt(candidate -> of(written, candidate.task())));
    List<Schedule.Task> found = new ArrayList<>();
    Map<Schedule.Task, Integer> waiting = waiting(tasks, found);
    found.forEach(task -> ready.add(new Candidate(task, 0)));
    List<Schedule.Task> order = new ArrayList<>();
    while (!ready.isEmpty()) {
      Candidate candidate = ready.remove();
      Schedule.Task task = candidate.task();
      Timeline.Lane lane = times.lane(task);
      double start = Math.max(of(earliest, task), free.getOrDefault(lane, 0.0));
      if (start > candidate.start()) { // its queue was taken meanwhile
        ready.add(new Candidate(task, start));
        continue;
      }
      double end = start + times.seconds(task);
      free.put(lane, end);
      order.add(task);
      task.before.forEach(later -> earliest.merge(later, end, Math::max));
      found.clear();
      release(task, waiting, found);
      found.forEach(later -> ready.add(new Candidate(later, of(earliest, later))));
    }
    requireAll(order, tasks);
    return order;
  }

  /// A task that can start at a time, as far as is known.
  private record Candidate(Schedule.Task task, double start) {}

  private static Map<Schedule.Task, Double> ranks(List<Schedule.Task> tasks, TaskTimes times) {
    Map<Schedule.Task, Double> ranks = new HashMap<>();
    for (Schedule.Task task : tasks.reversed()) {
      double after = 0;
      for (Schedule.Task later : task.before) {
        after = Math.max(after, of(ranks, later));
      }
      ranks.put(task, after + times.seconds(task));
    }
    return ranks;
  }

  private static <T> T of(Map<Schedule.Task, T> values, Schedule.Task task) {
    return Objects.requireNonNull(values.get(task));
  }

  private static Map<Schedule.Task, Integer> numbers(List<Schedule.Task> tasks) {
    Map<Schedule.Task, Integer> numbers = new HashMap<>();
    tasks.forEach(task -> numbers.put(task, numbers.size()));
    return numbers;
  }

  /// How many tasks each one waits for; adds those that wait for none to the ready ones.
  private static Map<Schedule.Task, Integer> waiting(
      List<Schedule.Task> tasks, Collection<Schedule.Task> ready) {
    Map<Schedule.Task, Integer> waiting = new HashMap<>();
    for (Schedule.Task task : tasks) {
      waiting.put(task, task.after.size());
      if (task.after.isEmpty()) {
        ready.add(task);
      }
    }
    return waiting;
  }

  private static void release(
      Schedule.Task task,
      Map<Schedule.Task, Integer> waiting,
      Collection<Schedule.Task> ready) {
    for (Schedule.Task later : task.before) {
      if (waiting.merge(later, -1, Integer::sum) == 0) {
        ready.add(later);
      }
    }
  }

  private static void requireAll(List<Schedule.Task> order, List<Schedule.Task> tasks) {
    if (order.size() != tasks.size()) {
      throw new AssertionError(
          "%d of %d tasks wait for each other in a circle"
              .formatted(tasks.size() - order.size(), tasks.size()));
    }
  }
}

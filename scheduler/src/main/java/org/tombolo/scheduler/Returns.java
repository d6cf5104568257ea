package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.tombolo.device.ByteMeter;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.schedule.Schedule;
import org.tombolo.scheduler.schedule.Timeline;

/// What comes back to memory in a plan, and at what cost.
final class Returns {
  private Returns() {}

  static List<PlanReport.Return> of(Blueprint plan) {
    Timeline timeline = plan.timeline();
    Map<Schedule.Cell, Double> down = new HashMap<>();
    Map<Schedule.Cell, Double> nexts = nexts(plan);
    List<PlanReport.Return> returns = new ArrayList<>();
    List<Schedule.Task> tasks = plan.schedule().tasks();
    for (int i = 0; i < tasks.size(); i++) {
      Schedule.Task task = tasks.get(i);
      double seconds = timeline.ends().get(i) - timeline.starts().get(i);
      if (task.action instanceof Schedule.Action.Fetch(Schedule.Cell from, var purpose)
          && purpose == ByteMeter.Purpose.SWAP) {
        down.put(from.first(), seconds);
      }
      boolean isVisit = task.action instanceof Schedule.Action.Load;
      List<Schedule.Cell> again =
          task.writes.stream().filter(cell -> isVisit || cell.again() > 0).toList();
      if (!again.isEmpty()) {
        Double swap = isVisit ? nexts.get(again.getFirst()) : down.remove(again.getFirst().first());
        returns.add(
            new PlanReport.Return(
                again.stream()
                    .map(cell -> Inspection.described(cell.value()))
                    .collect(Collectors.joining(", ")),
                plan.devices().get(task.device).id(),
                way(task),
                again.stream().mapToLong(cell -> cell.value().type().bytes()).sum(),
                seconds + (swap == null ? 0 : swap),
                i));
      }
    }
    return returns;
  }

  /// What it takes to bring the next values of variables down that live on the host, by the cell
  /// where such a variable is first.
  private static Map<Schedule.Cell, Double> nexts(Blueprint plan) {
    Map<Schedule.Cell, Double> fetches = new HashMap<>();
    List<Schedule.Task> tasks = plan.schedule().tasks();
    for (int i = 0; i < tasks.size(); i++) {
      if (tasks.get(i).action instanceof Schedule.Action.Fetch(Schedule.Cell from, var _)) {
        fetches.put(from.first(), plan.timeline().ends().get(i) - plan.timeline().starts().get(i));
      }
    }
    Map<Schedule.Cell, Double> nexts = new HashMap<>();
    plan.schedule()
        .visitors()
        .forEach((variable, next) ->
            next.ifPresent(
                cell -> nexts.put(variable, Objects.requireNonNull(fetches.get(cell.first())))));
    return nexts;
  }

  private static PlanReport.Way way(Schedule.Task task) {
    return switch (task.action) {
      case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell to) ->
          from.device() == to.device() ? PlanReport.Way.SWAPPED : PlanReport.Way.UPLOADED_AGAIN;
      case Schedule.Action.Upload _ -> PlanReport.Way.UPLOADED_AGAIN;
      case Schedule.Action.Load _ -> PlanReport.Way.KEPT_ON_HOST;
      case Schedule.Action.Run _,
          Schedule.Action.Control _,
          Schedule.Action.Keep _,
          Schedule.Action.Fetch _ ->
          PlanReport.Way.COMPUTED_AGAIN;
    };
  }
}

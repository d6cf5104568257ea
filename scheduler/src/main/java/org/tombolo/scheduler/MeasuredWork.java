package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tombolo.scheduler.calibration.Correction;
import org.tombolo.scheduler.calibration.Work;
import org.tombolo.scheduler.regions.Regions;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.schedule.Schedule;
import org.tombolo.scheduler.trace.RunTimes;

/// What the regions of a plan took in runs that were recorded.
final class MeasuredWork {
  private MeasuredWork() {}

  /// The regions of each device, by its index, each with the least of its times: other work on the
  /// machine can only make it longer. Those inside branches and loops are left out.
  static List<List<Correction.Timed>> of(Blueprint plan, List<RunTimes> runs) {
    Map<Integer, Double> least = new HashMap<>();
    for (RunTimes run : runs) {
      for (PlanReport.Span span : run.tasks()) {
        least.merge(span.index(), span.end() - span.start(), Math::min);
      }
    }
    List<List<Correction.Timed>> times = new ArrayList<>();
    plan.devices().forEach(_ -> times.add(new ArrayList<>()));
    List<Schedule.Task> tasks = plan.schedule().tasks();
    least.forEach((position, seconds) -> {
      Schedule.Task task = tasks.get(position);
      if (task.action instanceof Schedule.Action.Run(Regions.Placed placed, int _)) {
        times.get(task.device).add(new Correction.Timed(Work.of(placed.region()), seconds));
      }
    });
    return times;
  }
}

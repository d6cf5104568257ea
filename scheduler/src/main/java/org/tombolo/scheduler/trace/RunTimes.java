package org.tombolo.scheduler.trace;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import org.tombolo.scheduler.report.PlanReport;

/// What one run took.
///
/// @param seconds from the first task handed over to the end
/// @param tasks when they ran, by index
public record RunTimes(double seconds, List<PlanReport.Span> tasks) {
  /// Copies the list.
  public RunTimes {
    tasks = List.copyOf(tasks);
  }

  static RunTimes of(RecordedEvent run, List<RecordedEvent> tasks) {
    Instant zero = run.getStartTime();
    List<PlanReport.Span> spans = new ArrayList<>();
    for (LaneSpan span : LaneSpan.of(tasks)) {
      spans.add(
          new PlanReport.Span(
              span.event().getInt("index"),
              seconds(Duration.between(zero, span.start())),
              seconds(Duration.between(zero, span.end()))));
    }
    spans.sort(Comparator.comparingInt(PlanReport.Span::index));
    return new RunTimes(seconds(run.getDuration()), spans);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() * 1e-9;
  }
}

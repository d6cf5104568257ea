package org.tombolo.scheduler.trace;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import org.jspecify.annotations.Nullable;

/// When a task had its queue to itself. A queue does one thing at a time, in the order in which it
/// is handed over, so a task starts when it has been handed over and the one before it has ended,
/// if the device does not tell when it did.
///
/// Branches and loops contain the tasks inside, which the same queue does meanwhile.
record LaneSpan(RecordedEvent event, Instant start, Instant end) {

  /// A queue of a device.
  record Lane(String device, String queue) {
    static Lane of(RecordedEvent task) {
      return new Lane(task.getString("device"), task.getString("queue"));
    }
  }

  /// The spans of tasks, in the order in which they were handed over.
  static List<LaneSpan> of(List<RecordedEvent> tasks) {
    List<RecordedEvent> sorted = new ArrayList<>(tasks);
    sorted.sort(Comparator.comparing(RecordedEvent::getStartTime));
    Map<Lane, Instant> free = new HashMap<>();
    List<LaneSpan> spans = new ArrayList<>();
    for (RecordedEvent task : sorted) {
      Lane lane = Lane.of(task);
      long ended = task.getLong("endedAfter");
      Instant began = task.getStartTime().plusNanos(Math.max(0, task.getLong("beganAfter")));
      Instant end = ended >= 0 ? task.getStartTime().plusNanos(ended) : task.getEndTime();
      Instant start = earlier(later(began, free.get(lane)), end);
      if (!task.getString("kind").equals("control")) {
        free.merge(lane, end, LaneSpan::later);
      }
      spans.add(new LaneSpan(task, start, end));
    }
    return spans;
  }

  private static Instant later(Instant a, @Nullable Instant b) {
    return b == null || a.isAfter(b) ? a : b;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}

package org.tombolo.scheduler;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Event;

/// What one run under way works with on the host. A plan has one for each run that may be under way
/// and uses them in turn.
final class Frame {
  /// Number of the frame, from 0: which memory its inputs lie in.
  final int number;

  /// Ends of the tasks, by position.
  final Event[] events;

  /// Bytes of the inputs, in the order of [Steps#inputs].
  final MemorySegment[] fed;

  /// Where values come down to, by position of the task that brings them.
  final MemorySegment[] fetched;

  /// Where the events of the run are kept while somebody records them.
  TaskTrace.@Nullable Recorded recorded;

  Frame(int number, int inputs, int tasks) {
    this.number = number;
    this.events = new Event[tasks];
    this.fed = new MemorySegment[inputs];
    this.fetched = new MemorySegment[tasks];
    Arrays.fill(fed, MemorySegment.NULL);
    clear();
  }

  /// Forgets the last run, all of which has ended.
  void clear() {
    Arrays.fill(events, Event.DONE);
  }

  /// The first task that has not ended; null if all have.
  @Nullable Integer unfinished() {
    for (int i = 0; i < events.length; i++) {
      if (!events[i].isDone()) {
        return i;
      }
    }
    return null;
  }
}

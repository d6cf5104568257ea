package org.tombolo.scheduler;

import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;
import org.tombolo.device.Event;

/// The events that the next task waits for: a list that is filled anew for each task, so that a run
/// leaves nothing to collect.
final class WaitList extends AbstractList<Event> implements RandomAccess {
  private final Event[] events;
  private int size;

  /// @param most events at once
  WaitList(int most) {
    events = new Event[most];
  }

  void reset() {
    size = 0;
  }

  void append(Event event) {
    events[size++] = event;
  }

  @Override
  public Event get(int index) {
    return events[Objects.checkIndex(index, size)];
  }

  @Override
  public int size() {
    return size;
  }
}

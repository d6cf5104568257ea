package org.tombolo.scheduler.schedule;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.SequencedMap;
import org.tombolo.device.Device;

/// Places of values that all live at once, one after the other.
public final class SideBySide {
  private final SequencedMap<Schedule.Cell, Long> offsets = new LinkedHashMap<>();
  private long bytes;

  /// Places values.
  ///
  /// @param on the device that they are on
  /// @param what what they are, for messages
  public SideBySide(Device on, String what, Collection<Schedule.Cell> cells) {
    long chunk = DeviceArena.chunkBytes(on);
    for (Schedule.Cell cell : cells) {
      long size = cell.value().type().bytes();
      DeviceArena.requireRoom(on, what + " " + cell.value(), size);
      long at = MemoryPlan.within(bytes, size, chunk);
      offsets.put(cell, at);
      bytes = MemoryPlan.roundUp(at + size, on.alignment());
    }
  }

  /// The values, in order.
  public Collection<Schedule.Cell> cells() {
    return offsets.keySet();
  }

  /// First byte of a value.
  public long offset(Schedule.Cell cell) {
    return Objects.requireNonNull(offsets.get(cell));
  }

  /// Bytes of all of them.
  public long bytes() {
    return bytes;
  }
}

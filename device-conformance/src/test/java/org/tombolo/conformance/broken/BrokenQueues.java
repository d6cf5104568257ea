package org.tombolo.conformance.broken;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;

/// Mistakes in moving bytes and in waiting.
final class BrokenQueues {
  private BrokenQueues() {}

  /// Waits for all but the last event.
  static final class DropsAWait extends PassingDevice {
    DropsAWait(Device real) {
      super(real);
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event launch(Launch launch, List<Event> after) {
          return real.launch(launch, after.isEmpty() ? after : after.subList(0, after.size() - 1));
        }
      };
    }
  }

  /// Ignores what happened on other queues, as if there were one.
  static final class RacesBetweenQueues extends PassingDevice {
    private final Map<Event, QueueRole> origin = new WeakHashMap<>();

    RacesBetweenQueues(Device real) {
      super(real);
    }

    private synchronized List<Event> own(QueueRole role, List<Event> after) {
      return after.stream().filter(event -> origin.getOrDefault(event, role) == role).toList();
    }

    private synchronized Event from(QueueRole role, Event event) {
      origin.put(event, role);
      return event;
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event upload(MemorySegment from, HostMemory kept, Slice to, List<Event> after) {
          return from(role, real.upload(from, kept, to, own(role, after)));
        }

        @Override
        public Event copy(Slice source, Slice target, List<Event> after) {
          return from(role, real.copy(source, target, own(role, after)));
        }

        @Override
        public Event launch(Launch launch, List<Event> after) {
          return from(role, real.launch(launch, own(role, after)));
        }
      };
    }
  }

  /// Copies one byte less than it should.
  static final class CopiesOneByteShort extends PassingDevice {
    CopiesOneByteShort(Device real) {
      super(real);
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event copy(Slice source, Slice target, List<Event> after) {
          return real.copy(shorter(source), shorter(target), after);
        }
      };
    }

    private static Slice shorter(Slice slice) {
      return new Slice(slice.buffer(), slice.offset(), Math.max(0, slice.bytes() - 1));
    }
  }

  /// Copies in words of four bytes, and forgets what is left over.
  static final class ForgetsOddBytes extends PassingDevice {
    ForgetsOddBytes(Device real) {
      super(real);
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event upload(MemorySegment from, HostMemory kept, Slice to, List<Event> after) {
          long words = to.bytes() / 4 * 4;
          Slice target = new Slice(to.buffer(), to.offset(), words);
          return from.byteSize() != to.bytes()
              ? real.upload(from, kept, to, after)
              : real.upload(from.asSlice(0, words), kept, target, after);
        }
      };
    }
  }

  /// Uploads to the beginning of the buffer, wherever the range begins.
  static final class IgnoresAnOffset extends PassingDevice {
    IgnoresAnOffset(Device real) {
      super(real);
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event upload(MemorySegment from, HostMemory kept, Slice to, List<Event> after) {
          return real.upload(from, kept, new Slice(to.buffer(), 0, to.bytes()), after);
        }
      };
    }
  }

  /// Reads the caller's bytes when the work runs, whatever the caller said.
  static final class ReadsHostBytesLate extends PassingDevice {
    ReadsHostBytesLate(Device real) {
      super(real);
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event upload(MemorySegment from, HostMemory kept, Slice to, List<Event> after) {
          return real.upload(from, HostMemory.VALID_UNTIL_EVENT, to, after);
        }
      };
    }
  }

  /// Reports that failed work is done.
  static final class LosesAnError extends PassingDevice {
    LosesAnError(Device real) {
      super(real);
    }

    private record Silent(Event real) implements Event {
      @Override
      public boolean isDone() {
        return real.isDone();
      }

      @Override
      public void await(Duration timeout) {
        try {
          real.await(timeout);
        } catch (DeviceException e) {
          // Nobody hears of it.
        }
      }
    }

    private static List<Event> real(List<Event> after) {
      return after.stream()
          .map(event -> event instanceof Silent silent ? silent.real() : event)
          .toList();
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public boolean accepts(Event event) {
          return event instanceof Silent || real.accepts(event);
        }

        @Override
        public Event upload(MemorySegment from, HostMemory kept, Slice to, List<Event> after) {
          return real.upload(from, kept, to, real(after));
        }

        @Override
        public Event download(Slice source, MemorySegment target, List<Event> after) {
          return real.download(source, target, real(after));
        }

        @Override
        public Event copy(Slice source, Slice target, List<Event> after) {
          return real.copy(source, target, real(after));
        }

        @Override
        public Event launch(Launch launch, List<Event> after) {
          return new Silent(real.launch(launch, real(after)));
        }
      };
    }
  }
}

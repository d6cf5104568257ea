package org.tombolo.conformance.broken;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.device.Buffer;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Driver;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Probe;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;

/// Mistakes in keeping, counting and finding.
public final class BrokenMemory {
  private BrokenMemory() {}

  /// A buffer over a real one, with an end of its own.
  private static final class Pooled implements Buffer {
    final Buffer real;
    final Runnable whenClosed;

    Pooled(Buffer real, Runnable whenClosed) {
      this.real = real;
      this.whenClosed = whenClosed;
    }

    @Override
    public Device device() {
      return real.device();
    }

    @Override
    public long bytes() {
      return real.bytes();
    }

    @Override
    public void close() {
      whenClosed.run();
    }
  }

  /// A device whose buffers are [Pooled].
  abstract static class Pooling extends PassingDevice {
    Pooling(Device real) {
      super(real);
    }

    private static Slice real(Slice slice) {
      return slice.buffer() instanceof Pooled pooled
          ? new Slice(pooled.real, slice.offset(), slice.bytes())
          : slice;
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event upload(MemorySegment from, HostMemory kept, Slice to, List<Event> after) {
          return real.upload(from, kept, real(to), after);
        }

        @Override
        public Event download(Slice source, MemorySegment target, List<Event> after) {
          return real.download(real(source), target, after);
        }

        @Override
        public Event copy(Slice source, Slice target, List<Event> after) {
          return real.copy(real(source), real(target), after);
        }
      };
    }

    @Override
    public Executable compile(Region region) {
      return new PassingExecutable(real.compile(region)) {
        @Override
        public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
          return real.bind(
              inputs.stream().map(Pooling::real).toList(),
              outputs.stream().map(Pooling::real).toList(),
              real(scratch));
        }
      };
    }
  }

  /// Takes buffers back into a pool without asking whether they are there already.
  static final class ReusesAFreedBuffer extends Pooling {
    private final Map<Long, Deque<Buffer>> pool = new HashMap<>();

    ReusesAFreedBuffer(Device real) {
      super(real);
    }

    @Override
    public synchronized Buffer allocate(long bytes) {
      Deque<Buffer> free = pool.computeIfAbsent(bytes, size -> new ArrayDeque<>());
      Buffer memory = free.isEmpty() ? real.allocate(bytes) : free.pop();
      return new Pooled(memory, () -> giveBack(memory));
    }

    private synchronized void giveBack(Buffer memory) {
      pool.get(memory.bytes()).push(memory);
    }
  }

  /// Never frees anything.
  static final class LeaksBuffers extends Pooling {
    LeaksBuffers(Device real) {
      super(real);
    }

    @Override
    public Buffer allocate(long bytes) {
      return new Pooled(real.allocate(bytes), () -> {});
    }
  }

  /// Counts what it moves: uploads once for the staging buffer and once for the device.
  public static final class CountsBytesTwice extends PassingDevice {
    private final ByteMeter meter = new ByteMeter();
    private final int times;

    /// @param times how often an upload counts; 1 is healthy
    public CountsBytesTwice(Device real, int times) {
      super(real);
      this.times = times;
    }

    @Override
    public <T> Optional<T> extension(Class<T> kind) {
      return kind == ByteMeter.class ? Optional.of(kind.cast(meter)) : super.extension(kind);
    }

    @Override
    public Queue queue(QueueRole role) {
      String id = info().id();
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event upload(MemorySegment from, HostMemory kept, Slice to, List<Event> after) {
          meter.count(ByteMeter.HOST, id, ByteMeter.Purpose.INPUT, times * from.byteSize());
          return real.upload(from, kept, to, after);
        }

        @Override
        public Event download(Slice source, MemorySegment target, List<Event> after) {
          meter.count(id, ByteMeter.HOST, ByteMeter.Purpose.FETCH, source.bytes());
          return real.download(source, target, after);
        }
      };
    }
  }

  /// Throws when it is asked a second time.
  public static final class UnsteadyDriver implements Driver {
    private final DeviceInfo info;
    private int probes;

    public UnsteadyDriver(DeviceInfo info) {
      this.info = info;
    }

    @Override
    public String id() {
      return info.driver();
    }

    @Override
    public List<Probe> probe() {
      if (probes++ > 0) {
        throw new IllegalStateException("the runtime does not answer");
      }
      return List.of(new Probe.Found(info));
    }

    @Override
    public Device open(Probe.Found found) {
      throw new DeviceException(info.id(), "not used", "another driver");
    }
  }
}

package org.tombolo.conformance.broken;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Link;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.RegionLimits;
import org.tombolo.device.Slice;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Passes everything on to a healthy device. What is broken overrides one method.
class PassingDevice implements Device {
  final Device real;

  PassingDevice(Device real) {
    this.real = real;
  }

  @Override
  public DeviceInfo info() {
    return real.info();
  }

  @Override
  public Optional<String> refusal(Op op, List<TensorType> operands) {
    return real.refusal(op, operands);
  }

  @Override
  public Buffer allocate(long bytes) {
    return real.allocate(bytes);
  }

  @Override
  public long largestAllocation() {
    return real.largestAllocation();
  }

  @Override
  public RegionLimits regionLimits() {
    return real.regionLimits();
  }

  @Override
  public boolean isSimulated() {
    return real.isSimulated();
  }

  @Override
  public boolean isLost() {
    return real.isLost();
  }

  @Override
  public int alignment() {
    return real.alignment();
  }

  @Override
  public Executable compile(Region region) {
    return real.compile(region);
  }

  @Override
  public Queue queue(QueueRole role) {
    return real.queue(role);
  }

  @Override
  public Link hostLink() {
    return real.hostLink();
  }

  @Override
  public <T> Optional<T> extension(Class<T> kind) {
    return real.extension(kind);
  }

  @Override
  public void close() {
    real.close();
  }

  /// Passes everything on to a healthy queue.
  static class PassingQueue implements Queue {
    final Queue real;

    PassingQueue(Queue real) {
      this.real = real;
    }

    @Override
    public boolean accepts(Event event) {
      return real.accepts(event);
    }

    @Override
    public Event upload(MemorySegment source, HostMemory memory, Slice target, List<Event> after) {
      return real.upload(source, memory, target, after);
    }

    @Override
    public Event download(Slice source, MemorySegment target, List<Event> after) {
      return real.download(source, target, after);
    }

    @Override
    public Event copy(Slice source, Slice target, List<Event> after) {
      return real.copy(source, target, after);
    }

    @Override
    public Event launch(Launch launch, List<Event> after) {
      return real.launch(launch, after);
    }

    @Override
    public void flush() {
      real.flush();
    }

    /// Wraps one healthy queue always in the same way.
    @Override
    public boolean equals(Object other) {
      return other instanceof PassingQueue queue && queue.real.equals(real);
    }

    @Override
    public int hashCode() {
      return real.hashCode();
    }
  }

  /// Passes everything on to a healthy executable.
  static class PassingExecutable implements Executable {
    final Executable real;

    PassingExecutable(Executable real) {
      this.real = real;
    }

    @Override
    public long scratchBytes() {
      return real.scratchBytes();
    }

    @Override
    public boolean inPlace(int output, int input) {
      return real.inPlace(output, input);
    }

    @Override
    public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
      return real.bind(inputs, outputs, scratch);
    }

    @Override
    public void close() {
      real.close();
    }
  }
}

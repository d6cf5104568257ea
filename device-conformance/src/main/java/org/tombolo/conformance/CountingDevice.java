package org.tombolo.conformance;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
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

/// Passes everything on and counts the bytes that queues are asked to move.
final class CountingDevice implements Device {
  private final Device device;
  private final AtomicLong uploaded = new AtomicLong();
  private final AtomicLong downloaded = new AtomicLong();

  CountingDevice(Device device) {
    this.device = device;
  }

  long uploaded() {
    return uploaded.get();
  }

  long downloaded() {
    return downloaded.get();
  }

  @Override
  public Queue queue(QueueRole role) {
    return new CountingQueue(device.queue(role));
  }

  private final class CountingQueue implements Queue {
    private final Queue queue;

    CountingQueue(Queue queue) {
      this.queue = queue;
    }

    @Override
    public Event upload(MemorySegment source, HostMemory memory, Slice target, List<Event> after) {
      uploaded.addAndGet(source.byteSize());
      return queue.upload(source, memory, target, after);
    }

    @Override
    public Event download(Slice source, MemorySegment target, List<Event> after) {
      downloaded.addAndGet(target.byteSize());
      return queue.download(source, target, after);
    }

    @Override
    public Event copy(Slice source, Slice target, List<Event> after) {
      return queue.copy(source, target, after);
    }

    @Override
    public Event launch(Launch launch, List<Event> after) {
      return queue.launch(launch, after);
    }

    @Override
    public boolean accepts(Event event) {
      return queue.accepts(event);
    }

    @Override
    public void flush() {
      queue.flush();
    }
  }

  @Override
  public DeviceInfo info() {
    return device.info();
  }

  @Override
  public Optional<String> refusal(Op op, List<TensorType> operands) {
    return device.refusal(op, operands);
  }

  @Override
  public Buffer allocate(long bytes) {
    return device.allocate(bytes);
  }

  @Override
  public long largestAllocation() {
    return device.largestAllocation();
  }

  @Override
  public RegionLimits regionLimits() {
    return device.regionLimits();
  }

  @Override
  public boolean isSimulated() {
    return device.isSimulated();
  }

  @Override
  public boolean isLost() {
    return device.isLost();
  }

  @Override
  public int alignment() {
    return device.alignment();
  }

  @Override
  public Executable compile(Region region) {
    return device.compile(region);
  }

  @Override
  public Link hostLink() {
    return device.hostLink();
  }

  @Override
  public <T> Optional<T> extension(Class<T> kind) {
    return device.extension(kind);
  }

  @Override
  public void close() {
    device.close();
  }
}

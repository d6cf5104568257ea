package org.tombolo.cpu;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.tombolo.cpu.kernel.KernelCompiler;
import org.tombolo.cpu.math.VectorMaths;
import org.tombolo.cpu.provider.KernelChoice;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Executable;
import org.tombolo.device.Kernel;
import org.tombolo.device.Link;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.RegionLimits;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// The JVM with memory outside its heap.
///
/// Loops and folds of half-width floats compute in single precision and round at casts and stores.
/// Results are equal bit for bit at each repetition and for any number of threads.
final class CpuDevice implements Device {
  /// Two cache lines, which is what processors fetch at a time; OpenCL devices on the same
  /// processor use memory of this alignment without a copy.
  static final int ALIGNMENT = 128;

  private static final System.Logger LOG = System.getLogger("org.tombolo.cpu");
  private static final int NAMED = 3;

  private final DeviceInfo info;
  private final WorkerTeam team;
  private final KernelChoice compiler;
  private final CpuQueue queue;
  private final AtomicLong used = new AtomicLong();
  private final Set<CpuBuffer> buffers = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  CpuDevice(DeviceInfo info) {
    this.info = info;
    this.team = new WorkerTeam(info.units());
    this.compiler = KernelChoice.system(new KernelCompiler(team, VectorMaths.best()), team);
    this.queue = new CpuQueue(this, team);
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  String id() {
    return info.id();
  }

  @Override
  public Optional<String> refusal(Op op, List<TensorType> operands) {
    return KernelCompiler.refusal(op, operands);
  }

  @Override
  @SuppressWarnings("MustBeClosedChecker") // the buffer closes the arena
  public Buffer allocate(long bytes) {
    requireOpen();
    if (bytes < 0) {
      throw new IllegalArgumentException(id() + ": " + bytes + " bytes; need 0 or more");
    }
    long total = used.addAndGet(bytes);
    if (total > info.memoryBytes() || total < 0) {
      used.addAndGet(-bytes);
      throw outOfMemory(bytes);
    }
    Arena arena = Arena.ofShared();
    try {
      CpuBuffer buffer = new CpuBuffer(this, arena, arena.allocate(bytes, ALIGNMENT));
      buffers.add(buffer);
      if (closed.get()) {
        buffer.close();
        requireOpen();
      }
      return buffer;
    } catch (OutOfMemoryError e) {
      arena.close();
      used.addAndGet(-bytes);
      OutOfDeviceMemoryException refused = outOfMemory(bytes);
      refused.initCause(e);
      throw refused;
    }
  }

  private OutOfDeviceMemoryException outOfMemory(long bytes) {
    String largest =
        buffers.stream()
            .sorted(Comparator.comparingLong(CpuBuffer::bytes).reversed())
            .limit(NAMED)
            .map(buffer -> "%,d".formatted(buffer.bytes()))
            .collect(Collectors.joining(", "));
    return new OutOfDeviceMemoryException(
        id(),
        bytes,
        "%,d of %,d bytes are in use%s"
            .formatted(
                used.get(),
                info.memoryBytes(),
                largest.isEmpty() ? "" : " (largest buffers: " + largest + ")"),
        "a smaller batch, or -D%s=<bytes> if the machine has more"
            .formatted(HostFacts.MEMORY_PROPERTY));
  }

  /// Takes a buffer off the books; called once for each.
  void freed(CpuBuffer buffer) {
    buffers.remove(buffer);
    used.addAndGet(-buffer.bytes());
  }

  @Override
  public RegionLimits regionLimits() {
    return RegionLimits.USUAL.withEpilogues();
  }

  @Override
  public int alignment() {
    return ALIGNMENT;
  }

  @Override
  public Executable compile(Region region) {
    requireOpen();
    return new CpuExecutable(this, region.name(), Kernel.of(region), compiler);
  }

  @Override
  public Queue queue(QueueRole role) {
    requireOpen();
    return queue;
  }

  @Override
  public Link hostLink() {
    double rate = info.speed().bytesPerSecond() / 2; // each byte is read and written
    return new Link(Link.Mode.SHARED, info.speed().launchSeconds(), rate, rate);
  }

  void requireOpen() {
    if (closed.get()) {
      throw new DeviceException(id(), "the device is closed", "an engine that is still open");
    }
  }

  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    team.close();
    List<CpuBuffer> left = List.copyOf(buffers);
    if (!left.isEmpty()) {
      LOG.log(
          Level.WARNING,
          "{0}: {1} buffers with {2} bytes were not closed before the device",
          id(),
          left.size(),
          left.stream().mapToLong(CpuBuffer::bytes).sum());
      left.forEach(CpuBuffer::close);
    }
  }

  @Override
  public String toString() {
    return id();
  }
}

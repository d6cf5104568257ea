package org.tombolo.opencl;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_mem;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Executable;
import org.tombolo.device.Kernel;
import org.tombolo.device.Launch;
import org.tombolo.device.Limitations;
import org.tombolo.device.Link;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.RegionLimits;
import org.tombolo.device.Slice;
import org.tombolo.device.Tuner;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.codegen.KernelLibrary;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;

/// An opened OpenCL device: one context, an in-order queue per role, built programs, and everything
/// that was allocated or bound and not closed yet.
///
/// One lock guards all calls that enqueue, poll or release, so that no native object is used while
/// another thread releases it. It is never held while waiting, compiling or copying large memory.
final class OpenClDevice implements Device {
  private static final System.Logger LOG = System.getLogger(OpenClDevice.class.getName());

  /// Longest time that a transfer waits for room to stage its bytes.
  private static final long STAGING_NANOS = 60_000_000_000L;

  private final OpenClPlatforms.Candidate candidate;
  private final DeviceInfo info;
  private final KernelLibrary kernels;
  private final OpenClTuner tuner;
  private final ReentrantLock lock = new ReentrantLock();
  private final Handle<cl_context> context;
  private final Handle<cl_command_queue> setupQueue;
  private final DeviceClock clock = new DeviceClock();
  private final Map<QueueRole, OpenClQueue> queues = new EnumMap<>(QueueRole.class);

  /// The same: each wait goes over them and is to make no objects.
  private final OpenClQueue[] all;

  private final Programs programs;
  private final Staging staging;
  private final Set<OpenClBuffer> buffers = new HashSet<>();
  private final Set<OpenClLaunch> launches = new HashSet<>();
  private long bytesInUse;
  private boolean closed;

  OpenClDevice(OpenClPlatforms.Candidate candidate, Dialect dialect) {
    this.candidate = candidate;
    this.info = candidate.info();
    TuningFile tuned = TuningFile.system(info);
    this.kernels = new KernelLibrary(dialect, candidate.limits(), tuned);
    this.tuner = new OpenClTuner(this, tuned);
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, candidate.platform());
    cl_device_id[] devices = {candidate.device()};
    cl_context created = CL.clCreateContext(properties, 1, devices, null, null, null);
    this.context = new Handle<>(info.id(), "device", created, CL::clReleaseContext);
    try {
      for (QueueRole role : QueueRole.values()) {
        queues.put(role, new OpenClQueue(this, role, queues.size(), lock, newQueue(created)));
      }
      this.setupQueue =
          new Handle<>(info.id(), "set-up queue", newQueue(created), CL::clReleaseCommandQueue);
    } catch (RuntimeException e) {
      queues.values().forEach(OpenClQueue::close);
      context.close();
      throw e;
    }
    this.all = queues.values().toArray(OpenClQueue[]::new);
    this.programs = new Programs(info.id(), created, candidate.device(), ProgramCache.system(info));
    this.staging = new Staging(info.id(), created, setupQueue.get());
  }

  /// Makes an in-order queue, by the call that OpenCL 1.2 has.
  @SuppressWarnings("deprecation")
  private cl_command_queue newQueue(cl_context created) {
    return CL.clCreateCommandQueue(created, candidate.device(), CL.CL_QUEUE_PROFILING_ENABLE, null);
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  /// How kernels for this device are written.
  Dialect dialect() {
    return kernels.dialect();
  }

  /// What kernels may ask of it.
  DeviceLimits limits() {
    return candidate.limits();
  }

  /// The native context.
  ///
  /// @throws DeviceException if the device is closed
  cl_context context() {
    return context.get();
  }

  Programs programs() {
    return programs;
  }

  @Override
  public Optional<String> refusal(Op op, List<TensorType> operands) {
    return kernels.refusal(op, operands);
  }

  @Override
  public long largestAllocation() {
    return candidate.largestBuffer();
  }

  @Override
  public RegionLimits regionLimits() {
    return candidate.regionLimits();
  }

  @Override
  public int alignment() {
    return (int) Arg.ALIGNMENT;
  }

  @Override
  public Buffer allocate(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("allocate %d bytes; need 0 or more".formatted(bytes));
    }
    lock.lock();
    try {
      cl_context open = context.get();
      int[] code = new int[1];
      cl_mem memory = create(open, Math.max(bytes, Arg.ALIGNMENT), code);
      if (code[0] == CL.CL_SUCCESS && info.kind() != DeviceInfo.Kind.CPU) {
        code[0] = touch(memory);
        if (code[0] != CL.CL_SUCCESS) {
          CL.clReleaseMemObject(memory);
        }
      }
      if (OpenClErrors.isOutOfMemory(code[0])) {
        throw OpenClErrors.outOfMemory(info.id(), bytes, bytesInUse, info.memoryBytes(), code[0]);
      }
      OpenClErrors.check(info.id(), "allocate %,d bytes".formatted(bytes), code[0]);
      OpenClBuffer buffer = new OpenClBuffer(this, memory, bytes);
      buffers.add(buffer);
      bytesInUse += bytes;
      return buffer;
    } finally {
      lock.unlock();
    }
  }

  private static cl_mem create(cl_context open, long bytes, int[] code) {
    try {
      return CL.clCreateBuffer(open, CL.CL_MEM_READ_WRITE, bytes, null, code);
    } catch (CLException e) {
      code[0] = e.getStatus();
      return new cl_mem();
    }
  }

  /// Writes to fresh memory: graphics processors make room when memory is first used, and only then
  /// say that there is none.
  private int touch(cl_mem memory) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(JAVA_LONG);
      MemorySegment status = arena.allocate(JAVA_INT);
      long queue = setupQueue.get().getNativePointer();
      int code =
          Commands.write(
              queue,
              memory.getNativePointer(),
              0,
              4,
              arena.allocate(4),
              new Commands.Order(0, MemorySegment.NULL, event));
      if (code != CL.CL_SUCCESS) {
        return code;
      }
      int finished = Commands.finish(queue);
      code = Commands.status(event.get(JAVA_LONG, 0), status);
      Commands.release(event.get(JAVA_LONG, 0));
      int state = status.get(JAVA_INT, 0);
      return finished != CL.CL_SUCCESS
          ? finished
          : code != CL.CL_SUCCESS ? code : Math.min(state, 0);
    }
  }

  /// The buffer of a range that a queue is to use.
  ///
  /// @param bytes the length that the range must have
  OpenClBuffer own(Slice slice, long bytes) {
    if (!(slice.buffer() instanceof OpenClBuffer buffer) || buffer.device() != this) {
      throw new IllegalArgumentException(
          "%s: %s is memory of another device; need a buffer of this one"
              .formatted(info.id(), slice));
    }
    if (slice.bytes() != bytes) {
      throw new IllegalArgumentException(
          "%s: ranges of %d and %d bytes; need equal lengths"
              .formatted(info.id(), slice.bytes(), bytes));
    }
    return buffer;
  }

  void release(OpenClBuffer buffer) {
    lock.lock();
    try {
      if (buffers.remove(buffer)) {
        bytesInUse -= buffer.bytes();
        buffer.releaseMemory();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Executable compile(Region region) {
    return compile(region, kernels);
  }

  /// Prepares a region to run by kernels of a library that need not be the device's own.
  Executable compile(Region region, KernelLibrary library) {
    context.get();
    Kernel kernel = Kernel.of(region);
    return new OpenClExecutable(this, region.name(), kernel, library.lower(region.name(), kernel));
  }

  /// Registers a launch and sets it up.
  Launch bind(OpenClLaunch launch, Consumer<OpenClLaunch> setUp) {
    lock.lock();
    try {
      context.get();
      launches.add(launch);
      setUp.accept(launch);
      return launch;
    } catch (CLException e) {
      release(launch);
      throw OpenClErrors.failed(info.id(), "bind " + launch.what(), e.getStatus());
    } catch (RuntimeException e) {
      release(launch);
      throw e;
    } finally {
      lock.unlock();
    }
  }

  void release(OpenClLaunch launch) {
    lock.lock();
    try {
      if (launches.remove(launch)) {
        launch.releaseKernels();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Queue queue(QueueRole role) {
    context.get();
    return Objects.requireNonNull(queues.get(role));
  }

  /// Its clock beside the host's; the lock is held.
  DeviceClock clock() {
    return clock;
  }

  /// Completes transfers of all queues that have ended; the lock is held.
  void settle() {
    for (OpenClQueue queue : all) {
      queue.settle();
    }
  }

  /// Staging memory that nobody uses; waits for some if there is none.
  Staging.Chunk takeChunk() {
    long start = System.nanoTime();
    while (System.nanoTime() - start < STAGING_NANOS) {
      lock.lock();
      try {
        context.get();
        Optional<Staging.Chunk> chunk = staging.take();
        if (chunk.isPresent()) {
          return chunk.get();
        }
        settle();
        chunk = staging.take();
        if (chunk.isPresent()) {
          return chunk.get();
        }
      } catch (CLException e) {
        throw OpenClErrors.failed(info.id(), "staging memory for a transfer", e.getStatus());
      } finally {
        lock.unlock();
      }
      LockSupport.parkNanos(20_000);
    }
    throw new DeviceException(
        info.id(),
        "no transfer has ended within a minute, and all staging memory is in use",
        "close the device and open it again; waits for events that never happen block transfers");
  }

  void giveChunk(Staging.Chunk chunk) {
    lock.lock();
    try {
      staging.give(chunk);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Link hostLink() {
    return info.sharesHostMemory()
        ? new Link(Link.Mode.SHARED, 15e-6, 8e9, 8e9)
        : new Link(Link.Mode.STAGED, 20e-6, 10e9, 10e9);
  }

  @Override
  public <T> Optional<T> extension(Class<T> kind) {
    if (kind == Limitations.class) {
      return Optional.of(kind.cast(KnownDefects.of(info)));
    }
    return kind == Tuner.class ? Optional.of(kind.cast(tuner)) : Optional.empty();
  }

  /// Whether a queue is broken, after which no runtime keeps any promise.
  @Override
  public boolean isLost() {
    for (OpenClQueue queue : all) {
      if (queue.isBroken()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      queues.values().forEach(OpenClQueue::finish);
      queues.values().forEach(OpenClQueue::close);
      launches.forEach(OpenClLaunch::releaseKernels);
      launches.clear();
      if (!buffers.isEmpty()) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0}: closed with {1} buffers of {2} bytes still open",
            info.id(),
            buffers.size(),
            bytesInUse);
      }
      buffers.forEach(OpenClBuffer::releaseMemory);
      buffers.clear();
      programs.close();
      staging.close();
      setupQueue.close();
      context.close();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return "%s (%s, %s kernels)".formatted(info.id(), info.model(), dialect());
  }
}

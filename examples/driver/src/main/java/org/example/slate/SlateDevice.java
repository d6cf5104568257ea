package org.example.slate;

import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Executable;
import org.tombolo.device.Kernel;
import org.tombolo.device.Limitations;
import org.tombolo.device.Link;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.TensorType;

/// An opened slate: memory outside the Java heap, and three queues that run side by side.
final class SlateDevice implements Device {
  static final int ALIGNMENT = 64;

  private static final System.Logger LOG = System.getLogger("org.example.slate");

  private final DeviceInfo info;
  private final AtomicBoolean failing;
  private final Map<QueueRole, SlateQueue> queues = new EnumMap<>(QueueRole.class);
  private final Set<SlateBuffer> buffers = ConcurrentHashMap.newKeySet();
  private final AtomicLong used = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  SlateDevice(DeviceInfo info, boolean failing) {
    this.info = info;
    this.failing = new AtomicBoolean(failing);
    for (QueueRole role : QueueRole.values()) {
      queues.put(role, new SlateQueue(this, role));
    }
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  /// Everything that [Loop] and [Product] know, in single precision. The `default` matters: an
  /// operation that a later version of Tombolo adds is refused, and runs elsewhere.
  @Override
  public Optional<String> refusal(Op op, List<TensorType> operands) {
    for (TensorType operand : operands) {
      if (operand.dtype() != DType.F32) {
        return Optional.of("slate computes in f32, not in " + operand.dtype());
      }
    }
    return switch (op) {
      case Op.Unary(var fn) when Loop.knows(fn) -> Optional.empty();
      case Op.Binary(var fn) when Loop.knows(fn) -> Optional.empty();
      case Op.Reshape _, Op.Permute _, Op.Broadcast _, Op.Slice _, Op.Reverse _ -> Optional.empty();
      case Op.Reduce(var fn, _) when fn == ReduceFn.SUM || fn == ReduceFn.MAX -> Optional.empty();
      case Op.Dot dot when Product.knows(dot, operands) -> Optional.empty();
      case Op.Constant(var value) when value.type().dtype() == DType.F32 -> Optional.empty();
      case Op.Iota(var type, _) when type.dtype() == DType.F32 -> Optional.empty();
      default -> Optional.of("slate has no " + op.mnemonic());
    };
  }

  @Override
  public Executable compile(Region region) {
    requireOpen();
    return switch (Kernel.of(region)) {
      case LoopKernel loop ->
          new SlateExecutable(this, region.name(), loop, loop::inPlace, new Loop(loop));
      case Kernel.Single single ->
          new SlateExecutable(
              this, region.name(), single, (_, _) -> false, Product.of(region.name(), single));
      case Kernel.Finished finished ->
          throw new IllegalArgumentException("slate asks for no epilogues: " + finished);
      case Kernel.Custom custom ->
          throw new IllegalArgumentException("slate refuses " + custom.function().name());
    };
  }

  @Override
  @SuppressWarnings("resource") // the buffer closes the arena
  public Buffer allocate(long bytes) {
    requireOpen();
    if (bytes < 0) {
      throw new IllegalArgumentException(
          "slate: allocate %d bytes; need 0 or more".formatted(bytes));
    }
    if (used.addAndGet(bytes) > info.memoryBytes() || used.get() < 0) {
      used.addAndGet(-bytes);
      throw new OutOfDeviceMemoryException(
          info.id(),
          bytes,
          "%,d of %,d bytes are in use".formatted(used.get(), info.memoryBytes()),
          "a smaller batch, or another device");
    }
    Arena arena = Arena.ofShared();
    SlateBuffer buffer = new SlateBuffer(this, arena, arena.allocate(bytes, ALIGNMENT));
    buffers.add(buffer);
    return buffer;
  }

  void freed(SlateBuffer buffer) {
    buffers.remove(buffer);
    used.addAndGet(-buffer.bytes());
  }

  @Override
  public int alignment() {
    return ALIGNMENT;
  }

  @Override
  public Queue queue(QueueRole role) {
    return queues.get(role);
  }

  @Override
  public Link hostLink() {
    return new Link(Link.Mode.STAGED, 1e-6, 8e9, 8e9);
  }

  /// What the conformance kit is to leave out, and why.
  @Override
  public <T> Optional<T> extension(Class<T> kind) {
    Limitations limitations =
        Limitations.none()
            .and(
                "programs/build-errors-are-build-exceptions",
                "regions are interpreted: there is no compiler that could refuse one");
    return kind.isInstance(limitations) ? Optional.of(kind.cast(limitations)) : Optional.empty();
  }

  /// True once, on a device that was opened to fail.
  boolean failsNow() {
    return failing.getAndSet(false);
  }

  void requireOpen() {
    if (closed.get()) {
      throw new DeviceException(info.id(), "used after it was closed", "opening it anew");
    }
  }

  /// Lets the work end that was handed over, then frees what is left.
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    queues.values().forEach(SlateQueue::close);
    if (!buffers.isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, "{0}: {1} buffers left open", info.id(), buffers.size());
      List.copyOf(buffers).forEach(SlateBuffer::close);
    }
  }
}

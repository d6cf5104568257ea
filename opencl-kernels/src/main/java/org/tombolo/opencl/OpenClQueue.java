package org.tombolo.opencl;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;
import org.tombolo.opencl.Commands.Orders;

/// An in-order queue of an OpenCL device.
///
/// Commands are numbered. The native events of the newest ones are kept in a ring; whoever waits
/// for an older command waits for the oldest that is left, which ends no earlier. So the number of
/// native events is bounded although nobody releases an [OpenClEvent].
///
/// When a command fails after it was handed over, the queue is broken: that command and all that
/// are not known to be done carry the failure, and no more are taken. Runtimes are in no better
/// state then.
///
/// All state is guarded by the device's lock, which is never held while waiting.
final class OpenClQueue implements Queue {
  private static final int RING = 256;

  /// Longest time that a launch which reports what went wrong is waited for.
  private static final Duration LONGEST_CHECKED = Duration.ofMinutes(10);

  private static final int QUEUES = QueueRole.values().length;

  /// What an enqueue answers when an event that it should wait for has failed already.
  private static final int FAILED_WAIT = -14;

  private final OpenClDevice device;
  private final int index;
  private final String name;
  private final Lock lock;
  private final Handle<cl_command_queue> handle;
  private final long address;
  private final long[] ring = new long[RING];

  /// The native events of the first of several kernels that the commands in the ring are; else 0.
  private final long[] begins = new long[RING];

  /// When the commands in the ring were handed over: just before and just after.
  private final long[] handedOver = new long[2 * RING];

  private final Deque<Transfer> transfers = new ArrayDeque<>();
  private final MemorySegment waits = Arena.ofAuto().allocate(JAVA_LONG, QUEUES);
  private final MemorySegment begin = Arena.ofAuto().allocate(JAVA_LONG);
  private final MemorySegment event = Arena.ofAuto().allocate(JAVA_LONG);
  private final MemorySegment time = Arena.ofAuto().allocate(JAVA_LONG);
  private final MemorySegment status = Arena.ofAuto().allocate(JAVA_INT);

  /// What a command waits for, by the number of queues that it waits for.
  private final Orders[] orders = new Orders[QUEUES + 1];

  /// Those of the next command, and when it was handed over.
  private Orders next;

  private long start;

  /// The queues that the next command waits for, by their index, and up to which command.
  private final @Nullable OpenClQueue[] others = new OpenClQueue[QUEUES];

  private final long[] before = new long[QUEUES];
  private long last;
  private long done;
  private long flushed;
  private volatile @Nullable DeviceException failure;

  /// A copy between host and device that is under way.
  private static final class Transfer {
    /// Memory that the command uses, kept alive until it is done: the caller's or the chunk's.
    private final MemorySegment host;

    private final long bytes;

    /// Staging memory to give back, if `host` is such.
    private final Staging.@Nullable Chunk chunk;

    /// Where the bytes in `host` go in the end, if they do, and from which of its bytes on.
    private @Nullable MemorySegment target;

    private long at;

    /// The command.
    private long number;

    private Transfer(MemorySegment host, long bytes) {
      this.host = host;
      this.bytes = bytes;
      this.chunk = null;
    }

    private Transfer(Staging.Chunk chunk, long bytes) {
      this.host = chunk.memory();
      this.bytes = bytes;
      this.chunk = chunk;
    }
  }

  /// @param index of the queue among those of the device, below their number
  OpenClQueue(OpenClDevice device, QueueRole role, int index, Lock lock, cl_command_queue queue) {
    this.device = device;
    this.index = index;
    this.name = role.name().toLowerCase(Locale.ROOT);
    this.lock = lock;
    this.handle =
        new Handle<>(device.info().id(), name + " queue", queue, CL::clReleaseCommandQueue);
    this.address = queue.getNativePointer();
    for (int count = 0; count <= QUEUES; count++) {
      orders[count] = Orders.of(count, waits, begin, event);
    }
    this.next = orders[0];
  }

  OpenClDevice device() {
    return device;
  }

  String name() {
    return name;
  }

  /// The native queue.
  ///
  /// @throws DeviceException if the device is closed
  cl_command_queue handle() {
    return handle.get();
  }

  /// Whether it is one of this device's events, or done for good.
  @Override
  public boolean accepts(Event event) {
    return event.equals(Event.DONE)
        || (event instanceof OpenClEvent known && known.queue().device.equals(device));
  }

  @Override
  public Event upload(MemorySegment source, HostMemory memory, Slice target, List<Event> after) {
    OpenClBuffer buffer = device.own(target, source.byteSize());
    long bytes = source.byteSize();
    if (bytes == 0) {
      return mark(after);
    }
    if (source.isNative() && memory == HostMemory.VALID_UNTIL_EVENT) {
      return submit(true, new Transfer(source, bytes), buffer, target.offset(), after);
    }
    OpenClEvent begin = null;
    OpenClEvent end = null;
    for (long at = 0; at < bytes; at += Staging.CHUNK_BYTES) {
      Staging.Chunk chunk = device.takeChunk();
      Transfer part = new Transfer(chunk, Math.min(Staging.CHUNK_BYTES, bytes - at));
      MemorySegment.copy(source, at, part.host, 0, part.bytes);
      end = submit(true, part, buffer, target.offset() + at, end == null ? after : List.of());
      if (end.failure() != null) {
        return end;
      }
      begin = begin == null ? end : begin;
    }
    return Objects.requireNonNull(end).since(begin);
  }

  @Override
  public Event download(Slice source, MemorySegment target, List<Event> after) {
    OpenClBuffer buffer = device.own(source, target.byteSize());
    if (target.isReadOnly()) {
      throw new IllegalArgumentException(
          "download: the target is read-only; need memory that can be written");
    }
    long bytes = target.byteSize();
    if (bytes == 0) {
      return mark(after);
    }
    if (target.isNative()) {
      return submit(false, new Transfer(target, bytes), buffer, source.offset(), after);
    }
    OpenClEvent begin = null;
    OpenClEvent end = null;
    for (long at = 0; at < bytes; at += Staging.CHUNK_BYTES) {
      Staging.Chunk chunk = device.takeChunk();
      Transfer part = new Transfer(chunk, Math.min(Staging.CHUNK_BYTES, bytes - at));
      part.target = target;
      part.at = at;
      end = submit(false, part, buffer, source.offset() + at, end == null ? after : List.of());
      if (end.failure() != null) {
        return end;
      }
      begin = begin == null ? end : begin;
    }
    return Objects.requireNonNull(end).since(begin);
  }

  /// Submits a transfer, or a part of one, of which only the first has to wait, and remembers it
  /// until it is done. Both under one lock: transfers are finished in the order in which they are
  /// remembered, which must be that of their commands.
  private OpenClEvent submit(
      boolean up, Transfer transfer, OpenClBuffer buffer, long offset, List<Event> after) {
    lock.lock();
    try {
      DeviceException problem = prepare("transfer", after);
      if (problem != null) {
        giveBack(transfer.chunk);
        return new OpenClEvent(this, problem);
      }
      long memory = buffer.address();
      int code =
          up
              ? Commands.write(address, memory, offset, transfer.bytes, transfer.host, next.only())
              : Commands.read(address, memory, offset, transfer.bytes, transfer.host, next.only());
      OpenClEvent end = handedOver("transfer", code);
      if (end.failure() == null) {
        transfer.number = end.number();
        transfers.add(transfer);
      } else {
        giveBack(transfer.chunk);
      }
      return end;
    } catch (RuntimeException e) {
      giveBack(transfer.chunk);
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private void giveBack(Staging.@Nullable Chunk chunk) {
    if (chunk != null) {
      device.giveChunk(chunk);
    }
  }

  @Override
  public Event copy(Slice source, Slice target, List<Event> after) {
    OpenClBuffer from = device.own(source, target.bytes());
    OpenClBuffer to = device.own(target, source.bytes());
    if (source.bytes() == 0) {
      return mark(after);
    }
    lock.lock();
    try {
      DeviceException problem = prepare("copy", after);
      return problem != null
          ? new OpenClEvent(this, problem)
          : handedOver(
              "copy",
              Commands.copy(
                  address,
                  from.address(),
                  to.address(),
                  source.offset(),
                  target.offset(),
                  source.bytes(),
                  next.only()));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Event launch(Launch launch, List<Event> after) {
    if (!(launch instanceof OpenClLaunch bound) || bound.device() != device) {
      throw new IllegalArgumentException(
          "launch: %s is not of %s; need a launch that this device's executables bound"
              .formatted(launch, device.info().id()));
    }
    OpenClEvent event = submit(bound, after);
    return bound.reports() ? checked(bound, event) : event;
  }

  private OpenClEvent submit(OpenClLaunch launch, List<Event> after) {
    lock.lock();
    try {
      DeviceException problem = prepare(launch.what(), after);
      return problem != null
          ? new OpenClEvent(this, problem)
          : handedOver(launch.what(), launch.enqueue(address, next));
    } finally {
      lock.unlock();
    }
  }

  /// Waits for a launch whose kernels report what went wrong, which nothing but their words tells.
  private OpenClEvent checked(OpenClLaunch launch, OpenClEvent event) {
    try {
      event.await(LONGEST_CHECKED);
      return launch.fault(this).map(fault -> OpenClEvent.fault(this, fault)).orElse(event);
    } catch (DeviceException e) {
      return new OpenClEvent(this, e);
    }
  }

  /// A command that does nothing but wait for these events and the queue so far.
  OpenClEvent mark(List<Event> after) {
    lock.lock();
    try {
      DeviceException problem = prepare("marker", after);
      return problem != null
          ? new OpenClEvent(this, problem)
          : handedOver("marker", Commands.mark(address, next.only()));
    } finally {
      lock.unlock();
    }
  }

  /// Collects what the next command waits for and sets its orders; the device's lock is held until
  /// it is [#handedOver].
  ///
  /// @return why the command must not be given to the device, because something it waits for
  ///   failed; else null
  private @Nullable DeviceException prepare(String what, List<Event> after) {
    handle.get();
    Arrays.fill(others, null);
    // By index: a list's iterator would be a new object for each command.
    for (int i = 0; i < after.size(); i++) {
      DeviceException problem = addWait(after.get(i));
      if (problem != null) {
        return problem;
      }
    }
    if (failure != null) {
      throw new DeviceException(
          device.info().id(),
          "%s: the %s queue has failed before".formatted(what, name),
          "the cause below; then close the device and open it again",
          failure);
    }
    int count = 0;
    for (int i = 0; i < QUEUES; i++) {
      OpenClQueue other = others[i];
      if (other != null) {
        other.flushThrough(before[i]);
        waits.setAtIndex(JAVA_LONG, count++, other.nativeEvent(before[i]));
      }
    }
    event.set(JAVA_LONG, 0, 0);
    begin.set(JAVA_LONG, 0, 0);
    next = orders[count];
    start = System.nanoTime();
    return null;
  }

  /// The end of the command that was prepared, once it was given to the device.
  ///
  /// @param code what the device answered
  private OpenClEvent handedOver(String what, int code) {
    if (code != CL.CL_SUCCESS && begin.get(JAVA_LONG, 0) != 0) {
      Commands.release(begin.get(JAVA_LONG, 0));
    }
    if (code == FAILED_WAIT) {
      return new OpenClEvent(this, OpenClErrors.failed(device.info().id(), what, code));
    }
    OpenClErrors.check(device.info().id(), what, code);
    return new OpenClEvent(this, record(event.get(JAVA_LONG, 0)));
  }

  /// Adds an event to what a command has to wait for, unless it is done or ahead in this queue.
  ///
  /// @return why the event failed, or null
  private @Nullable DeviceException addWait(Event earlier) {
    if (!accepts(earlier)) {
      throw new IllegalArgumentException(
          "%s queue of %s: cannot wait for %s; need an event of the same device, else a wait on the host"
              .formatted(name, device.info().id(), earlier));
    }
    if (!(earlier instanceof OpenClEvent known)) {
      return null;
    }
    OpenClQueue queue = known.queue();
    if (queue != this && !known.isDone()) {
      int index = queue.index;
      before[index] =
          others[index] == null ? known.number() : Math.max(before[index], known.number());
      others[index] = queue;
    }
    return known.failure();
  }

  private long record(long nativeEvent) {
    last++;
    int slot = (int) (last % RING);
    if (ring[slot] != 0) {
      release(slot);
    }
    ring[slot] = nativeEvent;
    begins[slot] = begin.get(JAVA_LONG, 0);
    handedOver[2 * slot] = start;
    handedOver[2 * slot + 1] = System.nanoTime();
    return last;
  }

  private void release(int slot) {
    Commands.release(ring[slot]);
    if (begins[slot] != 0) {
      Commands.release(begins[slot]);
    }
    ring[slot] = 0;
    begins[slot] = 0;
  }

  /// The oldest native event left that ends no earlier than a command.
  private long nativeEvent(long number) {
    return ring[(int) (oldestLeft(number) % RING)];
  }

  private long oldestLeft(long number) {
    return Math.max(number, last - RING + 1);
  }

  @Override
  public void flush() {
    lock.lock();
    try {
      handle.get();
      flushThrough(last);
    } finally {
      lock.unlock();
    }
  }

  private void flushThrough(long number) {
    if (number > flushed) {
      OpenClErrors.check(device.info().id(), "flush", Commands.flush(address));
      flushed = last;
    }
  }

  /// Whether a command failed after it was handed over.
  boolean isBroken() {
    return failure != null;
  }

  /// Why a command failed, or null if it did not or has not yet.
  @Nullable DeviceException failureOf(long number) {
    lock.lock();
    try {
      return number > done ? failure : null;
    } finally {
      lock.unlock();
    }
  }

  /// When the device worked on some commands, of which the last one has ended.
  Optional<Event.Span> span(long first, long number) {
    lock.lock();
    try {
      boolean isLeft = handle.isOpen() && oldestLeft(first) == first;
      if (failure != null || number > done || !isLeft) {
        return Optional.empty();
      }
      int slot = (int) (first % RING);
      long opening = begins[slot] != 0 ? begins[slot] : ring[slot];
      long queued = time(opening, CL.CL_PROFILING_COMMAND_QUEUED);
      long start = time(opening, CL.CL_PROFILING_COMMAND_START);
      long end = time(ring[(int) (number % RING)], CL.CL_PROFILING_COMMAND_END);
      if (queued <= 0 || start < queued || end < start) {
        return Optional.empty();
      }
      DeviceClock clock = device.clock();
      clock.see(handedOver[2 * slot], handedOver[2 * slot + 1], queued);
      return Optional.of(new Event.Span(clock.host(start), clock.host(end)));
    } finally {
      lock.unlock();
    }
  }

  /// A time by the device's clock; 0 where it does not tell.
  private long time(long nativeEvent, int what) {
    int code = Commands.profile(nativeEvent, what, time);
    return code == CL.CL_SUCCESS ? time.get(JAVA_LONG, 0) : 0;
  }

  /// Whether a command has ended. Once it has, everything that ended before it on any queue of the
  /// device, and so may have been waited for, has brought its bytes to the host as well.
  boolean observe(long number) {
    lock.lock();
    try {
      boolean ended = number <= done || look(number);
      if (ended) {
        device.settle();
      }
      return ended;
    } finally {
      lock.unlock();
    }
  }

  /// Completes transfers that have ended.
  void settle() {
    while (!transfers.isEmpty() && look(transfers.peek().number)) {
      if (failure != null) {
        return;
      }
    }
  }

  private boolean look(long number) {
    if (failure != null || number <= done) {
      return true;
    }
    flushThrough(number);
    long newest = oldestLeft(number);
    long nativeEvent = nativeEvent(number);
    int code = Commands.status(nativeEvent, status);
    int state = status.get(JAVA_INT, 0);
    if (code == CL.CL_SUCCESS && state == CL.CL_COMPLETE) {
      event.set(JAVA_LONG, 0, nativeEvent);
      code = Commands.await(1, event);
      if (code == CL.CL_SUCCESS) {
        done = newest;
        finishTransfers();
        return true;
      }
    }
    if (code != CL.CL_SUCCESS || state < 0) {
      breakDown(code != CL.CL_SUCCESS ? code : state);
      return true;
    }
    return false;
  }

  /// Fails everything that is not known to be done; the device's lock is held.
  ///
  /// @param code error code that a command ended with
  void breakDown(int code) {
    String what = "work on the %s queue".formatted(name);
    failure = OpenClErrors.failed(device.info().id(), what, code);
    transfers.clear();
  }

  private void finishTransfers() {
    while (!transfers.isEmpty() && transfers.peek().number <= done) {
      finish(transfers.remove());
    }
  }

  private void finish(Transfer transfer) {
    if (transfer.target != null) {
      MemorySegment.copy(transfer.host, 0, transfer.target, transfer.at, transfer.bytes);
    }
    giveBack(transfer.chunk);
  }

  /// Waits for everything handed over and completes its transfers. The device's lock is held.
  void finish() {
    Commands.finish(address);
    look(last);
  }

  /// Releases the queue. The device's lock is held.
  void close() {
    if (!handle.isOpen()) {
      return;
    }
    for (int i = 0; i < RING; i++) {
      if (ring[i] != 0) {
        release(i);
      }
    }
    done = failure == null ? last : done;
    handle.close();
  }
}

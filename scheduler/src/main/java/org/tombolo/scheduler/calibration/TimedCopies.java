package org.tombolo.scheduler.calibration;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Link;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;

/// Copies of several sizes between the host and a device.
///
/// The interface of drivers tells two kinds of host memory apart: on and off the Java heap. Whether
/// memory is pinned or mapped, it does not say; a driver that has staging memory of that kind uses
/// it by itself, and what it gains shows in both.
final class TimedCopies implements AutoCloseable {
  private static final List<Long> SIZES = List.of(1L << 10, 1L << 14, 1L << 18, 1L << 21, 1L << 24);

  /// Small copies are made several times for one look at the clock.
  private static final int MOST_COPIES = 8;

  private static final long SMALL_BYTES = 1 << 16;

  private final Queue up;
  private final Queue down;
  private final Link.Mode mode;
  private final List<Copy> copies = new ArrayList<>();

  /// One size, with memory on and off the heap.
  private static final class Copy {
    private final Buffer buffer;
    private final MemorySegment heap;
    private final MemorySegment offHeap;
    private final Stopwatch heapUp;
    private final Stopwatch heapDown;
    private final Stopwatch offHeapUp;
    private final Stopwatch offHeapDown;

    Copy(Device device, long bytes, DoubleSupplier clock) {
      buffer = device.allocate(bytes);
      heap = MemorySegment.ofArray(new byte[(int) bytes]);
      offHeap = Arena.ofAuto().allocate(bytes, 128);
      heapUp = new Stopwatch(clock);
      heapDown = new Stopwatch(clock);
      offHeapUp = new Stopwatch(clock);
      offHeapDown = new Stopwatch(clock);
    }
  }

  /// @param mostBytes what all buffers may have together
  /// @throws DeviceException if that is too little for two sizes, which a line needs
  TimedCopies(Device device, DoubleSupplier clock, long mostBytes) {
    this.up = device.queue(QueueRole.UPLOAD);
    this.down = device.queue(QueueRole.DOWNLOAD);
    this.mode = device.hostLink().mode();
    try {
      for (long bytes : SIZES) {
        if (2 * bytes <= mostBytes) {
          copies.add(new Copy(device, bytes, clock));
        }
      }
      if (copies.size() < 2) {
        throw new DeviceException(
            device.info().id(),
            "cannot be measured: has room for %,d bytes of copies; need %,d"
                .formatted(mostBytes, 2 * SIZES.get(1)),
            "another device");
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Takes one more sample of each size, kind of memory and direction.
  void sample() {
    for (Copy copy : copies) {
      int times = copy.buffer.bytes() <= SMALL_BYTES ? MOST_COPIES : 1;
      Slice slice = Slice.all(copy.buffer);
      copy.heapUp.time(times, () -> repeat(times, () -> upload(copy.heap, slice)));
      copy.heapDown.time(times, () -> repeat(times, () -> download(slice, copy.heap)));
      copy.offHeapUp.time(times, () -> repeat(times, () -> upload(copy.offHeap, slice)));
      copy.offHeapDown.time(times, () -> repeat(times, () -> download(slice, copy.offHeap)));
    }
  }

  private static void repeat(int times, Runnable work) {
    for (int i = 0; i < times; i++) {
      work.run();
    }
  }

  private void upload(MemorySegment source, Slice target) {
    await(up.upload(source, HostMemory.VALID_UNTIL_EVENT, target, List.of()));
  }

  private void download(Slice source, MemorySegment target) {
    await(down.download(source, target, List.of()));
  }

  private static void await(Event event) {
    event.await(TimedRegion.PATIENCE);
  }

  /// Checks that bytes come down as they went up.
  ///
  /// @throws DeviceException if one does not
  void check(Device device) {
    for (Copy copy : copies) {
      Slice slice = Slice.all(copy.buffer);
      for (long i = 0; i < copy.heap.byteSize(); i++) {
        copy.heap.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31 + (i >> 8)));
      }
      upload(copy.heap, slice);
      download(slice, copy.offHeap);
      long wrong = copy.heap.mismatch(copy.offHeap);
      if (wrong >= 0) {
        throw new DeviceException(
            device.info().id(),
            "copies wrongly: of %,d bytes up and down, byte %,d is another"
                .formatted(slice.bytes(), wrong),
            "the conformance kit, which says what else is wrong, and another version of the driver");
      }
    }
  }

  /// The way to and from arrays on the Java heap.
  Link heap() {
    return link(copy -> copy.heapUp, copy -> copy.heapDown);
  }

  /// The way to and from memory off the Java heap.
  Link offHeap() {
    return link(copy -> copy.offHeapUp, copy -> copy.offHeapDown);
  }

  private Link link(Function<Copy, Stopwatch> upwards, Function<Copy, Stopwatch> downwards) {
    Fit.Line to = line(upwards);
    Fit.Line from = line(downwards);
    return new Link(mode, to.start(), from.start(), 1 / to.perUnit(), 1 / from.perUnit());
  }

  private Fit.Line line(Function<Copy, Stopwatch> watch) {
    return Fit.line(
        copies.stream().map(copy -> (double) copy.buffer.bytes()).toList(),
        copies.stream().map(copy -> watch.apply(copy).seconds()).toList());
  }

  @Override
  public void close() {
    copies.forEach(copy -> copy.buffer.close());
  }
}

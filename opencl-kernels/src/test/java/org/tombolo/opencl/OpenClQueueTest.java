package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jocl.CL;
import org.jocl.cl_event;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Buffer;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.TensorType;

class OpenClQueueTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int CHUNK = Staging.CHUNK_BYTES;

  private static OpenClDevice device;

  @BeforeAll
  static void open() {
    device = OpenCl.open();
  }

  @AfterAll
  static void close() {
    if (device != null) {
      device.close();
    }
  }

  private static Queue up() {
    return device.queue(QueueRole.UPLOAD);
  }

  private static Queue down() {
    return device.queue(QueueRole.DOWNLOAD);
  }

  private static OpenClQueue compute() {
    return (OpenClQueue) device.queue(QueueRole.COMPUTE);
  }

  private static byte[] bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  /// Commands of several threads end in an order of their own, and each transfer's bytes are on the
  /// host once its own event is done.
  @Test
  void downloadsOfSeveralThreadsAreThereWhenTheirEventsAreDone() throws Exception {
    int threads = 4;
    int part = 1003;
    byte[] all = bytes(threads * part, 11);
    try (Buffer buffer = device.allocate(all.length);
        ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      up().upload(
              MemorySegment.ofArray(all),
              HostMemory.VALID_DURING_CALL,
              Slice.all(buffer),
              List.of())
          .await(PATIENCE);
      List<Future<?>> ends = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int from = thread * part;
        ends.add(
            pool.submit(() -> {
              byte[] want = Arrays.copyOfRange(all, from, from + part);
              for (int round = 0; round < 2000; round++) {
                byte[] got = new byte[part];
                down()
                    .download(new Slice(buffer, from, part), MemorySegment.ofArray(got), List.of())
                    .await(PATIENCE);
                assertArrayEquals(want, got, "round " + round);
              }
            }));
      }
      for (Future<?> end : ends) {
        end.get();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 3, 4, 127, 4096, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5, 40 * CHUNK + 1})
  void bringsBytesThereAndBack(int size) {
    byte[] bytes = bytes(size, size);
    byte[] back = new byte[size];
    try (Buffer buffer = device.allocate(size + 256);
        Arena arena = Arena.ofConfined()) {
      Slice slice = new Slice(buffer, 128, size);
      MemorySegment heap = MemorySegment.ofArray(bytes);
      Event there = up().upload(heap, HostMemory.VALID_DURING_CALL, slice, List.of());
      down().download(slice, MemorySegment.ofArray(back), List.of(there)).await(PATIENCE);
      assertArrayEquals(bytes, back, "heap");

      MemorySegment off = arena.allocate(Math.max(1, size)).asSlice(0, size);
      MemorySegment result = arena.allocate(Math.max(1, size)).asSlice(0, size);
      off.copyFrom(heap);
      there = up().upload(off, HostMemory.VALID_UNTIL_EVENT, slice, List.of());
      down().download(slice, result, List.of(there)).await(PATIENCE);
      assertEquals(-1, result.mismatch(heap), "off the heap");
    }
  }

  @Test
  void keepsBytesThatAreValidDuringTheCallOnly() {
    byte[] bytes = bytes(100_000, 7);
    byte[] back = new byte[bytes.length];
    try (Buffer buffer = device.allocate(bytes.length);
        Arena arena = Arena.ofConfined();
        Blocked blocked = new Blocked()) {
      MemorySegment source = arena.allocate(bytes.length);
      source.copyFrom(MemorySegment.ofArray(bytes));
      Event there =
          up().upload(
                  source,
                  HostMemory.VALID_DURING_CALL,
                  Slice.all(buffer),
                  List.of(blocked.event()));
      source.fill((byte) 0);
      assertFalse(there.isDone(), "waits for the blocked event");
      blocked.release();
      down()
          .download(Slice.all(buffer), MemorySegment.ofArray(back), List.of(there))
          .await(PATIENCE);
      assertArrayEquals(bytes, back);
    }
  }

  @Test
  void copiesWithinTheDevice() {
    byte[] bytes = bytes(1000, 3);
    byte[] back = new byte[500];
    try (Buffer from = device.allocate(1000);
        Buffer to = device.allocate(2000)) {
      Event there =
          up().upload(
                  MemorySegment.ofArray(bytes),
                  HostMemory.VALID_DURING_CALL,
                  Slice.all(from),
                  List.of());
      Event copied =
          compute().copy(new Slice(from, 256, 500), new Slice(to, 1024, 500), List.of(there));
      down()
          .download(new Slice(to, 1024, 500), MemorySegment.ofArray(back), List.of(copied))
          .await(PATIENCE);
      assertArrayEquals(Arrays.copyOfRange(bytes, 256, 756), back);
    }
  }

  @Test
  void tellsWhenTheDeviceWorkedByTheClockOfTheHost() {
    int size = 3 * CHUNK; // several commands
    long slack = Duration.ofMillis(2).toNanos();
    try (Buffer from = device.allocate(size);
        Buffer to = device.allocate(size)) {
      Event.Span before = null;
      for (int i = 0; i < 20; i++) {
        long start = System.nanoTime();
        Event there =
            up().upload(
                    MemorySegment.ofArray(new byte[size]),
                    HostMemory.VALID_DURING_CALL,
                    Slice.all(from),
                    List.of());
        Event copied = compute().copy(Slice.all(from), Slice.all(to), List.of(there));
        copied.await(PATIENCE);
        long end = System.nanoTime();
        Event.Span upload = there.span().orElseThrow();
        Event.Span copy = copied.span().orElseThrow();
        assertTrue(upload.start() >= start - slack, "upload " + upload + ", from " + start);
        assertTrue(upload.end() > upload.start() && copy.end() > copy.start());
        assertTrue(copy.end() >= upload.end() - slack, upload + " before " + copy);
        assertTrue(copy.end() <= end + slack, "copy " + copy + ", until " + end);
        assertTrue(before == null || upload.start() >= before.end() - slack);
        before = copy;
      }
    }
    try (Blocked blocked = new Blocked()) {
      Event waiting = compute().mark(List.of(blocked.event()));
      assertEquals(Optional.empty(), waiting.span(), "has not ended");
      blocked.release();
      waiting.await(PATIENCE);
    }
  }

  /// `y = x + 1` on a few elements, in place.
  private static Executable increment(long elements) {
    GraphBuilder g = new GraphBuilder("increment");
    g.output("y", g.input("x", TensorType.f32(elements)).add(1));
    return device.compile(new Region("increment", g.build()));
  }

  @Test
  void waitsAcrossQueues() {
    int rounds = 300;
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    try (Executable increment = increment(64);
        Buffer buffer = device.allocate(256);
        Buffer other = device.allocate(256);
        Launch launch =
            increment.bind(
                List.of(Slice.all(buffer)), List.of(Slice.all(buffer)), Slice.all(other))) {
      float want = 0;
      Event last =
          up().upload(
                  MemorySegment.ofArray(new float[64]),
                  HostMemory.VALID_DURING_CALL,
                  Slice.all(buffer),
                  List.of());
      List<float[]> seen = new ArrayList<>();
      List<Float> wanted = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        switch (random.nextInt(4)) {
          case 0 -> {
            last = compute().launch(launch, List.of(last));
            want++;
          }
          case 1 -> {
            float[] fresh = new float[64];
            want = random.nextInt(1000);
            Arrays.fill(fresh, want);
            last =
                up().upload(
                        MemorySegment.ofArray(fresh),
                        HostMemory.VALID_DURING_CALL,
                        Slice.all(buffer),
                        List.of(last));
          }
          case 2 -> {
            float[] back = new float[64];
            seen.add(back);
            wanted.add(want);
            last = down().download(Slice.all(buffer), MemorySegment.ofArray(back), List.of(last));
          }
          default -> {
            last = compute().copy(Slice.all(buffer), Slice.all(other), List.of(last));
            last = down().copy(Slice.all(other), Slice.all(buffer), List.of(last));
          }
        }
      }
      // Downloads are complete once anything that waited for them is, though nobody asked them.
      last.await(PATIENCE);
      for (int i = 0; i < seen.size(); i++) {
        for (float value : seen.get(i)) {
          assertEquals(wanted.get(i), value, "download %d, seed %d".formatted(i, seed));
        }
      }
    }
  }

  @Test
  void oldEventsStayGood() {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      events.add(compute().mark(List.of()));
    }
    ((OpenClQueue) down()).mark(List.of(events.get(0))).await(PATIENCE);
    events.getLast().await(PATIENCE);
    assertTrue(events.stream().allMatch(Event::isDone));
  }

  @Test
  void givesUpWaitingInTime() {
    try (Blocked blocked = new Blocked()) {
      Event event = blocked.event();
      assertFalse(event.isDone());
      DeviceException e =
          assertThrows(DeviceException.class, () -> event.await(Duration.ofMillis(30)));
      assertTrue(e.getMessage().contains("is not done after PT0.03S"), e.getMessage());
      blocked.release();
      event.await(PATIENCE);
    }
  }

  @Test
  void aFailurePoisonsWhatWaitsForIt() {
    DeviceException cause = new DeviceException("opencl:0", "broke", "nothing");
    Event failed = new OpenClEvent(compute(), cause);
    byte[] back = {1, 2, 3};
    try (Buffer buffer = device.allocate(3)) {
      Event next = compute().mark(List.of(failed));
      Event there =
          up().upload(
                  MemorySegment.ofArray(new byte[3]),
                  HostMemory.VALID_DURING_CALL,
                  Slice.all(buffer),
                  List.of(next));
      Event read = down().download(Slice.all(buffer), MemorySegment.ofArray(back), List.of(there));
      assertTrue(read.isDone());
      DeviceException e = assertThrows(DeviceException.class, () -> read.await(PATIENCE));
      assertSame(cause, e.getCause());
      assertArrayEquals(new byte[] {1, 2, 3}, back, "nothing was downloaded");
      compute().mark(List.of()).await(PATIENCE);
    }
  }

  @Test
  void workThatFailsOnTheDeviceBreaksItsQueueOnly() {
    try (OpenClDevice other = OpenCl.open()) {
      OpenClQueue broken = (OpenClQueue) other.queue(QueueRole.COMPUTE);
      Event before = broken.mark(List.of());
      before.await(PATIENCE);
      cl_event user = block(other, broken);
      Event waiting = broken.mark(List.of());
      assertFalse(waiting.isDone());
      // PoCL 3.1 aborts the process when an event fails, so the failure is reported by hand.
      broken.breakDown(CL.CL_OUT_OF_RESOURCES);
      Event dependent = ((OpenClQueue) other.queue(QueueRole.DOWNLOAD)).mark(List.of(waiting));
      DeviceException e = assertThrows(DeviceException.class, () -> dependent.await(PATIENCE));
      assertTrue(
          e.getCause().getMessage().contains("failed with CL_OUT_OF_RESOURCES (-5)"),
          e.getCause().getMessage());
      assertThrows(DeviceException.class, () -> waiting.await(PATIENCE));
      assertThrows(DeviceException.class, () -> broken.mark(List.of()));
      before.await(PATIENCE);
      CL.clSetUserEventStatus(user, CL.CL_COMPLETE);
      CL.clReleaseEvent(user);
      ((OpenClQueue) other.queue(QueueRole.UPLOAD)).mark(List.of()).await(PATIENCE);
    }
  }

  @Test
  void refusesEventsOfOthers() {
    Event foreign =
        new Event() {
          @Override
          public boolean isDone() {
            return false;
          }

          @Override
          public void await(Duration timeout) {}

          @Override
          public String toString() {
            return "a foreign event";
          }
        };
    assertFalse(compute().accepts(foreign));
    assertTrue(compute().accepts(Event.DONE));
    compute().mark(List.of(Event.DONE)).await(PATIENCE);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> compute().mark(List.of(foreign)));
    assertTrue(e.getMessage().contains("cannot wait for a foreign event"), e.getMessage());
    try (OpenClDevice other = OpenCl.open()) {
      assertFalse(
          compute().accepts(((OpenClQueue) other.queue(QueueRole.COMPUTE)).mark(List.of())));
    }
  }

  @Test
  void refusesWrongRanges() {
    try (Buffer buffer = device.allocate(16);
        OpenClDevice other = OpenCl.open();
        Buffer foreign = other.allocate(16)) {
      MemorySegment eight = MemorySegment.ofArray(new byte[8]);
      assertThrows(
          IllegalArgumentException.class,
          () -> up().upload(eight, HostMemory.VALID_DURING_CALL, Slice.all(buffer), List.of()));
      assertThrows(
          IllegalArgumentException.class,
          () ->
              down().download(Slice.all(foreign), MemorySegment.ofArray(new byte[16]), List.of()));
      assertThrows(
          IllegalArgumentException.class,
          () -> down().download(new Slice(buffer, 0, 8), eight.asReadOnly(), List.of()));
      assertEquals(8, eight.toArray(ValueLayout.JAVA_BYTE).length);
    }
  }

  /// Holds a queue up until somebody sets the state of the event.
  private static cl_event block(OpenClDevice owner, OpenClQueue queue) {
    cl_event user = CL.clCreateUserEvent(owner.context(), null);
    CL.clEnqueueBarrierWithWaitList(queue.handle(), 1, new cl_event[] {user}, null);
    return user;
  }

  /// Holds the compute queue up until it is released.
  private static final class Blocked implements AutoCloseable {
    private final cl_event user = block(device, compute());
    private final Event event = compute().mark(List.of());
    private boolean released;

    Event event() {
      return event;
    }

    void release() {
      if (!released) {
        released = true;
        CL.clSetUserEventStatus(user, CL.CL_COMPLETE);
        CL.clReleaseEvent(user);
      }
    }

    @Override
    public void close() {
      release();
    }
  }
}

package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;

/// Work on several queues that waits for what it names, compared with the same steps one by one.
final class OrderingSuite {
  private static final String NAME = "ordering";
  private static final int GRAPHS = 24;

  private OrderingSuite() {}

  static Suite suite() {
    return new Suite(
        NAME, "random task graphs over all queues equal the same steps one by one", s -> checks());
  }

  private static List<Check> checks() {
    List<Check> checks = new ArrayList<>();
    for (int i = 0; i < GRAPHS; i++) {
      int number = i;
      Tag[] tags = i < 6 ? new Tag[0] : new Tag[] {Tag.SLOW};
      checks.add(
          Check.of(
              NAME,
              "random-tasks-%d".formatted(i),
              bench -> new TaskGraph(bench.device(), bench.random(1000 + number)).run(),
              tags));
    }
    checks.add(Check.of(NAME, "a-long-chain", OrderingSuite::chain));
    checks.add(Check.of(NAME, "one-waits-for-many", OrderingSuite::many));
    checks.add(Check.of(NAME, "every-queue-takes-what-is-done", OrderingSuite::done));
    checks.add(Check.of(NAME, "queues-stay-the-same", OrderingSuite::same));
    checks.add(Check.of(NAME, "an-event-can-be-awaited-again", OrderingSuite::again));
    checks.add(Check.of(NAME, "flushed-work-ends", OrderingSuite::flushed));
    return checks;
  }

  /// Each step adds one to what the step before it left, on alternating queues.
  private static void chain(Bench bench) {
    Device device = bench.device();
    int steps = 300;
    try (Buffer a = device.allocate(32);
        Buffer b = device.allocate(32);
        Executable executable = device.compile(new Region("count", Exercises.affine(8, 1, 1)));
        Buffer scratch = device.allocate(executable.scratchBytes());
        Launch there =
            executable.bind(List.of(Slice.all(a)), List.of(Slice.all(b)), Slice.all(scratch));
        Launch back =
            executable.bind(List.of(Slice.all(b)), List.of(Slice.all(a)), Slice.all(scratch))) {
      Event last = Bench.upload(device, Slice.all(a), new byte[32]);
      for (int i = 0; i < steps; i++) {
        Queue queue = device.queue(QueueRole.COMPUTE);
        last = queue.launch(i % 2 == 0 ? there : back, after(queue, last));
        if (i % 3 == 0) { // through another queue and back
          Slice from = Slice.all(i % 2 == 0 ? b : a);
          Slice to = Slice.all(i % 2 == 0 ? a : b);
          Queue copies = device.queue(QueueRole.UPLOAD);
          last = copies.copy(from, to, after(copies, last));
        }
      }
      Queue down = device.queue(QueueRole.DOWNLOAD);
      MemorySegment host = MemorySegment.ofArray(new float[8]);
      down.download(Slice.all(a), host, after(down, last)).await(Bench.PATIENCE);
      float got = host.getAtIndex(ValueLayout.JAVA_FLOAT, 7);
      require(got == steps, "%d steps in a chain count to %s", steps, got);
    }
  }

  /// Events to wait for, if the queue can; else waits here.
  static List<Event> after(Queue queue, Event... events) {
    List<Event> accepted = new ArrayList<>();
    for (Event event : events) {
      if (queue.accepts(event)) {
        accepted.add(event);
      } else {
        event.await(Bench.PATIENCE);
      }
    }
    return accepted;
  }

  /// Sixty uploads, then one download that waits for all of them.
  private static void many(Bench bench) {
    Device device = bench.device();
    SplittableRandom random = bench.random(7);
    int parts = 60;
    byte[] want = Exercises.bytes(random, parts * 11);
    try (Buffer buffer = device.allocate(want.length)) {
      List<Event> events = new ArrayList<>();
      for (int i = 0; i < parts; i++) {
        Slice slice = new Slice(buffer, i * 11L, 11);
        events.add(Bench.upload(device, slice, Arrays.copyOfRange(want, i * 11, i * 11 + 11)));
      }
      Queue down = device.queue(QueueRole.DOWNLOAD);
      byte[] got = new byte[want.length];
      down.download(
              Slice.all(buffer),
              MemorySegment.ofArray(got),
              after(down, events.toArray(Event[]::new)))
          .await(Bench.PATIENCE);
      require(Arrays.equals(got, want), Exercises.mismatch(got, want));
    }
  }

  private static void done(Bench bench) {
    for (QueueRole role : QueueRole.values()) {
      require(
          bench.device().queue(role).accepts(Event.DONE),
          "the %s queue does not accept Event.DONE",
          role);
    }
  }

  private static void same(Bench bench) {
    for (QueueRole role : QueueRole.values()) {
      Queue queue = bench.device().queue(role);
      require(queue.equals(bench.device().queue(role)), "queue(%s) is another one each time", role);
    }
  }

  private static void again(Bench bench) {
    Device device = bench.device();
    try (Buffer buffer = device.allocate(100)) {
      Event event = Bench.upload(device, Slice.all(buffer), new byte[100]);
      for (int i = 0; i < 3; i++) {
        event.await(Bench.PATIENCE);
        require(event.isDone(), "isDone() is false after await()");
      }
    }
  }

  private static void flushed(Bench bench) {
    Device device = bench.device();
    byte[] want = Exercises.bytes(bench.random(9), 100);
    try (Buffer buffer = device.allocate(100)) {
      Event event = Bench.upload(device, Slice.all(buffer), want);
      for (QueueRole role : QueueRole.values()) {
        device.queue(role).flush();
      }
      event.await(Bench.PATIENCE);
      byte[] got = Bench.read(device, Slice.all(buffer));
      require(Arrays.equals(got, want), Exercises.mismatch(got, want));
    }
  }
}

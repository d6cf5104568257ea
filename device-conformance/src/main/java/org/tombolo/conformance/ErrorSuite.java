package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;

/// Failed work says so: by its event, and by that of everything that waits for it.
final class ErrorSuite {
  private static final String NAME = "errors";

  private ErrorSuite() {}

  static Suite suite() {
    return new Suite(NAME, "failed work is reported by its event, and never lost", seed -> all());
  }

  private static List<Check> all() {
    return List.of(
        Check.of(NAME, "launch-on-a-closed-buffer", ErrorSuite::closedBuffer),
        Check.of(NAME, "launch-after-the-device-is-closed", ErrorSuite::closedDevice),
        Check.of(NAME, "launch-of-another-device", ErrorSuite::foreignLaunch),
        Check.of(NAME, "events-of-another-device", ErrorSuite::foreignEvent),
        Check.of(NAME, "messages-say-what-to-try", ErrorSuite::messages),
        failing("a-failed-launch-is-reported", ErrorSuite::reported),
        failing("a-failed-launch-is-reported-each-time", ErrorSuite::reportedAgain),
        failing("what-waits-for-a-failed-launch-fails", ErrorSuite::passedOn),
        failing("a-failed-launch-is-done", ErrorSuite::failedIsDone));
  }

  /// A device, and a launch on it that fails.
  private interface FailedLaunch {
    void check(Device device, Memory memory, Event failed);
  }

  private static Check failing(String name, FailedLaunch steps) {
    return Check.ofVerdict(
        NAME,
        name,
        bench -> {
          Optional<Supplier<? extends Device>> failing = bench.subject().failing();
          if (failing.isEmpty()) {
            return new Verdict.Skipped("no device was given whose first launch fails");
          }
          try (Device device = failing.get().get();
              Bound bound = new Bound(device)) {
            Event event = device.queue(QueueRole.COMPUTE).launch(bound.launch, List.of());
            steps.check(device, bound.y, event);
          }
          return Verdict.passed();
        });
  }

  /// A region that is ready to run.
  private static final class Bound implements AutoCloseable {
    final Executable executable;
    final Memory x;
    final Memory y;
    final Memory scratch;
    final Launch launch;

    Bound(Device device) {
      executable = device.compile(new Region("affine", Exercises.affine(8, 2, 1)));
      x = new Memory(device, 32);
      y = new Memory(device, 32);
      scratch = new Memory(device, executable.scratchBytes());
      Bench.write(device, x.slice(), new byte[32]);
      launch = executable.bind(List.of(x.slice()), List.of(y.slice()), scratch.slice());
    }

    @Override
    public void close() {
      launch.close();
      scratch.close();
      y.close();
      x.close();
      executable.close();
    }
  }

  private static void closedBuffer(Bench bench) {
    Device device = bench.device();
    try (Bound bound = new Bound(device)) {
      bound.x.close();
      Bench.requireRefused(
          "launch on a closed buffer",
          () -> device.queue(QueueRole.COMPUTE).launch(bound.launch, List.of()));
    }
    Exercises.requireWorks(device);
  }

  private static void closedDevice(Bench bench) {
    Device device = bench.open();
    Queue queue = device.queue(QueueRole.COMPUTE);
    Bound bound = new Bound(device);
    device.close();
    Bench.requireRefused("launch on a closed device", () -> queue.launch(bound.launch, List.of()));
  }

  private static void foreignLaunch(Bench bench) {
    try (Device other = bench.open();
        Bound bound = new Bound(other)) {
      Bench.requireRefused(
          "launch that another opened device bound",
          () -> bench.device().queue(QueueRole.COMPUTE).launch(bound.launch, List.of()));
    }
  }

  /// An event that no queue can know, and that never happens.
  private static final class Never implements Event {
    @Override
    public boolean isDone() {
      return false;
    }

    @Override
    public void await(Duration timeout) {
      throw new DeviceException("nowhere", "never happens", "another event");
    }
  }

  private static void foreignEvent(Bench bench) {
    Device device = bench.device();
    Event never = new Never();
    try (Bound bound = new Bound(device)) {
      for (QueueRole role : QueueRole.values()) {
        Queue queue = device.queue(role);
        if (queue.accepts(never)) {
          Bench.requireRefused(
              "a copy after an event that fails, which the queue accepts",
              () -> queue.copy(bound.x.slice(), bound.y.slice(), List.of(never)));
        }
      }
    }
  }

  private static void messages(Bench bench) {
    Device device = bench.open();
    device.close();
    try {
      device.allocate(4).close();
    } catch (DeviceException e) {
      require(e.toString().contains("\n  try: "), "\"%s\" has no second line with \"  try: \"", e);
      return;
    }
    throw new Violation("allocate on a closed device: no exception");
  }

  private static void reported(Device device, Memory memory, Event failed) {
    requireFailed("the event of a failed launch", failed);
  }

  private static void reportedAgain(Device device, Memory memory, Event failed) {
    for (int i = 0; i < 3; i++) {
      requireFailed("the event of a failed launch, awaited again,", failed);
    }
  }

  private static void passedOn(Device device, Memory memory, Event failed) {
    Queue queue = device.queue(QueueRole.DOWNLOAD);
    if (queue.accepts(failed)) {
      MemorySegment host = MemorySegment.ofArray(new byte[32]);
      Event after = queue.download(memory.slice(), host, List.of(failed));
      requireFailed("a download that waits for a failed launch", after);
      Event later =
          queue.download(memory.slice(), MemorySegment.ofArray(new byte[32]), List.of(after));
      requireFailed("a download that waits for a failed download", later);
    }
  }

  private static void failedIsDone(Device device, Memory memory, Event failed) {
    requireFailed("the event of a failed launch", failed);
    require(failed.isDone(), "isDone() is false after a failure was reported");
  }

  private static void requireFailed(String what, Event event) {
    try {
      event.await(Bench.PATIENCE);
    } catch (DeviceException e) {
      return;
    }
    throw new Violation(what + " reports success");
  }
}

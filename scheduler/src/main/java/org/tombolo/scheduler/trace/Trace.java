package org.tombolo.scheduler.trace;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/// Records what plans do, to be looked at in a viewer.
///
/// ```java
/// try (Trace trace = Trace.start()) {
///   plan.run(feeds);
///   trace.write(Path.of("trace.json"));
/// }
/// ```
///
/// The events are those of the Java Flight Recorder, so any other recording has them as well.
public final class Trace implements AutoCloseable {
  private static final Set<String> EVENTS =
      Set.of(RunEvent.NAME, TaskEvent.NAME, CompileEvent.NAME, WaitEvent.NAME);

  private final Recording recording = new Recording();

  private Trace() {}

  /// Starts to record.
  public static Trace start() {
    Trace trace = new Trace();
    trace.recording.setName("Tombolo");
    for (String event : EVENTS) {
      trace.recording.enable(event).withThreshold(Duration.ZERO).withoutStackTrace();
    }
    trace.recording.start();
    return trace;
  }

  /// Stops recording, if that was not done before, and writes what happened in the format of
  /// Chrome's trace viewer, which <https://ui.perfetto.dev> shows as well.
  ///
  /// Each device is a process with a lane for each of its queues; the host has one for runs, one
  /// for its waits and one for compilation. Arrows lead from where a value comes from, over its
  /// transfers, to where it is read.
  ///
  /// @throws IOException if a file cannot be written
  public void write(Path file) throws IOException {
    List<RecordedEvent> events = events();
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      ChromeTrace.write(events, out);
    }
  }

  /// What the runs of a plan took.
  ///
  /// @param planNumber as events name it
  /// @return times by number of the run, in order
  /// @throws IOException if the recording cannot be written to a file for a moment
  public List<RunTimes> runs(long planNumber) throws IOException {
    TreeMap<Long, RecordedEvent> runs = new TreeMap<>();
    TreeMap<Long, List<RecordedEvent>> tasks = new TreeMap<>();
    for (RecordedEvent event : events()) {
      if (event.hasField("planNumber") && event.getLong("planNumber") == planNumber) {
        if (event.getEventType().getName().equals(RunEvent.NAME)) {
          runs.put(event.getLong("run"), event);
        } else {
          tasks.computeIfAbsent(event.getLong("run"), _ -> new ArrayList<>()).add(event);
        }
      }
    }
    List<RunTimes> times = new ArrayList<>();
    runs.forEach(
        (number, run) -> times.add(RunTimes.of(run, tasks.getOrDefault(number, List.of()))));
    return times;
  }

  private List<RecordedEvent> events() throws IOException {
    if (recording.getState() == RecordingState.RUNNING) {
      recording.stop();
    }
    Path file = Files.createTempFile("tombolo", ".jfr");
    try {
      recording.dump(file);
      List<RecordedEvent> events = new ArrayList<>(RecordingFile.readAllEvents(file));
      events.removeIf(event -> !EVENTS.contains(event.getEventType().getName()));
      return events;
    } finally {
      Files.delete(file);
    }
  }

  @Override
  public void close() {
    recording.close();
  }
}

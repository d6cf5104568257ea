package org.tombolo.conformance;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;

/// Random uploads, copies, launches and downloads over a few places in memory. Each waits for
/// exactly what it must: who wrote what it reads, who reads or wrote what it writes. Nothing is
/// awaited until the end, except where a queue does not take an event. A model runs the same steps
/// in the order in which they are handed over.
final class TaskGraph {
  private static final int PLACES = 6;
  private static final int TASKS = 60;
  private static final int NUMBERS = 67;
  private static final int BYTES = NUMBERS * Float.BYTES;

  private static final List<QueueRole> ROLES = List.of(QueueRole.values());

  private final Device device;
  private final SplittableRandom random;
  private final List<Place> places = new ArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Download> downloads = new ArrayList<>();
  private final List<String> log = new ArrayList<>();

  TaskGraph(Device device, SplittableRandom random) {
    this.device = device;
    this.random = random;
  }

  /// A place in memory with what the model says is in it, and who used it last.
  private static final class Place {
    final Slice slice;
    float[] model = new float[NUMBERS];
    Event writer = Event.DONE;
    final List<Event> readers = new ArrayList<>();

    Place(Slice slice) {
      this.slice = slice;
    }
  }

  /// Bytes on their way back.
  private record Download(String task, Event event, MemorySegment got, MemorySegment want) {}

  void run() throws Exception {
    long stride = -Math.floorDiv(-BYTES, device.alignment()) * (long) device.alignment();
    // Half of the places share a buffer.
    Buffer shared = kept(device.allocate(stride * PLACES));
    Executable executable = kept(device.compile(new Region("a-b", Exercises.difference(NUMBERS))));
    try {
      for (int i = 0; i < PLACES; i++) {
        Slice slice =
            i % 2 == 0
                ? new Slice(shared, i * stride, BYTES)
                : Slice.all(kept(device.allocate(BYTES)));
        places.add(new Place(slice));
        upload(places.get(i));
      }
      for (int task = 0; task < TASKS; task++) {
        switch (random.nextInt(7)) {
          case 0 -> upload(pick());
          case 1, 2 -> copy(pick(), pick());
          case 3, 4, 5 -> launch(executable, pick(), pick(), pick());
          default -> download(pick());
        }
      }
      places.forEach(this::download);
      for (Download each : downloads) {
        each.event().await(Bench.PATIENCE);
        long at = each.got().mismatch(each.want());
        if (at >= 0) {
          long number = at / Float.BYTES;
          throw new Violation(
              "%s: number %d is %s, one by one it is %s; tasks so far: %s"
                  .formatted(
                      each.task(),
                      number,
                      each.got().getAtIndex(ValueLayout.JAVA_FLOAT, number),
                      each.want().getAtIndex(ValueLayout.JAVA_FLOAT, number),
                      log));
        }
      }
    } finally {
      for (Place place : places) { // nothing may be closed under running work
        List<Event> users = new ArrayList<>(place.readers);
        users.add(place.writer);
        users.forEach(TaskGraph::settle);
      }
      for (int i = open.size() - 1; i >= 0; i--) {
        open.get(i).close();
      }
    }
  }

  private static void settle(Event event) {
    try {
      event.await(Bench.PATIENCE);
    } catch (RuntimeException e) {
      // The task that failed has reported it.
    }
  }

  private <T extends AutoCloseable> T kept(T resource) {
    open.add(resource);
    return resource;
  }

  private Place pick() {
    return places.get(random.nextInt(places.size()));
  }

  private int number(Place place) {
    return places.indexOf(place);
  }

  private void upload(Place to) {
    float[] numbers = new float[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
      numbers[i] = random.nextInt(-99, 100);
    }
    Queue queue = device.queue(QueueRole.UPLOAD);
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
    bytes.asFloatBuffer().put(numbers);
    log.add("upload>" + number(to));
    Event event =
        queue.upload(
            MemorySegment.ofArray(bytes.array()),
            HostMemory.VALID_DURING_CALL,
            to.slice,
            waits(queue, List.of(), to));
    written(to, event, numbers);
  }

  private void copy(Place from, Place to) {
    if (from == to) {
      return;
    }
    Queue queue = device.queue(ROLES.get(random.nextInt(ROLES.size())));
    log.add("copy %d>%d".formatted(number(from), number(to)));
    Event event = queue.copy(from.slice, to.slice, waits(queue, List.of(from), to));
    from.readers.add(event);
    written(to, event, from.model.clone());
  }

  private void launch(Executable executable, Place a, Place b, Place to) {
    if (to == a || to == b) {
      return;
    }
    Queue queue = device.queue(QueueRole.COMPUTE);
    Slice scratch = Slice.all(kept(device.allocate(executable.scratchBytes())));
    Launch launch = kept(executable.bind(List.of(a.slice, b.slice), List.of(to.slice), scratch));
    float[] result = new float[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
      result[i] = a.model[i] - b.model[i];
    }
    log.add("%d-%d>%d".formatted(number(a), number(b), number(to)));
    Event event = queue.launch(launch, waits(queue, List.of(a, b), to));
    a.readers.add(event);
    b.readers.add(event);
    written(to, event, result);
  }

  private void download(Place from) {
    Queue queue = device.queue(QueueRole.DOWNLOAD);
    MemorySegment got = MemorySegment.ofArray(new float[NUMBERS]);
    String task = "%d>download".formatted(number(from));
    log.add(task);
    Event event = queue.download(from.slice, got, OrderingSuite.after(queue, from.writer));
    from.readers.add(event);
    downloads.add(new Download(task, event, got, MemorySegment.ofArray(from.model)));
  }

  /// What must be over before these are read and this one is written, in random order.
  private List<Event> waits(Queue queue, List<Place> reads, Place write) {
    List<Event> events = new ArrayList<>(write.readers);
    events.add(write.writer);
    reads.forEach(place -> events.add(place.writer));
    Collections.shuffle(events, new Random(random.nextLong()));
    return OrderingSuite.after(queue, events.toArray(Event[]::new));
  }

  private static void written(Place place, Event event, float[] model) {
    place.writer = event;
    place.readers.clear();
    place.model = model;
  }
}

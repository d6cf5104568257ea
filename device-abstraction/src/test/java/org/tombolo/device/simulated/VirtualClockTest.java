package org.tombolo.device.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Buffer;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Link;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.device.simulated.VirtualClock.Lane;
import org.tombolo.device.simulated.VirtualClock.Span;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.TensorType;

class VirtualClockTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final VirtualClock clock = VirtualClock.recording();
  private final Machine a = new Machine("simulated:0");
  private final Machine b = new Machine("simulated:1");

  /// A device whose launches take 5 s, uploads of its 16 bytes 2 s and downloads 3 s.
  private final class Machine {
    final SimulatedDevice device;
    final Buffer in;
    final Buffer out;
    final Launch doubling;

    Machine(String id) {
      device =
          SimulatedDevice.of(id, 1000)
              .withLink(new Link(Link.Mode.DIRECT, 1, 16, 8))
              .withSpeed(new DeviceInfo.Speed(1e15, 1e15, 5))
              .withClock(clock);
      in = device.allocate(16);
      out = device.allocate(16);
      GraphBuilder g = new GraphBuilder("double");
      g.output("y", g.input("x", TensorType.f32(4)).mul(2));
      doubling =
          device
              .compile(new Region("double", g.build()))
              .bind(List.of(Slice.all(in)), List.of(Slice.all(out)), new Slice(out, 0, 0));
    }

    Event upload(float[] values, Event... after) {
      return device
          .queue(QueueRole.UPLOAD)
          .upload(
              MemorySegment.ofArray(values),
              HostMemory.VALID_UNTIL_EVENT,
              Slice.all(in),
              List.of(after));
    }

    Event launch(Event... after) {
      return device.queue(QueueRole.COMPUTE).launch(doubling, List.of(after));
    }

    Event download(float[] target, Event... after) {
      return device
          .queue(QueueRole.DOWNLOAD)
          .download(Slice.all(out), MemorySegment.ofArray(target), List.of(after));
    }

    Lane lane(QueueRole role) {
      return new Lane(device.info().id(), role);
    }
  }

  private void assertEnds(double... ends) {
    assertArrayEquals(ends, clock.spans().stream().mapToDouble(Span::end).toArray(), 1e-9);
  }

  @Test
  void aLaneDoesOneThingAtATime() {
    a.upload(new float[4]);
    a.upload(new float[4]);
    a.upload(new float[4]);
    assertEnds(2, 4, 6);
    assertEquals(6, clock.busySeconds(a.lane(QueueRole.UPLOAD)), 1e-9);
    assertEquals(6, clock.endSeconds(), 1e-9);
    assertEquals(0, clock.hostSeconds());
  }

  @Test
  void theThreeLanesOfADeviceOverlap() {
    float[] values = {1, 2, 3, 4};
    Event up = a.upload(values); // 0..2
    Event run = a.launch(up); // 2..7
    a.upload(values, up); // 2..4, beside the first launch
    Event down = a.download(new float[4], run); // 7..10
    a.launch(run); // 7..12, beside the download
    assertEnds(2, 7, 4, 10, 12);
    assertEquals(4, clock.busySeconds(a.lane(QueueRole.UPLOAD)), 1e-9);
    assertEquals(10, clock.busySeconds(a.lane(QueueRole.COMPUTE)), 1e-9);
    assertEquals(3, clock.busySeconds(a.lane(QueueRole.DOWNLOAD)), 1e-9);
    assertEquals(12, clock.endSeconds(), 1e-9);
    assertEquals(12, a.device.time(), 1e-9);
    down.await(LIMIT);
    assertEquals(10, clock.hostSeconds(), 1e-9);
  }

  @Test
  void devicesRunBesideEachOther() {
    a.launch(a.upload(new float[4])).await(LIMIT);
    assertEquals(7, clock.hostSeconds(), 1e-9);
    Event ours = a.launch(); // 7..12
    Event theirs = b.launch(b.upload(new float[4])); // 7..9..14
    ours.await(LIMIT);
    theirs.await(LIMIT);
    assertEnds(2, 7, 12, 9, 14);
    assertEquals(14, clock.hostSeconds(), 1e-9);
  }

  @Test
  void anUploadThatFollowsADownloadOfAnotherDeviceStartsAfterIt() {
    float[] between = new float[4];
    float[] result = new float[4];
    a.download(between, a.launch(a.upload(new float[] {1, 2, 3, 4}))).await(LIMIT); // ..2..7..10
    b.download(result, b.launch(b.upload(between))).await(LIMIT); // 10..12..17..20
    assertEnds(2, 7, 10, 12, 17, 20);
    assertArrayEquals(new float[] {4, 8, 12, 16}, result);
  }

  @Test
  void theOrderOfWaitingDoesNotMatter() {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Event up = a.upload(new float[4]);
      Event run = a.launch(up);
      events.add(up);
      events.add(run);
      events.add(a.download(new float[4], run));
      events.add(b.launch(b.upload(new float[4])));
    }
    List<Span> before = clock.spans();
    Collections.shuffle(events, new Random(Long.getLong("test.seed", 42)));
    events.forEach(event -> event.await(LIMIT));
    assertEquals(before, clock.spans());
    assertEquals(clock.endSeconds(), clock.hostSeconds());
    assertEnds(
        2, 7, 10, 2, 7, 4, 12, 15, 4, 12, 6, 17, 20, 6, 17, 8, 22, 25, 8, 22, 10, 27, 30, 10, 27);
  }

  @Test
  void aLaneKeepsTheOrderInWhichWorkWasHandedOver() {
    Event run = a.launch(a.upload(new float[4])); // ..7
    a.download(new float[4], run); // 7..10
    a.download(new float[4]); // could run at 0, but its lane is in order: 10..13
    assertEnds(2, 7, 10, 13);
    assertEquals(
        List.of("upload of 16 bytes", "double", "download of 16 bytes", "download of 16 bytes"),
        clock.spans().stream().map(Span::what).toList());
    assertEquals(
        List.of(a.lane(QueueRole.UPLOAD), a.lane(QueueRole.COMPUTE), a.lane(QueueRole.DOWNLOAD)),
        clock.lanes());
    assertEquals(3, clock.spans().getLast().seconds(), 1e-9);
  }

  @Test
  void failedWorkTakesItsTime() {
    SimulatedDevice failing =
        a.device.withFaults(FaultPlan.at(FaultPlan.Kind.UPLOAD, 0)).withClock(clock);
    Buffer memory = failing.allocate(16);
    Event up =
        failing
            .queue(QueueRole.UPLOAD)
            .upload(
                MemorySegment.ofArray(new float[4]),
                HostMemory.VALID_UNTIL_EVENT,
                Slice.all(memory),
                List.of());
    assertThrows(DeviceException.class, () -> up.await(LIMIT));
    assertEquals(2, clock.hostSeconds(), 1e-9);
  }

  @Test
  void aClockThatDoesNotRecordAddsUpAllTheSame() {
    VirtualClock running = VirtualClock.start();
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1000).withClock(running);
    Buffer memory = device.allocate(16);
    device
        .queue(QueueRole.COMPUTE)
        .copy(new Slice(memory, 0, 8), new Slice(memory, 8, 8), List.of());
    assertEquals(List.of(), running.spans());
    assertEquals(5e-6 + 16 / 1e11, running.endSeconds(), 1e-12); // a launch, and 8 bytes both ways
  }

  @Test
  void aDeviceWithoutResultsKeepsTheSameTimeAndMemory() {
    SimulatedDevice idle =
        SimulatedDevice.of("simulated:0", 1L << 40)
            .withLink(new Link(Link.Mode.DIRECT, 1, 16, 8))
            .withClock(clock)
            .withoutResults();
    long huge = 1L << 36; // far more than any array holds
    Buffer memory = idle.allocate(huge);
    assertEquals(huge, idle.allocatedBytes());
    assertThrows(IllegalArgumentException.class, () -> idle.allocate(-1));
    Event up =
        idle.queue(QueueRole.UPLOAD)
            .upload(
                MemorySegment.ofArray(new float[] {1, 2, 3, 4}),
                HostMemory.VALID_DURING_CALL,
                new Slice(memory, huge - 16, 16),
                List.of());
    float[] got = {5, 6, 7, 8};
    idle.queue(QueueRole.DOWNLOAD)
        .download(new Slice(memory, huge - 16, 16), MemorySegment.ofArray(got), List.of(up))
        .await(LIMIT);
    assertArrayEquals(new float[4], got);
    assertEnds(2, 5);
    memory.close();
    assertEquals(0, idle.allocatedBytes());
    assertThrows(
        DeviceException.class,
        () ->
            idle.queue(QueueRole.DOWNLOAD)
                .download(new Slice(memory, 0, 16), MemorySegment.ofArray(got), List.of())
                .await(LIMIT));
  }
}

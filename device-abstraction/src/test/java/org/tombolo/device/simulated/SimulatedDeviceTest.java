package org.tombolo.device.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Link;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.TensorType;

class SimulatedDeviceTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static Launch doubling(Device device, Buffer in, Buffer out) {
    GraphBuilder g = new GraphBuilder("double");
    g.output("y", g.input("x", TensorType.f32(4)).mul(2));
    return device
        .compile(new Region("double", g.build()))
        .bind(List.of(Slice.all(in)), List.of(Slice.all(out)), new Slice(out, 0, 0));
  }

  private static float[] read(Device device, Buffer buffer, List<Event> after) {
    float[] got = new float[4];
    device
        .queue(QueueRole.DOWNLOAD)
        .download(Slice.all(buffer), MemorySegment.ofArray(got), after)
        .await(LIMIT);
    return got;
  }

  @Test
  void computesOnTheReferenceInTheOrderOfTheWaits() {
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1000);
    Buffer x = device.allocate(16);
    Buffer y = device.allocate(16);
    float[] values = {1, 2, 3, 4};
    Event up =
        device
            .queue(QueueRole.UPLOAD)
            .upload(
                MemorySegment.ofArray(values),
                HostMemory.VALID_DURING_CALL,
                Slice.all(x),
                List.of());
    values[0] = 99; // allowed once the call is over
    Event run = device.queue(QueueRole.COMPUTE).launch(doubling(device, x, y), List.of(up));
    assertFalse(up.isDone());
    assertArrayEquals(new float[] {2, 4, 6, 8}, read(device, y, List.of(run)));
    assertTrue(up.isDone() && run.isDone());
  }

  @Test
  void aMissingWaitReadsGarbage() {
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1000);
    Buffer x = device.allocate(16);
    device
        .queue(QueueRole.UPLOAD)
        .upload(
            MemorySegment.ofArray(new float[] {1, 2, 3, 4}),
            HostMemory.VALID_DURING_CALL,
            Slice.all(x),
            List.of());
    assertTrue(Float.isNaN(read(device, x, List.of())[0]));
  }

  @Test
  void virtualTimeAddsUpPerQueueAndOverlapsBetweenQueues() {
    SimulatedDevice device =
        SimulatedDevice.of("simulated:0", 1 << 20)
            .withLink(new Link(Link.Mode.DIRECT, 1, 16, 8))
            .withSpeed(new DeviceInfo.Speed(1e12, 1e12, 5));
    Buffer x = device.allocate(16);
    Buffer y = device.allocate(16);
    Queue up = device.queue(QueueRole.UPLOAD);
    MemorySegment bytes = MemorySegment.ofArray(new byte[16]);
    Event first = up.upload(bytes, HostMemory.VALID_UNTIL_EVENT, Slice.all(x), List.of());
    Event run = device.queue(QueueRole.COMPUTE).launch(doubling(device, x, y), List.of(first));
    assertEquals(2 + 5, device.time(), 1e-9); // 1 s latency and 16 bytes at 16 B/s, then a launch
    up.upload(bytes, HostMemory.VALID_UNTIL_EVENT, Slice.all(x), List.of(first));
    assertEquals(7, device.time(), 1e-9); // beside the launch, not after it
    read(device, y, List.of(run));
    assertEquals(7 + 3, device.time(), 1e-9); // 1 s and 16 bytes at 8 B/s, after the launch
  }

  @Test
  void memoryIsBoundedAndComesBack() {
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 100);
    Buffer first = device.allocate(60);
    OutOfDeviceMemoryException e =
        assertThrows(OutOfDeviceMemoryException.class, () -> device.allocate(60));
    assertEquals(
        "simulated:0: no memory for 60 bytes; 60 of 100 bytes are in use\n"
            + "  try: a smaller batch, or another device",
        e.getMessage());
    first.close();
    first.close();
    device.allocate(100).close();
    assertEquals(0, device.allocatedBytes());
    assertEquals(100, device.peakBytes());
  }

  @Test
  void aFaultReachesEverythingThatWaitsForIt() {
    SimulatedDevice device =
        SimulatedDevice.of("simulated:0", 1000).withFaults(FaultPlan.at(FaultPlan.Kind.LAUNCH, 1));
    Buffer x = device.allocate(16);
    Buffer y = device.allocate(16);
    Queue queue = device.queue(QueueRole.COMPUTE);
    Event good = queue.launch(doubling(device, x, y), List.of());
    Event bad = queue.launch(doubling(device, x, y), List.of(good));
    Event next = queue.launch(doubling(device, x, y), List.of(bad));
    good.await(LIMIT);
    assertThrows(DeviceException.class, () -> next.await(LIMIT));
    assertThrows(DeviceException.class, () -> bad.await(LIMIT));
    queue.launch(doubling(device, x, y), List.of(good)).await(LIMIT);
  }

  @Test
  void aLostDeviceAnswersNothing() {
    SimulatedDevice device =
        SimulatedDevice.of("simulated:0", 1000)
            .withFaults(FaultPlan.at(FaultPlan.Kind.LOSE_DEVICE, 0));
    Buffer x = device.allocate(16);
    Buffer y = device.allocate(16);
    Event lost = device.queue(QueueRole.COMPUTE).launch(doubling(device, x, y), List.of());
    assertThrows(DeviceException.class, () -> lost.await(LIMIT));
    assertThrows(DeviceException.class, () -> device.allocate(1));
    x.close();
    y.close();
  }

  @Test
  void refusesWhatDoesNotFit() {
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1000);
    SimulatedDevice other = SimulatedDevice.of("simulated:1", 1000);
    Buffer x = device.allocate(16);
    Buffer y = device.allocate(32);
    Buffer foreign = other.allocate(16);
    assertThrows(IllegalArgumentException.class, () -> doubling(device, x, y));
    assertThrows(IllegalArgumentException.class, () -> doubling(device, x, foreign));
    assertThrows(IllegalArgumentException.class, () -> new Slice(x, 8, 16));
    x.close();
    assertThrows(DeviceException.class, () -> doubling(device, x, x));
    device.close();
    device.close();
    assertThrows(DeviceException.class, () -> device.allocate(1));
  }
}

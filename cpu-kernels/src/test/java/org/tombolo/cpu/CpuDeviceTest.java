package org.tombolo.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Driver;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Link;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Probe;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

class CpuDeviceTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static Device open() {
    return CpuConformanceTest.open();
  }

  private static Device withMemory(long bytes) {
    DeviceInfo info = ((Probe.Found) new CpuDriver().probe().get(0)).info();
    return new CpuDriver()
        .open(
            new Probe.Found(
                new DeviceInfo(
                    info.id(),
                    info.model(),
                    info.vendor(),
                    info.version(),
                    info.kind(),
                    2,
                    bytes,
                    true,
                    info.speed())));
  }

  /// `y = x + x` over floats.
  private static Region twice(long size) {
    GraphBuilder g = new GraphBuilder("twice");
    var x = g.input("x", TensorType.f32(size));
    g.output("y", x.add(x));
    return new Region("layer/twice", g.build());
  }

  // What is there.

  @Test
  void isFoundAndToldTruthfully() {
    Driver driver =
        ServiceLoader.load(Driver.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(each -> each.id().equals("cpu"))
            .findFirst()
            .orElseThrow();
    assertEquals(1, driver.probe().size());
    DeviceInfo info = assertInstanceOf(Probe.Found.class, driver.probe().get(0)).info();
    assertEquals("cpu:0", info.id());
    assertEquals(DeviceInfo.Kind.CPU, info.kind());
    assertFalse(info.model().isBlank());
    assertTrue(info.units() >= 1);
    assertTrue(info.memoryBytes() > 1 << 20);
    assertTrue(info.sharesHostMemory());
    assertTrue(info.speed().seconds(1e9, 1e9) > 0);
    try (Device device = driver.open(new Probe.Found(info))) {
      assertEquals(Link.Mode.SHARED, device.hostLink().mode());
      assertEquals(128, device.alignment());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tombolo.cpu.threads", "tombolo.cpu.memory"})
  void aWrongPropertyIsSomethingMissing(String property) {
    System.setProperty(property, "lots");
    try {
      Probe.Missing missing = assertInstanceOf(Probe.Missing.class, new CpuDriver().probe().get(0));
      assertTrue(missing.reason().startsWith(property + " is \"lots\"; need "), missing.reason());
      assertTrue(missing.remedy().startsWith("-D" + property + "="), missing.remedy());
    } finally {
      System.clearProperty(property);
    }
  }

  @Test
  void memoryMayBeSetWithASuffix() {
    Map<String, Long> sizes = Map.of("1234", 1234L, "3k", 3072L, "2M", 2L << 20, "5g", 5L << 30);
    try {
      for (var entry : sizes.entrySet()) {
        System.setProperty("tombolo.cpu.memory", entry.getKey());
        assertEquals(entry.getValue(), HostFacts.memoryBytes());
      }
    } finally {
      System.clearProperty("tombolo.cpu.memory");
    }
  }

  @Test
  void refusesStateWithAReason() {
    try (Device device = open()) {
      TensorType type = TensorType.f32(2);
      assertEquals(
          "variable: state belongs to the plan, not to a device",
          device.refusal(new Op.Variable("v", type), List.of()).orElseThrow());
      assertTrue(device.refusal(new Op.Assign("v"), List.of(type)).isPresent());
    }
  }

  // Memory.

  @Test
  void memoryIsBounded() {
    try (Device device = withMemory(1000)) {
      Buffer a = device.allocate(600);
      OutOfDeviceMemoryException e =
          assertThrows(OutOfDeviceMemoryException.class, () -> device.allocate(401));
      assertEquals(
          "cpu:0: no memory for 401 bytes; 600 of 1,000 bytes are in use (largest buffers: 600)\n"
              + "  try: a smaller batch, or -Dtombolo.cpu.memory=<bytes> if the machine has more",
          e.getMessage());
      assertEquals(401, e.requestedBytes());
      Buffer b = device.allocate(400); // still usable
      a.close();
      a.close();
      device.allocate(600).close(); // counted once
      assertThrows(OutOfDeviceMemoryException.class, () -> device.allocate(601));
      b.close();
    }
  }

  @Test
  void whatTheSystemRefusesIsTyped() {
    try (Device device = withMemory(Long.MAX_VALUE)) {
      assertThrows(OutOfDeviceMemoryException.class, () -> device.allocate(1L << 60));
      assertThrows(OutOfDeviceMemoryException.class, () -> device.allocate(Long.MAX_VALUE));
      try (Buffer small = device.allocate(8)) {
        assertEquals(8, small.bytes());
      }
    }
  }

  @Test
  void memoryIsAligned() {
    try (Device device = open();
        Buffer odd = device.allocate(3);
        Buffer next = device.allocate(1000);
        Buffer none = device.allocate(0)) {
      CpuDevice cpu = (CpuDevice) device;
      assertEquals(0, CpuBuffer.memory(cpu, Slice.all(odd)).address() % 128);
      assertEquals(0, CpuBuffer.memory(cpu, Slice.all(next)).address() % 128);
      assertEquals(0, none.bytes());
    }
  }

  // Closing.

  @Test
  void closingTwiceIsHarmlessAndUseAfterIsAnError() {
    Device device = open();
    Queue queue = device.queue(QueueRole.COMPUTE);
    device.close();
    device.close();
    assertThrows(DeviceException.class, () -> device.allocate(8));
    assertThrows(DeviceException.class, () -> device.compile(twice(3)));
    assertThrows(DeviceException.class, () -> device.queue(QueueRole.UPLOAD));
    assertTrue(queue.accepts(Event.DONE));
  }

  @Test
  void leaksAreReportedAndFreed() {
    List<String> lines = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(new SimpleFormatter().formatMessage(line));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger log = Logger.getLogger("org.tombolo.cpu");
    log.addHandler(handler);
    log.setUseParentHandlers(false);
    try {
      Device device = open();
      Buffer left = device.allocate(100);
      device.allocate(28);
      device.allocate(50).close();
      device.close();
      left.close();
      assertEquals(
          List.of("cpu:0: 2 buffers with 128 bytes were not closed before the device"), lines);
    } finally {
      log.setUseParentHandlers(true);
      log.removeHandler(handler);
    }
  }

  @Test
  void manyOpenAndClose() {
    int before = Thread.activeCount();
    for (int i = 0; i < 300; i++) {
      try (Device device = open();
          Buffer buffer = device.allocate(1 << 20)) {
        assertSame(device, buffer.device());
      }
    }
    assertTrue(Thread.activeCount() < before + 100, "threads stay behind");
  }

  // Queues.

  @Test
  void copiesMove() {
    try (Device device = open();
        Buffer a = device.allocate(4096);
        Buffer b = device.allocate(8192)) {
      byte[] bytes = new byte[1001];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) i;
      }
      Slice from = new Slice(a, 3, 1001);
      Slice to = new Slice(b, 77, 1001);
      Event up =
          device
              .queue(QueueRole.UPLOAD)
              .upload(MemorySegment.ofArray(bytes), HostMemory.VALID_DURING_CALL, from, List.of());
      Event across = device.queue(QueueRole.COMPUTE).copy(from, to, List.of(up));
      byte[] back = new byte[1001];
      device
          .queue(QueueRole.DOWNLOAD)
          .download(to, MemorySegment.ofArray(back), List.of(across))
          .await(SOON);
      assertArrayEquals(bytes, back);
      assertThrows(
          IllegalArgumentException.class,
          () -> device.queue(QueueRole.COMPUTE).copy(from, Slice.all(b), List.of()));
    }
  }

  @Test
  void failuresAreDeliveredByEventsAndPoisonWhatWaits() {
    try (Device device = open()) {
      Buffer x = device.allocate(40);
      Buffer y = device.allocate(40);
      Queue queue = device.queue(QueueRole.COMPUTE);
      try (Executable executable = device.compile(twice(10));
          Buffer none = device.allocate(0);
          Launch launch =
              executable.bind(List.of(Slice.all(x)), List.of(Slice.all(y)), Slice.all(none))) {
        queue.launch(launch, List.of()).await(SOON);
        x.close();
        Event failed = queue.launch(launch, List.of());
        assertTrue(failed.isDone());
        DeviceException e = assertThrows(DeviceException.class, () -> failed.await(SOON));
        assertTrue(e.getMessage().startsWith("cpu:0: layer/twice failed: "), e.getMessage());
        Event after =
            queue.download(Slice.all(y), MemorySegment.ofArray(new byte[40]), List.of(failed));
        DeviceException poisoned = assertThrows(DeviceException.class, () -> after.await(SOON));
        assertTrue(
            poisoned
                .getMessage()
                .startsWith(
                    "cpu:0: download of 40 bytes was not run, since what it waits for failed: "
                        + "layer/twice failed: "),
            poisoned.getMessage());
      }
      assertThrows(
          DeviceException.class,
          () ->
              queue.upload(
                  MemorySegment.ofArray(new byte[40]),
                  HostMemory.VALID_DURING_CALL,
                  Slice.all(x),
                  List.of()));
      y.close();
    }
  }

  @Test
  void foreignEventsAreNotAccepted() {
    Event foreign =
        new Event() {
          @Override
          public boolean isDone() {
            return false;
          }

          @Override
          public void await(Duration timeout) {}
        };
    try (Device device = open();
        Buffer a = device.allocate(8);
        Buffer b = device.allocate(8)) {
      Queue queue = device.queue(QueueRole.COMPUTE);
      assertFalse(queue.accepts(foreign));
      assertThrows(
          IllegalArgumentException.class,
          () -> queue.copy(Slice.all(a), Slice.all(b), List.of(foreign)));
    }
  }

  @Test
  void launchesAreBoundToWhatFits() {
    try (Device device = open();
        Device other = open();
        Buffer big = device.allocate(4096);
        Buffer foreign = other.allocate(40);
        Executable executable = device.compile(twice(10))) {
      Slice x = new Slice(big, 0, 40);
      Slice y = new Slice(big, 128, 40);
      Slice none = new Slice(big, 1024, 0);
      executable.bind(List.of(x), List.of(y), none).close();
      executable.bind(List.of(x), List.of(x), none).close(); // in place
      String count =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> executable.bind(List.of(), List.of(y), none))
              .getMessage();
      assertTrue(count.startsWith("bind layer/twice: 0 inputs; need 1: [f32[10]]\n  try: "), count);
      for (Slice wrong :
          List.of(
              new Slice(big, 128, 44), // size
              new Slice(big, 64, 40), // alignment
              Slice.all(foreign))) { // device
        assertThrows(
            IllegalArgumentException.class,
            () -> executable.bind(List.of(x), List.of(wrong), none),
            wrong.toString());
      }
      GraphBuilder g = new GraphBuilder("transpose");
      g.output("y", g.input("x", TensorType.f32(4, 4)).transpose());
      try (Executable transpose = device.compile(new Region("t", g.build()))) {
        assertFalse(transpose.inPlace(0, 0));
        Slice square = new Slice(big, 256, 64);
        String message =
            assertThrows(
                    IllegalArgumentException.class,
                    () -> transpose.bind(List.of(square), List.of(square), none))
                .getMessage();
        assertTrue(message.contains("output 0 overlaps input 0"), message);
      }
    }
  }

  @Test
  void launchesOfAnotherDeviceOrAClosedOneAreRefused() {
    try (Device device = open();
        Device other = open();
        Buffer memory = device.allocate(512);
        Executable executable = device.compile(twice(10))) {
      Launch launch =
          executable.bind(
              List.of(new Slice(memory, 0, 40)),
              List.of(new Slice(memory, 128, 40)),
              new Slice(memory, 256, 0));
      assertThrows(
          IllegalArgumentException.class,
          () -> other.queue(QueueRole.COMPUTE).launch(launch, List.of()));
      launch.close();
      Event event = device.queue(QueueRole.COMPUTE).launch(launch, List.of());
      assertThrows(DeviceException.class, () -> event.await(SOON));
    }
  }

  @Test
  void severalThreadsMayLaunchAtOnce() throws Exception {
    int size = 300_000;
    try (Device device = open();
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Callable<Float>> callers = new ArrayList<>();
      for (int t = 1; t <= 3; t++) {
        float value = t;
        callers.add(() -> repeatTwice(device, size, value));
      }
      float expected = 0;
      for (Future<Float> future : threads.invokeAll(callers)) {
        expected += 1;
        assertEquals(expected * (1 << 20), future.get());
      }
    }
  }

  /// Doubles a vector in place twenty times and gives an element of it, if all are alike.
  private static float repeatTwice(Device device, int size, float value) {
    float[] host = new float[size];
    Arrays.fill(host, value);
    Queue queue = device.queue(QueueRole.COMPUTE);
    try (Buffer x = device.allocate(4L * size);
        Buffer none = device.allocate(0);
        Executable executable = device.compile(twice(size));
        Launch launch =
            executable.bind(List.of(Slice.all(x)), List.of(Slice.all(x)), Slice.all(none))) {
      queue.upload(
          MemorySegment.ofArray(host), HostMemory.VALID_DURING_CALL, Slice.all(x), List.of());
      for (int i = 0; i < 20; i++) {
        queue.launch(launch, List.of()).await(SOON);
      }
      queue.download(Slice.all(x), MemorySegment.ofArray(host), List.of()).await(SOON);
    }
    for (float each : host) {
      assertEquals(host[0], each);
    }
    return host[0];
  }
}

package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Buffer;
import org.tombolo.device.BuildException;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Kernel;
import org.tombolo.device.Launch;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

class OpenClLifetimeTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  static Region increment(long elements) {
    GraphBuilder g = new GraphBuilder("increment");
    g.output("y", g.input("x", TensorType.f32(elements)).add(1));
    return new Region("increment", g.build());
  }

  @Test
  void nothingIsLeftBehind() throws Exception {
    OpenCl.found();
    ChildJvm.Result result = ChildJvm.run(RepeatMain.class, Map.of());
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(result.output().contains("all flat"), result.output());
  }

  @Test
  void theHandlersOfTheJvmStay() throws Exception {
    OpenCl.found();
    ChildJvm.Result result = ChildJvm.run(SignalsMain.class, Map.of());
    assertEquals(0, result.exitCode(), result.output());
    assertTrue(result.output().contains("all signals as before"), result.output());
  }

  static Launch bindInPlace(Executable executable, Buffer buffer) {
    List<Slice> all = List.of(Slice.all(buffer));
    return executable.bind(all, all, new Slice(buffer, 0, 0));
  }

  @Test
  void closingTwiceIsHarmlessAndUseAfterwardsIsRefused() {
    OpenClDevice device = OpenCl.open();
    Buffer buffer = device.allocate(400);
    Executable executable = device.compile(increment(100));
    Launch launch = bindInPlace(executable, buffer);
    Queue queue = device.queue(QueueRole.COMPUTE);
    queue.launch(launch, List.of()).await(PATIENCE);
    List<Slice> all = List.of(Slice.all(buffer));

    executable.close();
    executable.close();
    refused(() -> executable.bind(all, all, all.get(0)));
    queue.launch(launch, List.of()).await(PATIENCE);
    launch.close();
    launch.close();
    refused(() -> queue.launch(launch, List.of()));
    try (Executable again = device.compile(increment(100))) {
      Launch orphan = bindInPlace(again, buffer);
      buffer.close();
      buffer.close();
      refused(() -> queue.launch(orphan, List.of()));
      refused(() -> again.bind(all, all, all.get(0)));
      refused(() -> queue.copy(new Slice(buffer, 0, 8), new Slice(buffer, 8, 8), List.of()));
      Event last = ((OpenClQueue) queue).mark(List.of());
      device.close();
      assertTrue(last.isDone());
      assertEquals(Optional.empty(), last.span());
      last.await(PATIENCE);
      orphan.close();
    }
    device.close();
    refused(() -> device.queue(QueueRole.COMPUTE));
    refused(() -> queue.flush());
    refused(() -> device.compile(increment(5)));
  }

  private static void refused(Runnable use) {
    DeviceException e = assertThrows(DeviceException.class, use::run);
    assertTrue(e.getMessage().contains("used after it was closed"), e.getMessage());
    assertTrue(e.getMessage().contains("\n  try: "), e.getMessage());
  }

  @Test
  void twoThreadsShareADeviceAndALaunch() throws Exception {
    int rounds = 400;
    try (OpenClDevice device = OpenCl.open();
        Executable executable = device.compile(increment(1000));
        Buffer shared = device.allocate(4000);
        Launch launch = bindInPlace(executable, shared);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Queue queue = device.queue(QueueRole.COMPUTE);
      device
          .queue(QueueRole.UPLOAD)
          .upload(
              MemorySegment.ofArray(new float[1000]),
              HostMemory.VALID_DURING_CALL,
              Slice.all(shared),
              List.of())
          .await(PATIENCE);
      List<Future<Event>> all = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        all.add(
            threads.submit(() -> {
              Event last = Event.DONE;
              for (int i = 0; i < rounds; i++) {
                last = queue.launch(launch, List.of());
                try (Buffer own = device.allocate(4000);
                    Launch alone = bindInPlace(executable, own)) {
                  queue.launch(alone, List.of(last)).await(PATIENCE);
                }
              }
              return last;
            }));
      }
      List<Event> ends = new ArrayList<>();
      for (Future<Event> future : all) {
        ends.add(future.get());
      }
      float[] result = new float[1000];
      device
          .queue(QueueRole.DOWNLOAD)
          .download(Slice.all(shared), MemorySegment.ofArray(result), ends)
          .await(PATIENCE);
      for (float value : result) {
        assertEquals(4f * rounds, value);
      }
    }
  }

  @Test
  void runsOutOfMemoryInWords() {
    try (OpenClDevice device = OpenCl.open()) {
      OutOfDeviceMemoryException e =
          assertThrows(OutOfDeviceMemoryException.class, () -> device.allocate(1L << 50));
      assertEquals(1L << 50, e.requestedBytes());
      assertTrue(
          e.getMessage().startsWith("opencl:0: no memory for 1,125,899,906,842,624 bytes; 0 bytes"),
          e.getMessage());
      assertTrue(e.getMessage().contains("\n  try: a smaller batch"), e.getMessage());
      try (Executable executable = device.compile(increment(10));
          Buffer buffer = device.allocate(40);
          Launch launch = bindInPlace(executable, buffer)) {
        device.queue(QueueRole.COMPUTE).launch(launch, List.of()).await(PATIENCE);
      }
      assertThrows(IllegalArgumentException.class, () -> device.allocate(-1));
    }
  }

  @Test
  void showsWhereAProgramDoesNotBuild() {
    String text =
        """
        kernel void broken(global char *x_base, const long x_at) {
          global float *x = (global float *)(x_base + x_at);
          x[0] = nonsense(1);
        }
        """;
    Step step =
        Step.line(new KernelSource("library", text), "broken", List.of(new Arg.Output(0)), 1, 1);
    try (OpenClDevice device = OpenCl.open()) {
      Kernel kernel = Kernel.of(increment(1));
      BuildException e =
          assertThrows(
              BuildException.class,
              () -> new OpenClExecutable(device, "dense/loop", kernel, Steps.of(step)));
      assertTrue(e.getMessage().contains("kernel for dense/loop (library)"), e.getMessage());
      assertTrue(e.log().contains("nonsense"), e.log());
      assertTrue(e.log().contains("    3 |   x[0] = nonsense(1);"), e.log());
      assertEquals(text, e.source());
    }
  }

  @Test
  void reachesBeyondTwoGibibytes() {
    long far = (2L << 30) + (1 << 20);
    byte[] bytes = {1, 2, 3, 4};
    byte[] back = new byte[4];
    try (OpenClDevice device = OpenCl.open()) {
      Buffer buffer;
      try {
        buffer = device.allocate(far + 128);
      } catch (OutOfDeviceMemoryException e) {
        Assumptions.abort(
            "no buffer beyond 2 GiB here: " + e.getMessage().lines().findFirst().get());
        return;
      }
      try (buffer) {
        Slice end = new Slice(buffer, far, 4);
        Event there =
            device
                .queue(QueueRole.UPLOAD)
                .upload(MemorySegment.ofArray(bytes), HostMemory.VALID_DURING_CALL, end, List.of());
        device
            .queue(QueueRole.DOWNLOAD)
            .download(end, MemorySegment.ofArray(back), List.of(there))
            .await(PATIENCE);
        assertEquals(List.of((byte) 1, (byte) 4), List.of(back[0], back[3]));
      }
    }
  }

  @Test
  void refusesLaunchesThatDoNotFit() {
    try (OpenClDevice device = OpenCl.open();
        Executable executable = device.compile(increment(64));
        Buffer buffer = device.allocate(1024);
        Buffer two = device.allocate(256)) {
      Slice in = new Slice(buffer, 0, 256);
      Slice none = new Slice(buffer, 512, 0);
      executable.bind(List.of(in), List.of(in), none).close();
      unfit("0 inputs; need 1", () -> executable.bind(List.of(), List.of(in), none));
      unfit(
          "input 0 has 128 bytes; need 256",
          () -> executable.bind(List.of(new Slice(buffer, 0, 128)), List.of(in), none));
      unfit(
          "begins at byte 4; need a multiple of 128",
          () -> executable.bind(List.of(new Slice(buffer, 4, 256)), List.of(in), none));
      unfit(
          "overlaps input 0",
          () -> executable.bind(List.of(in), List.of(new Slice(buffer, 128, 256)), none));
      executable.bind(List.of(in), List.of(Slice.all(two)), none).close();
    }
  }

  private static void unfit(String problem, Runnable bind) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, bind::run);
    assertTrue(e.getMessage().contains(problem), e.getMessage());
  }
}

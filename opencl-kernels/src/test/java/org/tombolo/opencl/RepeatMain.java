package org.tombolo.opencl;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.tombolo.device.Buffer;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;

/// Opens and closes buffers, launches, events and devices thousands of times, and fails if resident
/// memory keeps growing. To be run with a Java heap of fixed size.
final class RepeatMain {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long MOST_GROWTH = 24L << 20;

  private RepeatMain() {}

  private interface Work {
    void run(int round);
  }

  public static void main(String[] args) throws IOException {
    try (OpenClDevice device = OpenCl.open()) {
      buffers(device);
      launches(device);
      events(device);
    }
    staysFlat(
        "devices",
        40,
        round -> {
          try (OpenClDevice device = OpenCl.open()) {
            device.allocate(100_000).close();
            device.queue(QueueRole.COMPUTE).flush();
          }
        });
    System.out.println("all flat");
  }

  private static void buffers(OpenClDevice device) throws IOException {
    byte[] bytes = new byte[64 << 10];
    staysFlat(
        "buffers",
        3000,
        round -> {
          try (Buffer buffer = device.allocate(bytes.length)) {
            device
                .queue(QueueRole.UPLOAD)
                .upload(
                    MemorySegment.ofArray(bytes),
                    HostMemory.VALID_DURING_CALL,
                    Slice.all(buffer),
                    List.of())
                .await(PATIENCE);
          }
        });
  }

  private static void launches(OpenClDevice device) throws IOException {
    try (Buffer buffer = device.allocate(4000)) {
      Queue queue = device.queue(QueueRole.COMPUTE);
      staysFlat(
          "launches",
          3000,
          round -> {
            try (Executable executable = device.compile(OpenClLifetimeTest.increment(1000));
                Launch launch = OpenClLifetimeTest.bindInPlace(executable, buffer)) {
              queue.launch(launch, List.of());
              queue.launch(launch, List.of()).await(PATIENCE);
            }
          });
    }
  }

  private static void events(OpenClDevice device) throws IOException {
    OpenClQueue queue = (OpenClQueue) device.queue(QueueRole.COMPUTE);
    staysFlat(
        "events",
        100,
        round -> {
          for (int i = 0; i < 500; i++) {
            queue.mark(List.of());
          }
          queue.mark(List.of()).await(PATIENCE);
        });
  }

  /// Warms up with as many rounds as count.
  private static void staysFlat(String what, int rounds, Work work) throws IOException {
    repeat(rounds, work);
    long before = residentBytes();
    repeat(rounds, work);
    long grown = residentBytes() - before;
    System.out.printf("%s: grew by %,d bytes in %d rounds%n", what, grown, rounds);
    if (grown > MOST_GROWTH) {
      throw new IllegalStateException("%s: grew by %,d bytes".formatted(what, grown));
    }
  }

  private static void repeat(int rounds, Work work) {
    for (int i = 0; i < rounds; i++) {
      work.run(i);
    }
    System.gc();
  }

  private static long residentBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .sum();
  }
}

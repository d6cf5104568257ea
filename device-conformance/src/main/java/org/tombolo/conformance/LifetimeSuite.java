package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Executable;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;

/// Opening and closing, many times and in any order.
final class LifetimeSuite {
  private static final String NAME = "lifetime";
  private static final long MOST_BYTES = 32L << 20;

  private LifetimeSuite() {}

  static Suite suite() {
    return new Suite(NAME, "opening and closing many times, in any order", seed -> all());
  }

  private static List<Check> all() {
    return List.of(
        Check.of(NAME, "device-opened-and-closed-5-times", bench -> devices(bench, 5)),
        Check.of(NAME, "device-opened-and-closed-50-times", b -> devices(b, 50), Tag.SLOW),
        Check.of(NAME, "memory-comes-back", LifetimeSuite::memory, Tag.MEMORY),
        Check.of(NAME, "two-thousand-small-buffers", LifetimeSuite::small, Tag.MEMORY),
        Check.of(NAME, "region-compiled-and-run-200-times", bench -> regions(bench, 200)),
        Check.of(NAME, "region-compiled-and-run-3000-times", b -> regions(b, 3000), Tag.SLOW),
        Check.of(NAME, "closing-twice-is-harmless", LifetimeSuite::closedTwice),
        Check.of(NAME, "a-closed-device-refuses", LifetimeSuite::closedDevice),
        Check.of(NAME, "parts-outlive-their-device", LifetimeSuite::outlived));
  }

  private static void devices(Bench bench, int times) {
    for (int i = 0; i < times; i++) {
      try (Device device = bench.open()) {
        Exercises.requireWorks(device);
      }
    }
  }

  /// Four times a quarter of the memory fits once; 24 times only if it comes back.
  private static void memory(Bench bench) {
    Device device = bench.device();
    long bytes = Math.clamp(device.info().memoryBytes() / 4, 64, MOST_BYTES);
    byte[] mark = {1, 2, 3, 4};
    for (int i = 0; i < 24; i++) {
      try (Buffer buffer = device.allocate(bytes)) {
        Slice end = new Slice(buffer, bytes - 4, 4);
        Bench.write(device, end, mark);
        require(Arrays.equals(mark, Bench.read(device, end)), "the end of a buffer is not kept");
      }
    }
  }

  private static void small(Bench bench) {
    Device device = bench.device();
    for (int round = 0; round < 20; round++) {
      List<Buffer> buffers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        buffers.add(device.allocate(i));
      }
      buffers.forEach(Buffer::close);
    }
    Exercises.requireWorks(device);
  }

  private static void regions(Bench bench, int times) {
    for (int i = 0; i < times; i++) {
      Exercises.requireWorks(bench.device());
    }
  }

  private static void closedTwice(Bench bench) {
    Device device = bench.open();
    Executable executable = device.compile(new Region("affine", Exercises.affine(4, 2, 1)));
    try (Memory x = new Memory(device, 16);
        Memory y = new Memory(device, 16);
        Memory scratch = new Memory(device, executable.scratchBytes())) {
      var launch = executable.bind(List.of(x.slice()), List.of(y.slice()), scratch.slice());
      launch.close();
      launch.close();
    }
    executable.close();
    executable.close();
    Exercises.requireWorks(device);
    device.close();
    device.close();
  }

  private static void closedDevice(Bench bench) {
    Device device = bench.open();
    device.close();
    Bench.requireThrows(
        "allocate on a closed device", DeviceException.class, () -> device.allocate(4).close());
    Bench.requireThrows(
        "compile on a closed device",
        DeviceException.class,
        () -> device.compile(new Region("late", Exercises.affine(4, 2, 1))).close());
  }

  private static void outlived(Bench bench) {
    Device device = bench.open();
    Executable executable = device.compile(new Region("affine", Exercises.affine(4, 2, 1)));
    Buffer buffer = device.allocate(16);
    byte[] bytes = new byte[16];
    Bench.write(device, Slice.all(buffer), bytes);
    device.close();
    Bench.requireRefused(
        "an upload to a closed device", () -> Bench.upload(device, Slice.all(buffer), bytes));
    buffer.close();
    executable.close();
    try (Device other = bench.open()) {
      Exercises.requireWorks(other);
    }
  }
}

package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;

/// Bytes between host and device and on the device: any offset, any length, and none beside.
final class CopySuite {
  private static final String NAME = "copies";
  private static final int[] LENGTHS = {0, 1, 2, 3, 7, 63, 64, 65, 1021, 4096, 4097, 70_001};
  private static final int[] OFFSETS = {0, 1, 3, 64, 127};
  private static final int LARGE = (1 << 23) + 13;
  private static final int MARGIN = 131;

  private CopySuite() {}

  static Suite suite() {
    return new Suite(
        NAME, "upload, download and copy at any offset and length; bytes beside stay", s -> all());
  }

  private static List<Check> all() {
    List<Check> checks = new ArrayList<>();
    for (int length : LENGTHS) {
      checks.add(
          Check.of(NAME, "upload-%d-bytes".formatted(length), b -> offsets(b, length, Way.UPLOAD)));
      checks.add(
          Check.of(
              NAME, "download-%d-bytes".formatted(length), b -> offsets(b, length, Way.DOWNLOAD)));
      checks.add(
          Check.of(NAME, "copy-%d-bytes".formatted(length), b -> offsets(b, length, Way.COPY)));
    }
    for (Way way : Way.values()) {
      String name = "large-" + way.name().toLowerCase(Locale.ROOT);
      checks.add(Check.of(NAME, name, bench -> one(bench, LARGE, 3, way), Tag.SLOW, Tag.MEMORY));
    }
    checks.add(Check.of(NAME, "copy-within-a-buffer", CopySuite::within));
    checks.add(Check.of(NAME, "off-heap-memory", CopySuite::offHeap));
    checks.add(Check.of(NAME, "host-bytes-may-change-after-the-call", CopySuite::duringCall));
    checks.add(Check.of(NAME, "host-bytes-kept-until-the-event", CopySuite::untilEvent));
    checks.add(Check.of(NAME, "lengths-must-agree", CopySuite::lengths));
    checks.add(Check.of(NAME, "buffers-of-another-device-are-refused", CopySuite::foreign));
    return checks;
  }

  private enum Way {
    UPLOAD,
    DOWNLOAD,
    COPY
  }

  private static void offsets(Bench bench, int length, Way way) {
    for (int offset : OFFSETS) {
      one(bench, length, offset, way);
    }
  }

  /// Moves bytes into the middle of others, then looks at all of them.
  private static void one(Bench bench, int length, int offset, Way way) {
    Device device = bench.device();
    SplittableRandom random = bench.random(length * 131 + offset);
    int total = offset + length + MARGIN;
    byte[] before = Exercises.bytes(random, total);
    byte[] moved = Exercises.bytes(random, length);
    byte[] want = before.clone();
    System.arraycopy(moved, 0, want, offset, length);
    try (Buffer buffer = device.allocate(total);
        Buffer other = device.allocate(total + 1)) {
      Slice middle = new Slice(buffer, offset, length);
      byte[] got =
          switch (way) {
            case UPLOAD -> {
              Bench.write(device, Slice.all(buffer), before);
              Bench.write(device, middle, moved);
              yield Bench.read(device, Slice.all(buffer));
            }
            case DOWNLOAD -> {
              Bench.write(device, Slice.all(buffer), want);
              MemorySegment host = MemorySegment.ofArray(before.clone());
              device
                  .queue(QueueRole.DOWNLOAD)
                  .download(middle, host.asSlice(offset, length), List.of())
                  .await(Bench.PATIENCE);
              yield host.toArray(ValueLayout.JAVA_BYTE);
            }
            case COPY -> {
              byte[] source = Exercises.bytes(random, total + 1);
              System.arraycopy(moved, 0, source, offset + 1, length);
              Bench.write(device, Slice.all(buffer), before);
              Bench.write(device, Slice.all(other), source);
              device
                  .queue(QueueRole.COMPUTE)
                  .copy(new Slice(other, offset + 1, length), middle, List.of())
                  .await(Bench.PATIENCE);
              yield Bench.read(device, Slice.all(buffer));
            }
          };
      require(
          Arrays.equals(got, want),
          "%s of %d bytes at offset %d: %s",
          way,
          length,
          offset,
          Exercises.mismatch(got, want));
    }
  }

  private static void within(Bench bench) {
    Device device = bench.device();
    byte[] bytes = Exercises.bytes(bench.random(5), 1000);
    byte[] want = bytes.clone();
    System.arraycopy(bytes, 501, want, 7, 333);
    try (Buffer buffer = device.allocate(1000)) {
      Bench.write(device, Slice.all(buffer), bytes);
      device
          .queue(QueueRole.COMPUTE)
          .copy(new Slice(buffer, 501, 333), new Slice(buffer, 7, 333), List.of())
          .await(Bench.PATIENCE);
      byte[] got = Bench.read(device, Slice.all(buffer));
      require(Arrays.equals(got, want), Exercises.mismatch(got, want));
    }
  }

  /// Memory outside the heap, at an odd address, both ways.
  private static void offHeap(Bench bench) {
    Device device = bench.device();
    byte[] want = Exercises.bytes(bench.random(6), 5001);
    try (Arena arena = Arena.ofShared();
        Buffer buffer = device.allocate(5001)) {
      MemorySegment source = arena.allocate(5002, 64).asSlice(1);
      source.copyFrom(MemorySegment.ofArray(want));
      for (HostMemory kept : HostMemory.values()) {
        Bench.write(device, Slice.all(buffer), new byte[5001]);
        device
            .queue(QueueRole.UPLOAD)
            .upload(source, kept, Slice.all(buffer), List.of())
            .await(Bench.PATIENCE);
        MemorySegment target = arena.allocate(5004, 64);
        device
            .queue(QueueRole.DOWNLOAD)
            .download(Slice.all(buffer), target.asSlice(3), List.of())
            .await(Bench.PATIENCE);
        byte[] got = target.asSlice(3).toArray(ValueLayout.JAVA_BYTE);
        require(Arrays.equals(got, want), "%s: %s", kept, Exercises.mismatch(got, want));
        for (int i = 0; i < 3; i++) {
          require(target.get(ValueLayout.JAVA_BYTE, i) == 0, "download wrote before its target");
        }
      }
    }
  }

  /// The caller overwrites its bytes as soon as the call is over.
  private static void duringCall(Bench bench) {
    Device device = bench.device();
    for (int size : new int[] {5, 4096, 300_001}) {
      byte[] want = Exercises.bytes(bench.random(size), size);
      byte[] source = want.clone();
      try (Buffer buffer = device.allocate(size)) {
        Event event = Bench.upload(device, Slice.all(buffer), source);
        Arrays.fill(source, (byte) 0);
        event.await(Bench.PATIENCE);
        byte[] got = Bench.read(device, Slice.all(buffer));
        require(
            Arrays.equals(got, want),
            "upload of %d bytes, valid during the call, read them later: %s",
            size,
            Exercises.mismatch(got, want));
      }
    }
  }

  private static void untilEvent(Bench bench) {
    Device device = bench.device();
    byte[] want = Exercises.bytes(bench.random(8), 70_003);
    byte[] source = want.clone();
    try (Buffer buffer = device.allocate(source.length)) {
      Event event =
          device
              .queue(QueueRole.UPLOAD)
              .upload(
                  MemorySegment.ofArray(source),
                  HostMemory.VALID_UNTIL_EVENT,
                  Slice.all(buffer),
                  List.of());
      event.await(Bench.PATIENCE);
      require(event.isDone(), "isDone() is false after await()");
      Arrays.fill(source, (byte) 0);
      byte[] got = Bench.read(device, Slice.all(buffer));
      require(Arrays.equals(got, want), Exercises.mismatch(got, want));
    }
  }

  private static void lengths(Bench bench) {
    Device device = bench.device();
    Queue queue = device.queue(QueueRole.COMPUTE);
    MemorySegment host = MemorySegment.ofArray(new byte[9]);
    try (Buffer buffer = device.allocate(64)) {
      Slice ten = new Slice(buffer, 0, 10);
      Bench.requireRefused(
          "upload of 9 bytes to 10",
          () -> queue.upload(host, HostMemory.VALID_DURING_CALL, ten, List.of()));
      Bench.requireRefused("download of 10 bytes to 9", () -> queue.download(ten, host, List.of()));
      Bench.requireRefused(
          "copy of 10 bytes to 9", () -> queue.copy(ten, new Slice(buffer, 32, 9), List.of()));
    }
  }

  private static void foreign(Bench bench) {
    Device device = bench.device();
    MemorySegment host = MemorySegment.ofArray(new byte[8]);
    try (Device other = bench.open();
        Buffer buffer = other.allocate(8)) {
      Bench.requireRefused(
          "upload to a buffer of another opened device",
          () ->
              device
                  .queue(QueueRole.UPLOAD)
                  .upload(host, HostMemory.VALID_DURING_CALL, Slice.all(buffer), List.of()));
    }
  }
}

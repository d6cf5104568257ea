package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.HostMemory;
import org.tombolo.device.OutOfDeviceMemoryException;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;

/// Memory: sizes, that it is nobody else's, and its end.
final class BufferSuite {
  private static final String NAME = "buffers";
  private static final long[] SIZES = {0, 1, 3, 4, 63, 64, 65, 1021, 4096, 65_537};

  private BufferSuite() {}

  static Suite suite() {
    return new Suite(
        NAME, "sizes from 0, memory that is nobody else's, use after close refused", s -> checks());
  }

  private static List<Check> checks() {
    List<Check> checks = new ArrayList<>();
    for (long size : SIZES) {
      checks.add(
          Check.of(NAME, "holds-%d-bytes".formatted(size), bench -> holds(bench, (int) size)));
    }
    checks.add(Check.of(NAME, "live-buffers-are-apart", BufferSuite::apart));
    checks.add(Check.of(NAME, "closing-twice-frees-once", BufferSuite::closedTwice));
    checks.add(Check.of(NAME, "closing-one-keeps-the-others", BufferSuite::neighbours));
    checks.add(Check.of(NAME, "upload-after-close-is-refused", b -> afterClose(b, Use.UPLOAD)));
    checks.add(Check.of(NAME, "download-after-close-is-refused", b -> afterClose(b, Use.DOWNLOAD)));
    checks.add(Check.of(NAME, "copy-after-close-is-refused", b -> afterClose(b, Use.COPY)));
    checks.add(Check.of(NAME, "negative-size-is-refused", BufferSuite::negative));
    checks.add(
        Check.of(NAME, "too-much-is-refused-and-does-no-harm", BufferSuite::tooMuch, Tag.MEMORY));
    return checks;
  }

  private static void holds(Bench bench, int size) {
    Device device = bench.device();
    byte[] want = Exercises.bytes(bench.random(size), size);
    try (Buffer buffer = device.allocate(size)) {
      require(buffer.bytes() == size, "bytes() is %d; need %d", buffer.bytes(), size);
      require(
          buffer.device().info().id().equals(device.info().id()),
          "device() is %s; need %s",
          buffer.device().info().id(),
          device.info().id());
      Bench.write(device, Slice.all(buffer), want);
      byte[] got = Bench.read(device, Slice.all(buffer));
      require(Arrays.equals(got, want), Exercises.mismatch(got, want));
    }
  }

  private static void apart(Bench bench) {
    requireApart(bench, 40);
  }

  private static void requireApart(Bench bench, int count) {
    Device device = bench.device();
    List<Buffer> buffers = new ArrayList<>();
    List<byte[]> contents = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        int size = 64 + i % 3;
        buffers.add(device.allocate(size));
        contents.add(Exercises.bytes(bench.random(i), size));
        Bench.write(device, Slice.all(buffers.get(i)), contents.get(i));
      }
      for (int i = 0; i < count; i++) {
        byte[] got = Bench.read(device, Slice.all(buffers.get(i)));
        require(
            Arrays.equals(got, contents.get(i)),
            "buffer %d of %d was changed by writing another one: %s",
            i,
            count,
            Exercises.mismatch(got, contents.get(i)));
      }
    } finally {
      buffers.forEach(Buffer::close);
    }
  }

  /// A pool that takes a buffer back twice hands it out twice.
  private static void closedTwice(Bench bench) {
    for (int size = 64; size < 67; size++) {
      Buffer buffer = bench.device().allocate(size);
      buffer.close();
      buffer.close();
    }
    requireApart(bench, 12);
  }

  private static void neighbours(Bench bench) {
    Device device = bench.device();
    byte[] want = Exercises.bytes(bench.random(1), 300);
    try (Buffer kept = device.allocate(300)) {
      Bench.write(device, Slice.all(kept), want);
      device.allocate(300).close();
      try (Buffer other = device.allocate(300)) {
        Bench.write(device, Slice.all(other), new byte[300]);
        byte[] got = Bench.read(device, Slice.all(kept));
        require(Arrays.equals(got, want), Exercises.mismatch(got, want));
      }
    }
  }

  private enum Use {
    UPLOAD,
    DOWNLOAD,
    COPY
  }

  private static void afterClose(Bench bench, Use use) {
    Device device = bench.device();
    Queue queue = device.queue(QueueRole.COMPUTE);
    MemorySegment host = MemorySegment.ofArray(new byte[128]);
    try (Buffer open = device.allocate(128)) {
      Bench.write(device, Slice.all(open), new byte[128]);
      Buffer buffer = device.allocate(128);
      Slice all = Slice.all(buffer);
      buffer.close();
      Bench.requireRefused(
          use + " with a closed buffer",
          () ->
              switch (use) {
                case UPLOAD -> queue.upload(host, HostMemory.VALID_DURING_CALL, all, List.of());
                case DOWNLOAD -> queue.download(all, host, List.of());
                case COPY -> queue.copy(Slice.all(open), all, List.of());
              });
    }
  }

  private static void negative(Bench bench) {
    Bench.requireThrows(
        "allocate(-1)", IllegalArgumentException.class, () -> bench.device().allocate(-1).close());
  }

  private static void tooMuch(Bench bench) {
    Device device = bench.device();
    long memory = device.info().memoryBytes();
    long much = memory > Long.MAX_VALUE / 8 ? Long.MAX_VALUE / 2 : memory * 4 + 1;
    Bench.requireThrows(
        "allocate(%,d)".formatted(much),
        OutOfDeviceMemoryException.class,
        () -> device.allocate(much).close());
    Exercises.requireWorks(device);
  }
}

package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Buffer;
import org.tombolo.device.CacheFolder;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;

class ProgramCacheTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long ROOM = 1 << 20;

  @TempDir private Path folder;

  private static DeviceInfo info(String version) {
    return new DeviceInfo(
        "opencl:0",
        "model",
        "vendor",
        version,
        DeviceInfo.Kind.GPU,
        1,
        1 << 30,
        false,
        new DeviceInfo.Speed(1e12, 1e11, 1e-5));
  }

  private ProgramCache cache() {
    return new ProgramCache(folder, info("1"), ROOM);
  }

  private static byte[] program(int size, int seed) {
    byte[] program = new byte[size];
    new java.util.Random(seed).nextBytes(program);
    return program;
  }

  private List<Path> files() throws IOException {
    return files(folder);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void aProgramIsFoundByAllThatItDependsOn() {
    byte[] program = program(1000, 1);
    cache().write("-DT=1", "source", program);
    assertArrayEquals(program, cache().read("-DT=1", "source").orElseThrow());
    assertEquals(Optional.empty(), cache().read("-DT=2", "source"));
    assertEquals(Optional.empty(), cache().read("-DT=1", "source "));
    assertEquals(
        Optional.empty(), new ProgramCache(folder, info("2"), ROOM).read("-DT=1", "source"));
  }

  @Test
  void theLastWriterWins() {
    cache().write("", "source", program(1000, 1));
    cache().write("", "source", program(10, 2));
    assertArrayEquals(program(10, 2), cache().read("", "source").orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32, 33, 500, 1031})
  void aFileThatWasCutOffIsNotUsed(int length) throws IOException {
    cache().write("", "source", program(1000, 1));
    Path file = files().get(0);
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
    assertEquals(Optional.empty(), cache().read("", "source"));
    assertFalse(Files.exists(file));
    cache().write("", "source", program(1000, 1));
    assertTrue(cache().read("", "source").isPresent());
  }

  @Test
  void aFileWithAWrongBitIsNotUsed() throws IOException {
    for (int at = 0; at < 1032; at += 43) {
      cache().write("", "source", program(1000, 1));
      Path file = files().get(0);
      byte[] whole = Files.readAllBytes(file);
      whole[at] ^= 4;
      Files.write(file, whole);
      assertEquals(Optional.empty(), cache().read("", "source"), "byte " + at);
    }
  }

  @Test
  void whatWasUsedLongestAgoGoes() throws IOException {
    ProgramCache cache = cache();
    for (int i = 0; i < 20; i++) {
      cache.write("", "source " + i, program(40_000, i));
    }
    for (Path file : files()) {
      Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
    }
    assertTrue(cache.read("", "source 3").isPresent());
    for (int i = 20; i < 30; i++) {
      cache().write("", "source " + i, program(40_000, i)); // as a new process each time
    }
    long bytes = 0;
    for (Path file : files()) {
      bytes += Files.size(file);
    }
    assertTrue(bytes <= ROOM, bytes + " bytes");
    assertTrue(cache.read("", "source 3").isPresent());
    assertTrue(cache.read("", "source 29").isPresent());
  }

  @Test
  void aFolderThatCannotBeIsNoObstacle() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    ProgramCache cache = new ProgramCache(file.resolve("programs"), info("1"), ROOM);
    cache.write("", "source", program(10, 1));
    assertEquals(Optional.empty(), cache.read("", "source"));
  }

  /// Several processes at once, as threads with caches of their own: whoever finds a file finds a
  /// whole one.
  @Test
  void manyMayReadAndWriteAtOnce() throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        all.add(
            pool.submit(() -> {
              ProgramCache own = new ProgramCache(folder, info("1"), 50_000);
              for (int i = 0; i < 100; i++) {
                int which = i % 7;
                own.write("", "source " + which, program(10_000, which));
                own.read("", "source " + which)
                    .ifPresent(found -> assertArrayEquals(program(10_000, which), found));
              }
            }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
  }

  /// The second device of the same kind compiles nothing, and computes the same; where files are
  /// damaged, it compiles them again.
  @Test
  void aDeviceThatIsOpenedAgainCompilesNothing() throws IOException {
    OpenCl.found();
    String before = System.setProperty(ProgramCache.PROPERTY, "on");
    System.setProperty(CacheFolder.PROPERTY, folder.toString());
    try {
      assertEquals(1, compiledToIncrement());
      assertTrue(compilesNothing());
      for (Path file : files(folder.resolve("programs"))) {
        Files.write(file, new byte[] {1, 2, 3});
      }
      assertEquals(1, compiledToIncrement());
      assertTrue(compilesNothing());
    } finally {
      System.clearProperty(CacheFolder.PROPERTY);
      if (before == null) {
        System.clearProperty(ProgramCache.PROPERTY);
      } else {
        System.setProperty(ProgramCache.PROPERTY, before);
      }
    }
  }

  /// Whether one of a few fresh devices finds its program in the files: beside other processes PoCL
  /// may not take one, which is compiled anew then.
  private static boolean compilesNothing() {
    return IntStream.range(0, 4).anyMatch(_ -> compiledToIncrement() == 0);
  }

  /// Increments numbers on a fresh device; how many programs it compiled for that.
  private static int compiledToIncrement() {
    OpenClDevice device = OpenCl.open();
    try (Executable executable = device.compile(OpenClLifetimeTest.increment(100));
        Buffer buffer = device.allocate(400);
        Launch launch = OpenClLifetimeTest.bindInPlace(executable, buffer)) {
      float[] numbers = new float[100];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = i;
      }
      Queue queue = device.queue(QueueRole.COMPUTE);
      queue
          .upload(
              MemorySegment.ofArray(numbers),
              HostMemory.VALID_DURING_CALL,
              Slice.all(buffer),
              List.of())
          .await(PATIENCE);
      queue.launch(launch, List.of()).await(PATIENCE);
      queue.download(Slice.all(buffer), MemorySegment.ofArray(numbers), List.of()).await(PATIENCE);
      for (int i = 0; i < numbers.length; i++) {
        assertEquals(i + 1f, numbers[i]);
      }
      return device.programs().compiled();
    } finally {
      device.close();
    }
  }
}

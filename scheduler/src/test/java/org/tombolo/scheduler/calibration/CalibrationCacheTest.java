package org.tombolo.scheduler.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.CacheFolder;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.simulated.SimulatedDevice;

/// Files of calibrations: whole, damaged, foreign, written by many.
class CalibrationCacheTest {
  private static final DeviceInfo INFO = SampleCalibrations.INFO;

  @TempDir private Path dir;

  /// Lines that were logged meanwhile.
  private static List<String> logged(Runnable work) {
    List<String> lines = new ArrayList<>();
    Logger logger = Logger.getLogger(CalibrationCache.class.getName());
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            lines.add(
                new java.text.MessageFormat(entry.getMessage()).format(entry.getParameters()));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    try {
      work.run();
    } finally {
      logger.removeHandler(handler);
      logger.setUseParentHandlers(true);
    }
    return lines;
  }

  private CalibrationCache cache() {
    return new CalibrationCache(dir.resolve("a/b"));
  }

  @Test
  void whatIsWrittenIsRead() {
    Calibration calibration = SampleCalibrations.of(1e-6);
    assertEquals(Optional.empty(), cache().read(INFO));
    assertTrue(cache().write(INFO, calibration));
    assertEquals(Optional.of(calibration), cache().read(INFO));
    assertTrue(
        cache().file(INFO).getFileName().toString().matches("test-a-model-tm-3-[0-9a-f]{8}.txt"),
        () -> cache().file(INFO).toString());
  }

  @Test
  void peopleCanReadIt() throws Exception {
    cache().write(INFO, SampleCalibrations.of(1e-6));
    List<String> lines = Files.readAllLines(cache().file(INFO));
    assertTrue(lines.contains("launch.seconds = 1.0E-6"), lines::toString);
    assertTrue(lines.contains("reached.product.arithmetic = 3.5"), lines::toString);
    assertTrue(lines.get(1).startsWith("of = test/Nobody/A Model (TM) / 3/1.0 on "), lines.get(1));
  }

  @Test
  void aFileThatEndsEarlyIsNotUsed() throws Exception {
    cache().write(INFO, SampleCalibrations.of(1e-6));
    byte[] whole = Files.readAllBytes(cache().file(INFO));
    for (int length = 0; length < whole.length; length += 7) {
      Files.write(cache().file(INFO), java.util.Arrays.copyOf(whole, length));
      List<String> lines = logged(() -> assertEquals(Optional.empty(), cache().read(INFO)));
      assertEquals(1, lines.size(), lines::toString);
      assertTrue(lines.getFirst().endsWith("its checksum is missing or another"), lines::toString);
    }
  }

  @Test
  void damageAnywhereIsSeen() throws Exception {
    cache().write(INFO, SampleCalibrations.of(1e-6));
    byte[] whole = Files.readAllBytes(cache().file(INFO));
    for (int at = 0; at < whole.length; at += 3) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) 0x81;
      Files.write(cache().file(INFO), damaged);
      assertEquals(
          1, logged(() -> assertEquals(Optional.empty(), cache().read(INFO))).size(), "at " + at);
    }
  }

  @Test
  void aFileOfAnotherDeviceOrStackIsNotUsed() throws Exception {
    DeviceInfo other =
        new DeviceInfo(
            INFO.id(),
            INFO.model(),
            INFO.vendor(),
            "2.0",
            INFO.kind(),
            INFO.units(),
            INFO.memoryBytes(),
            INFO.sharesHostMemory(),
            INFO.speed());
    cache().write(other, SampleCalibrations.of(1e-6));
    assertEquals(Optional.empty(), cache().read(INFO), "another version has another file");
    Files.move(cache().file(other), cache().file(INFO));
    List<String> lines = logged(() -> assertEquals(Optional.empty(), cache().read(INFO)));
    assertTrue(
        lines.getFirst().contains("it is of test/Nobody/A Model (TM) / 3/2.0"), lines::toString);
    Files.writeString(cache().file(INFO), "{\"launch\": 3}\n");
    assertEquals(1, logged(() -> assertEquals(Optional.empty(), cache().read(INFO))).size());
  }

  @Test
  void numbersThatCannotBeAreNotUsed() throws Exception {
    for (String bad : List.of("0.0", "-1.0", "NaN", "Infinity", "fast")) {
      String text =
          CalibrationText.of(SampleCalibrations.of(1e-6), CalibrationCache.key(INFO))
              .replaceAll("memory.bytes_per_second = .*", "memory.bytes_per_second = " + bad);
      String body = text.substring(0, text.lastIndexOf("checksum"));
      java.util.zip.CRC32 sum = new java.util.zip.CRC32();
      sum.update(body.getBytes(StandardCharsets.UTF_8));
      Files.createDirectories(dir.resolve("a/b"));
      Files.writeString(
          cache().file(INFO), body + "checksum = " + Long.toHexString(sum.getValue()) + "\n");
      List<String> lines = logged(() -> assertEquals(Optional.empty(), cache().read(INFO)));
      assertTrue(lines.getFirst().contains("memory.bytes_per_second is "), lines::toString);
    }
  }

  @Test
  void writersDoNotDisturbReaders() throws Exception {
    CalibrationCache cache = cache();
    cache.write(INFO, SampleCalibrations.of(1));
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all = new ArrayList<>();
      for (int writer = 1; writer <= 3; writer++) {
        int number = writer;
        all.add(
            threads.submit(() -> {
              for (int i = 0; i < 100; i++) {
                assertTrue(
                    new CalibrationCache(dir.resolve("a/b"))
                        .write(INFO, SampleCalibrations.of(number)));
              }
            }));
      }
      all.add(
          threads.submit(() -> {
            for (int i = 0; i < 300; i++) {
              assertTrue(cache.read(INFO).isPresent(), "a reader saw half a file");
            }
          }));
      for (Future<?> each : all) {
        each.get();
      }
    }
    try (Stream<Path> files = Files.list(dir.resolve("a/b"))) {
      assertEquals(List.of(cache.file(INFO)), files.toList(), "nothing is left lying about");
    }
  }

  @Test
  void aFolderThatCannotBeWrittenIsNoObstacle() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "not a folder");
    CalibrationCache cache = new CalibrationCache(file.resolve("calibration"));
    List<String> lines =
        logged(() -> {
          assertFalse(cache.write(INFO, SampleCalibrations.of(1)));
        });
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.getFirst().contains("so it will be measured again"), lines::toString);
  }

  @Test
  void theFolderIsTheUsersCache() {
    Properties linux = new Properties();
    linux.putAll(Map.of("user.home", "/home/me", "os.name", "Linux"));
    assertEquals(Path.of("/home/me/.cache/tombolo"), CacheFolder.of(linux, Map.of()));
    assertEquals(
        Path.of("/tmp/c/tombolo"), CacheFolder.of(linux, Map.of("XDG_CACHE_HOME", "/tmp/c")));
    assertEquals(
        Path.of("/home/me/.cache/tombolo"),
        CacheFolder.of(linux, Map.of("XDG_CACHE_HOME", "not/absolute")));
    Properties mac = new Properties();
    mac.putAll(Map.of("user.home", "/Users/me", "os.name", "Mac OS X"));
    assertEquals(Path.of("/Users/me/Library/Caches/tombolo"), CacheFolder.of(mac, Map.of()));
    Properties asked = new Properties();
    asked.putAll(Map.of("user.home", "/home/me", "tombolo.cache", "/elsewhere"));
    assertEquals(Path.of("/elsewhere"), CacheFolder.of(asked, Map.of("XDG_CACHE_HOME", "/tmp/c")));
  }

  @Test
  void aGuessIsNotKept() {
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1 << 20);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new CalibrationCache(dir).write(INFO, Calibration.rough(device)));
    assertEquals(
        "calibration of test:0: it is what the driver guesses; need what was measured\n"
            + "  try: Calibrations.system(), which measures",
        e.getMessage());
  }
}

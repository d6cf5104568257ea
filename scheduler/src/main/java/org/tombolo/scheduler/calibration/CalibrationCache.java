package org.tombolo.scheduler.calibration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.HostProcessor;

/// Calibrations in files, one for each device, stack and machine.
///
/// The name of a file says the device to people; what decides is the line in it with all that a
/// calibration depends on: driver, vendor, model and version of the stack, the host's processor,
/// how many of it there are, the Java version and the format. Files are written beside and renamed,
/// so that whoever reads, in whatever process, reads a whole one; the last writer wins. What cannot
/// be read or written is logged in one line and otherwise no obstacle.
public final class CalibrationCache {
  private static final System.Logger LOG = System.getLogger(CalibrationCache.class.getName());
  private static final int LONGEST_NAME = 40;

  private final Path folder;

  /// @param folder made when it is first written to
  public CalibrationCache(Path folder) {
    this.folder = folder;
  }

  /// The file of a device, which need not be there.
  public Path file(DeviceInfo info) {
    String name = (info.driver() + "-" + info.model()).toLowerCase(Locale.ROOT);
    name = name.replaceAll("[^a-z0-9]+", "-");
    name = name.substring(0, Math.min(name.length(), LONGEST_NAME));
    CRC32 sum = new CRC32();
    sum.update(key(info).getBytes(StandardCharsets.UTF_8));
    return folder.resolve("%s-%08x.txt".formatted(name, sum.getValue()));
  }

  /// All that a calibration depends on, in one line.
  static String key(DeviceInfo info) {
    return "%s on %s, %d processors, Java %d, format %d"
        .formatted(
            info.fingerprint(),
            HostProcessor.model(),
            Runtime.getRuntime().availableProcessors(),
            Runtime.version().feature(),
            CalibrationText.FORMAT)
        .replaceAll("\\p{Cntrl}", " ");
  }

  /// What is known of a device; empty if nothing is, or the file is damaged.
  public Optional<Calibration> read(DeviceInfo info) {
    Path file = file(info);
    try {
      String text = Files.readString(file);
      return Optional.of(CalibrationText.parse(text, key(info)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) { // a file that is no text among them
      LOG.log(System.Logger.Level.WARNING, "{0}: {1} cannot be read: {2}", info.id(), file, e);
    } catch (CalibrationText.DamagedException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}: {1} is not used: {2}",
          info.id(),
          file,
          e.getMessage());
    }
    return Optional.empty();
  }

  /// Keeps what was measured of a device.
  ///
  /// @return whether it could be written
  /// @throws IllegalArgumentException if nothing was measured: a guess of the driver, which it can
  ///   make again
  public boolean write(DeviceInfo info, Calibration calibration) {
    if (calibration.measured().isEmpty()) {
      throw new IllegalArgumentException(
          "calibration of %s: it is what the driver guesses; need what was measured\n  try: %s"
              .formatted(info.id(), "Calibrations.system(), which measures"));
    }
    Path file = file(info);
    try {
      Files.createDirectories(folder);
      Path whole = Files.createTempFile(folder, file.getFileName().toString(), ".part");
      try {
        Files.writeString(whole, CalibrationText.of(calibration, key(info)));
        Files.move(
            whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(whole);
      }
      return true;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}: how fast it is cannot be kept in {1}, so it will be measured again: {2}",
          info.id(),
          file,
          e);
      return false;
    }
  }
}

package org.tombolo.scheduler.calibration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.DoubleSupplier;
import org.tombolo.device.CacheFolder;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;

/// When devices are measured, and where what is known of them is kept.
///
/// One device by itself leaves placement nothing to decide, so it is never waited for: what is
/// known of it is used, and nothing is measured. Several devices are measured when they are first
/// used together, which takes some seconds for each, once, unless other work has the processors.
/// Simulated devices are exact as they are.
public final class Calibrations {
  /// Property with a [Mode] in lower case.
  public static final String PROPERTY = "tombolo.calibration";

  private static final System.Logger LOG = System.getLogger(Calibrations.class.getName());

  /// What is done by itself.
  public enum Mode {
    /// Measures what is not known where several devices are used together, and corrects what is
    /// known by measured runs.
    AUTO,
    /// Uses what is known and changes nothing: equal files make equal plans.
    FROZEN,
    /// Goes by what drivers guess.
    OFF
  }

  /// With less of the processors than this, nothing is measured unasked.
  private static final double LEAST_SHARE = 0.7;

  /// Measuring takes longer where others have the processors, but at most as many times.
  private static final double LONGEST = 4;

  private final Mode mode;
  private final CalibrationCache cache;
  private final DoubleSupplier share;

  /// @param mode what is done by itself
  /// @param cache where what is known is kept
  public Calibrations(Mode mode, CalibrationCache cache) {
    this(mode, cache, HostLoad::share);
  }

  /// @param share tells how much of the processors is to be had, from 0 to 1
  Calibrations(Mode mode, CalibrationCache cache, DoubleSupplier share) {
    this.mode = mode;
    this.cache = cache;
    this.share = share;
  }

  /// As the property [#PROPERTY] says, by default [Mode#AUTO], with files in the folder
  /// `calibration` of the user's cache folder, or of the one that the property `tombolo.cache`
  /// names.
  ///
  /// @throws IllegalArgumentException if the property is no mode
  public static Calibrations system() {
    Properties properties = System.getProperties();
    String asked = properties.getProperty(PROPERTY, "auto");
    for (Mode mode : Mode.values()) {
      if (mode.name().toLowerCase(Locale.ROOT).equals(asked)) {
        return new Calibrations(mode, systemCache(properties, System.getenv()));
      }
    }
    throw new IllegalArgumentException(
        "%s is \"%s\"; need auto, frozen or off\n  try: -D%s=off"
            .formatted(PROPERTY, asked, PROPERTY));
  }

  static CalibrationCache systemCache(Properties properties, Map<String, String> environment) {
    return new CalibrationCache(CacheFolder.of(properties, environment).resolve("calibration"));
  }

  /// What drivers guess, for good.
  public static Calibrations off() {
    return new Calibrations(Mode.OFF, new CalibrationCache(Path.of("calibration")));
  }

  /// What work takes on devices that are used together, in their order. May measure them.
  public List<Calibration> of(List<Device> devices) {
    return devices.stream().map(device -> of(device, devices.size() > 1)).toList();
  }

  private Calibration of(Device device, boolean together) {
    if (mode == Mode.OFF || device.isSimulated()) {
      return Calibration.rough(device);
    }
    Optional<Calibration> known = cache.read(device.info());
    if (known.isPresent() || mode == Mode.FROZEN || !together) {
      return known.orElseGet(() -> Calibration.rough(device));
    }
    double had = share.getAsDouble();
    if (had < LEAST_SHARE) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}: its driver''s guess has to do for its speed, since other work has {1} % of the processors; tombolo calibrate measures it all the same",
          device.info().id(),
          Math.round(100 * (1 - had)));
      return Calibration.rough(device);
    }
    try {
      return measure(device, Calibrator.PATIENCE);
    } catch (DeviceException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}: its driver''s guess has to do for its speed: {1}",
          device.info().id(),
          e.problem());
      return Calibration.rough(device);
    }
  }

  /// Measures a device, whatever is known of it, and keeps the result.
  ///
  /// @param patience as for [Calibrator#measure(Device, Duration)]; up to four times as long where
  ///   other work has the processors
  /// @throws DeviceException if the device fails or answers wrongly
  /// @throws IllegalArgumentException if it is simulated
  public Calibration measure(Device device, Duration patience) {
    String id = device.info().id();
    if (device.isSimulated()) {
      throw new IllegalArgumentException(
          id
              + ": simulated, so its speed is what it says; need a real device\n  try: another device");
    }
    LOG.log(
        System.Logger.Level.INFO,
        "{0}: measuring how fast it is, which takes some seconds, once; -D{1}=off leaves it to a guess",
        id,
        PROPERTY);
    double longer = Math.clamp(1 / share.getAsDouble(), 1, LONGEST);
    Calibration measured =
        Calibrator.measure(device, Duration.ofMillis(Math.round(patience.toMillis() * longer)));
    cache.write(device.info(), measured);
    return measured;
  }

  /// Where what is known of a device is kept.
  public Path file(Device device) {
    return cache.file(device.info());
  }

  /// What is known of a device.
  public Optional<Calibration> known(Device device) {
    return cache.read(device.info());
  }

  /// Corrects what is known of a device by what regions took, and keeps it; changes nothing if it
  /// was never measured, or may not change.
  ///
  /// @param times what regions took
  /// @return what is to be gone by from now on
  public Calibration corrected(Device device, Calibration before, List<Correction.Timed> times) {
    if (mode != Mode.AUTO || before.measured().isEmpty()) {
      return before;
    }
    Calibration after = Correction.of(before, times);
    if (!after.equals(before)) {
      cache.write(device.info(), after);
    }
    return after;
  }
}

package org.tombolo.scheduler.calibration;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.graph.DType;

/// Numbers that no device has.
final class SampleCalibrations {
  static final DeviceInfo INFO =
      new DeviceInfo(
          "test:0",
          "A Model (TM) / 3",
          "Nobody",
          "1.0",
          DeviceInfo.Kind.GPU,
          4,
          1 << 30,
          false,
          new DeviceInfo.Speed(1e9, 1e9, 1e-5));

  private SampleCalibrations() {}

  /// @param launchSeconds tells one from another
  static Calibration of(double launchSeconds) {
    return new Calibration(
        Optional.of(Instant.parse("2026-01-02T03:04:05.678Z")),
        launchSeconds,
        1.0 / 3 * 1e11,
        Map.of(DType.F32, 1e12, DType.I8, 2e11),
        new Link(Link.Mode.STAGED, 1e-5, 0, 1e10, 9e9),
        new Link(Link.Mode.STAGED, 2e-5, 3e-5, 1.5e10, 9.5e9),
        0.75,
        Map.of(
            Family.PRODUCT, new Efficiency(1e-6, 3.5, 0.25),
            Family.ROWS, new Efficiency(0, 0.5, 0.5)),
        Map.of(Family.PRODUCT, 1.25));
  }
}

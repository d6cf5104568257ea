package org.tombolo.opencl;

import java.util.List;
import java.util.regex.Pattern;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Limitations;

/// What platforms get wrong in a way that kernels cannot make good. Each entry is for the versions
/// on which it was seen, so that another version is checked in full.
final class KnownDefects {
  /// A defect.
  ///
  /// @param model of the devices that have it
  /// @param version of platform, language and driver, as [DeviceInfo#version] has them
  /// @param check of the conformance kit that shows it
  /// @param reason what happens, and how it was found
  private record Defect(Pattern model, Pattern version, String check, String reason) {}

  private static final List<Defect> ALL =
      List.of(
          new Defect(
              Pattern.compile("llvmpipe .*"),
              Pattern.compile("rusticl / .* / 22\\.3\\..*"),
              "programs/zeros-of-both-signs",
              "the compiler of Mesa 22.3 makes x * 0.0f a constant +0: a kernel of that one line"
                  + " gives +0 for -1, NaN and Inf, and what it must when the 0 is read from memory"));

  private KnownDefects() {}

  /// Those of a device.
  static Limitations of(DeviceInfo info) {
    Limitations limitations = Limitations.none();
    for (Defect defect : ALL) {
      if (defect.model().matcher(info.model()).matches()
          && defect.version().matcher(info.version()).matches()) {
        limitations = limitations.and(defect.check(), defect.reason());
      }
    }
    return limitations;
  }
}

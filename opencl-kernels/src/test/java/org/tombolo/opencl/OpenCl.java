package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.util.Locale;
import org.tombolo.device.Probe;
import org.tombolo.opencl.kernel.Dialect;

/// The OpenCL device that tests use: the first one. Without one, tests are skipped with one line,
/// or fail where the property `tombolo.opencl` is `required`.
final class OpenCl {
  private OpenCl() {}

  static Probe.Found found() {
    StringBuilder missing = new StringBuilder();
    for (Probe probe : new OpenClDriver().probe()) {
      switch (probe) {
        case Probe.Found found -> {
          return found;
        }
        case Probe.Missing(String _, String reason, String remedy) ->
            missing.append(reason).append("; try: ").append(remedy).append(' ');
      }
    }
    if ("required".equals(System.getProperty("tombolo.opencl"))) {
      return fail("no OpenCL device: " + missing);
    }
    return abort("no OpenCL device: " + missing);
  }

  static OpenClDevice open() {
    return (OpenClDevice) new OpenClDriver().open(found());
  }

  /// The dialect is given by a system property, so one is opened at a time.
  static synchronized OpenClDevice open(Dialect dialect) {
    String before = System.getProperty(OpenClDriver.DIALECT);
    System.setProperty(OpenClDriver.DIALECT, dialect.name().toLowerCase(Locale.ROOT));
    try {
      return open();
    } finally {
      if (before == null) {
        System.clearProperty(OpenClDriver.DIALECT);
      } else {
        System.setProperty(OpenClDriver.DIALECT, before);
      }
    }
  }
}

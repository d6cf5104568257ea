package org.tombolo.opencl;

import org.tombolo.conformance.Conformance;
import org.tombolo.conformance.Options;
import org.tombolo.conformance.Report;
import org.tombolo.device.Probe;

/// Holds the first device of the only platform that this process sees to the contract.
final class ConformanceMain {
  static final int NO_DEVICE = 3;

  private ConformanceMain() {}

  /// @param arguments the dialect, and `full` for more than the quick part
  public static void main(String[] arguments) {
    System.setProperty(OpenClDriver.DIALECT, arguments[0]);
    OpenClDriver driver = new OpenClDriver();
    for (Probe probe : driver.probe()) {
      switch (probe) {
        case Probe.Found found -> {
          Options options = arguments[1].equals("full") ? Options.all() : Options.quick();
          Report report = Conformance.of(driver, found).with(options).run();
          System.out.println(report.text());
          System.exit(report.passed() ? 0 : 1);
        }
        case Probe.Missing missing -> System.out.println(missing.reason());
      }
    }
    System.exit(NO_DEVICE);
  }
}

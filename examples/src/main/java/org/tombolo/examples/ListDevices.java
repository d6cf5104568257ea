package org.tombolo.examples;

import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;
import org.tombolo.scheduler.Engine;

/// What can compute here, and how to ask for it.
public final class ListDevices {
  private ListDevices() {}

  // Each driver on the class path is asked what it finds. The answer is never an exception: a
  // machine
  // without graphics drivers is a normal machine. What is missing comes with a reason and a remedy.

  static void list() {
    for (Probe probe : Devices.probe()) {
      switch (probe) {
        case Probe.Found(DeviceInfo info) ->
            System.out.printf("%-10s %s, %d units%n", info.id(), info.model(), info.units());
        case Probe.Missing(String driver, String reason, String remedy) ->
            System.out.printf("%-10s not here: %s (%s)%n", driver, reason, remedy);
      }
    }
  }

  // A name opens devices: an id as printed above, a driver for its first device, several with
  // commas
  // between, or auto. There is no silent fallback: a name that fits nothing is an error that lists
  // what there is. A driver on the class path is all it takes to have its devices listed here.

  static void open(String devices) {
    try (Engine engine = Engine.open(devices)) {
      for (DeviceInfo info : engine.devices()) {
        System.out.printf("opened     %s%n", info.id());
      }
    }
  }

  /// Prints every device, then opens some.
  ///
  /// @param arguments names of devices to open; without any, `auto`
  public static void main(String[] arguments) {
    list();
    open(arguments.length == 0 ? "auto" : arguments[0]);
  }

  // How to run it, from the root of the repository:
  //
  //   ./tombolo --version    (builds the libraries where that has not been done yet)
  //   java --add-modules jdk.incubator.vector -cp 'cli/target/tombolo/lib/*' \
  //     examples/src/main/java/org/tombolo/examples/ListDevices.java
}

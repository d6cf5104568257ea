package org.tombolo.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/// Finds and opens devices of every driver on the class path.
public final class Devices {
  private Devices() {}

  /// Every driver that loads, by id: the order of the class path, which is not fixed where a folder
  /// stands for its jars, must not decide what `auto` opens. One that does not load is left out
  /// here and listed by [#probe].
  public static List<Driver> drivers() {
    return load(new ArrayList<>());
  }

  private static List<Driver> load(List<Probe> failures) {
    List<Driver> drivers = new ArrayList<>();
    var providers = ServiceLoader.load(Driver.class).iterator();
    while (true) {
      try {
        if (!providers.hasNext()) {
          drivers.sort(Comparator.comparing(Driver::id));
          return drivers;
        }
        drivers.add(providers.next());
      } catch (ServiceConfigurationError | LinkageError e) {
        failures.add(new Probe.Missing("driver", "a driver does not load: " + lacks(e), remedy(e)));
      }
    }
  }

  /// What every driver finds, and what keeps a driver from finding anything. Never throws.
  public static List<Probe> probe() {
    List<Probe> all = new ArrayList<>();
    for (Driver driver : load(all)) {
      try {
        all.addAll(driver.probe());
      } catch (RuntimeException | LinkageError e) { // against the contract, or a jar is missing
        all.add(new Probe.Missing(driver.id(), "its probe failed: " + lacks(e), remedy(e)));
      }
    }
    if (all.isEmpty()) {
      all.add(
          new Probe.Missing(
              "driver", "no driver on the class path", "add tombolo-cpu-kernels as a dependency"));
    }
    return all;
  }

  /// The class or library that is not there, if that is what keeps a driver from working.
  private static Optional<String> missing(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      String name = String.valueOf(e.getMessage());
      if (e instanceof ClassNotFoundException) {
        return Optional.of("class " + name);
      } else if (e instanceof NoClassDefFoundError && name.matches("[\\w$/]+")) {
        return Optional.of("class " + name.replace('/', '.'));
      } else if (e instanceof UnsatisfiedLinkError) {
        return Optional.of("native library: " + name);
      }
    }
    return Optional.empty();
  }

  private static String lacks(Throwable failure) {
    return missing(failure)
        .map(what -> "missing is %s (%s)".formatted(what, failure))
        .orElse("" + failure);
  }

  private static String remedy(Throwable failure) {
    return missing(failure).isPresent()
        ? "add the jar that holds it to the class path, or remove the driver's jar"
        : "add what it needs, or remove its jar";
  }

  /// Opens devices by name.
  ///
  /// @param names comma-separated ids such as `cpu` or `opencl:1`; a driver alone means its first
  ///   device. `auto` means the processor, by the first driver that knows one, together with every
  ///   device that is not one.
  /// @return the devices, in the order named; the caller closes them
  /// @throws UnknownDeviceException if a name fits none
  /// @throws DeviceException if one cannot be opened; none stays open then
  public static List<Device> open(String names) {
    List<Driver> drivers = drivers();
    List<Probe> probes = probe();
    List<Probe.Found> chosen = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      for (Probe.Found found : named(name.strip(), probes)) {
        if (!chosen.contains(found)) {
          chosen.add(found);
        }
      }
    }
    List<Device> opened = new ArrayList<>();
    try {
      for (Probe.Found found : chosen) {
        Driver driver =
            drivers.stream()
                .filter(candidate -> candidate.id().equals(found.info().driver()))
                .findFirst()
                .orElseThrow();
        opened.add(open(driver, found));
      }
      return opened;
    } catch (RuntimeException e) {
      opened.forEach(Device::close);
      throw e;
    }
  }

  private static Device open(Driver driver, Probe.Found found) {
    try {
      return driver.open(found);
    } catch (LinkageError e) { // its probe did not look for everything
      throw new DeviceException(found.info().id(), "cannot be opened: " + lacks(e), remedy(e), e);
    }
  }

  private static List<Probe.Found> named(String name, List<Probe> probes) {
    List<Probe.Found> found =
        probes.stream().filter(Probe.Found.class::isInstance).map(Probe.Found.class::cast).toList();
    if (name.equals("auto")) {
      List<Probe.Found> processors = ofKind(found, true).stream().limit(1).toList();
      List<Probe.Found> others = ofKind(found, false);
      if (!processors.isEmpty() || !others.isEmpty()) {
        List<Probe.Found> all = new ArrayList<>(processors);
        all.addAll(others);
        return all;
      }
    }
    for (Probe.Found candidate : found) {
      if (candidate.info().id().equals(name) || candidate.info().driver().equals(name)) {
        return List.of(candidate);
      }
    }
    throw new UnknownDeviceException(name, probes);
  }

  private static List<Probe.Found> ofKind(List<Probe.Found> found, boolean processor) {
    return found.stream()
        .filter(candidate -> (candidate.info().kind() == DeviceInfo.Kind.CPU) == processor)
        .collect(Collectors.toList());
  }
}

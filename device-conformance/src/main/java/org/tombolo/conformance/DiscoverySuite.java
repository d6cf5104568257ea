package org.tombolo.conformance;

import static org.tombolo.conformance.Violation.require;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Driver;
import org.tombolo.device.Link;
import org.tombolo.device.Probe;

/// Finding and opening devices.
final class DiscoverySuite {
  private static final String NAME = "discovery";

  private DiscoverySuite() {}

  static Suite suite() {
    return new Suite(
        NAME, "probing never throws and is stable; ids and facts make sense", seed -> checks());
  }

  private static List<Check> checks() {
    return List.of(
        ofDriver("driver-id-is-short-and-lower-case", DiscoverySuite::driverId),
        ofDriver("probe-answers-always-the-same", DiscoverySuite::stable),
        ofDriver("probe-says-what-to-do", DiscoverySuite::remedies),
        ofDriver("ids-are-unique-and-begin-with-the-driver", DiscoverySuite::ids),
        ofDriver("a-device-that-is-not-there-does-not-open", DiscoverySuite::gone),
        Check.of(NAME, "facts", bench -> facts(bench.device().info(), bench)),
        Check.of(NAME, "link-to-the-host", bench -> link(bench.device())),
        Check.of(NAME, "alignment-is-a-power-of-two", bench -> alignment(bench.device())),
        Check.of(NAME, "opened-twice-is-two-devices", DiscoverySuite::twice),
        Check.of(NAME, "unknown-extensions-are-empty", DiscoverySuite::extension));
  }

  @FunctionalInterface
  private interface DriverSteps {
    void run(Driver driver);
  }

  private static Check ofDriver(String name, DriverSteps steps) {
    return Check.ofVerdict(
        NAME,
        name,
        bench -> {
          Optional<Driver> driver = bench.subject().driver();
          if (driver.isEmpty()) {
            return new Verdict.Skipped("the device was given without its driver");
          }
          steps.run(driver.get());
          return Verdict.passed();
        });
  }

  private static void driverId(Driver driver) {
    require(
        driver.id().matches("[a-z][a-z0-9-]{0,15}"),
        "driver id \"%s\"; need up to 16 lower-case letters, digits and dashes",
        driver.id());
  }

  private static void stable(Driver driver) {
    List<Probe> first = probe(driver);
    for (int i = 0; i < 3; i++) {
      List<Probe> again = probe(driver);
      require(
          found(first).stream()
              .map(DeviceInfo::id)
              .toList()
              .equals(found(again).stream().map(DeviceInfo::id).toList()),
          "probe() found %s, then %s; need the same devices in the same order",
          first,
          again);
    }
  }

  private static List<Probe> probe(Driver driver) {
    List<Probe> probes;
    try {
      probes = driver.probe();
    } catch (RuntimeException | LinkageError e) {
      throw new Violation("probe() threw " + e + "; need Probe.Missing with the reason");
    }
    require(!probes.isEmpty(), "probe() returned nothing; need at least one Probe.Missing");
    return probes;
  }

  private static List<DeviceInfo> found(List<Probe> probes) {
    List<DeviceInfo> infos = new ArrayList<>();
    for (Probe probe : probes) {
      if (probe instanceof Probe.Found(DeviceInfo info)) {
        infos.add(info);
      }
    }
    return infos;
  }

  private static void remedies(Driver driver) {
    for (Probe probe : probe(driver)) {
      if (probe instanceof Probe.Missing(String id, String reason, String remedy)) {
        require(
            id.equals(driver.id()) && !reason.isBlank() && !remedy.isBlank(),
            "%s; need the driver's id, a reason and a remedy",
            probe);
      }
    }
  }

  private static void ids(Driver driver) {
    Set<String> seen = new HashSet<>();
    for (DeviceInfo info : found(probe(driver))) {
      require(info.driver().equals(driver.id()), "id %s of driver %s", info.id(), driver.id());
      require(seen.add(info.id()), "two devices have the id %s", info.id());
    }
  }

  private static void gone(Driver driver) {
    DeviceInfo known = found(probe(driver)).getFirst();
    DeviceInfo other =
        new DeviceInfo(
            driver.id() + ":4711",
            "no such model",
            known.vendor(),
            known.version(),
            known.kind(),
            known.units(),
            known.memoryBytes(),
            known.sharesHostMemory(),
            known.speed());
    Bench.requireThrows(
        "open of " + other.id(),
        DeviceException.class,
        () -> driver.open(new Probe.Found(other)).close());
  }

  private static void facts(DeviceInfo info, Bench bench) {
    require(
        info.id().equals(bench.subject().id()),
        "opened %s, got %s",
        bench.subject().id(),
        info.id());
    require(
        !info.model().isBlank() && !info.vendor().isBlank() && !info.version().isBlank(),
        "%s; need model, vendor and version",
        info);
    require(info.units() > 0 && info.memoryBytes() > 0, "%s; need units and memory", info);
    DeviceInfo.Speed speed = info.speed();
    require(
        speed.flopsPerSecond() > 0 && speed.bytesPerSecond() > 0 && speed.launchSeconds() >= 0,
        "%s; need rates above 0",
        speed);
  }

  private static void link(Device device) {
    Link link = device.hostLink();
    require(
        link.upLatencySeconds() >= 0
            && link.downLatencySeconds() >= 0
            && link.upBytesPerSecond() > 0
            && link.downBytesPerSecond() > 0,
        "%s; need rates above 0",
        link);
  }

  private static void alignment(Device device) {
    require(
        device.alignment() > 0 && Integer.bitCount(device.alignment()) == 1,
        "alignment() is %d; need a power of two",
        device.alignment());
  }

  private static void twice(Bench bench) {
    try (Device second = bench.open()) {
      try (Device first = bench.open()) {
        Exercises.requireWorks(first);
        Exercises.requireWorks(second);
      }
      Exercises.requireWorks(second);
    }
  }

  private static void extension(Bench bench) {
    require(
        bench.device().extension(DiscoverySuite.class).isEmpty(),
        "extension() offers a class of this kit, which the driver cannot know");
  }
}

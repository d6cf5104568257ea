package org.tombolo.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.simulated.SimulatedDevice;

/// This module has no driver of its own, so nothing can be found here but what a test adds.
class DevicesTest {
  @Test
  void absenceIsAnAnswer() {
    List<Probe> probes = Devices.probe();
    Probe.Missing missing = assertInstanceOf(Probe.Missing.class, probes.get(0));
    assertEquals("no driver on the class path", missing.reason());
  }

  @Test
  void anUnknownNameListsWhatIsThere() {
    UnknownDeviceException e =
        assertThrows(UnknownDeviceException.class, () -> Devices.open("opencl:7"));
    assertTrue(
        e.getMessage().startsWith("opencl:7: no such device; there is none"), e.getMessage());
    assertThrows(UnknownDeviceException.class, () -> Devices.open("auto"));
    assertThrows(UnknownDeviceException.class, () -> Devices.open(""));
  }

  @Test
  void theOrderOfTheClassPathDecidesNothing(@TempDir Path dir) throws Exception {
    for (String order : List.of("Second\n%sFirst", "First\n%sSecond")) {
      String prefix = DevicesTest.class.getName() + "$";
      Path file =
          Files.writeString(dir.resolve("services"), prefix + order.formatted(prefix) + "\n");
      ClassLoader loader =
          new ClassLoader(DevicesTest.class.getClassLoader()) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
              return name.equals("META-INF/services/" + Driver.class.getName())
                  ? Collections.enumeration(List.of(file.toUri().toURL()))
                  : super.getResources(name);
            }
          };
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(loader);
      try {
        assertEquals(
            List.of("first", "second"), Devices.drivers().stream().map(Driver::id).toList());
        List<Device> opened = Devices.open("auto");
        assertEquals(List.of("first:0"), opened.stream().map(d -> d.info().id()).toList());
        opened.forEach(Device::close);
      } finally {
        thread.setContextClassLoader(before);
      }
    }
  }

  /// Has a processor.
  public static final class First extends Processor {
    /// For the service loader.
    public First() {
      super("first");
    }
  }

  /// Has the same processor.
  public static final class Second extends Processor {
    /// For the service loader.
    public Second() {
      super("second");
    }
  }

  /// Finds a processor.
  public abstract static class Processor implements Driver {
    private final String id;

    /// Has this id.
    public Processor(String id) {
      this.id = id;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public List<Probe> probe() {
      DeviceInfo.Speed speed = new DeviceInfo.Speed(1, 1, 0);
      return List.of(
          new Probe.Found(
              new DeviceInfo(
                  id + ":0", "it", "us", "1", DeviceInfo.Kind.CPU, 1, 1024, true, speed)));
    }

    @Override
    public Device open(Probe.Found found) {
      return SimulatedDevice.of(found.info().id(), 1024);
    }
  }

  /// A driver whose library is not there: what it needs is missed as soon as it looks.
  public static final class Broken implements Driver {
    @Override
    public String id() {
      return "broken";
    }

    @Override
    public List<Probe> probe() {
      throw new NoClassDefFoundError("org/example/Library");
    }

    @Override
    public Device open(Probe.Found found) {
      throw new AssertionError("nothing was found");
    }
  }

  @Test
  void aDriverThatBreaksIsListedAndHarmsNoOther(@TempDir Path folder) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(Driver.class.getName()),
        "org.example.NotThere\n" + Broken.class.getName() + "\n");
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(loader);
      List<Probe> probes = Devices.probe();
      assertEquals(2, probes.size());
      String told = probes.toString();
      assertTrue(told.contains("a driver does not load: "), told);
      assertTrue(told.contains("org.example.NotThere"), told);
      assertTrue(told.contains("its probe failed: "), told);
      assertTrue(told.contains("org/example/Library"), told);
      assertThrows(UnknownDeviceException.class, () -> Devices.open("broken"));
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  /// Of a library that is on the class path of whoever compiles, and not of whoever runs.
  public static class Library {
    /// Read when it runs.
    public static final String VERSION = new String("1");
  }

  /// Cannot even be loaded without its library.
  public static final class NeedsItToLoad extends Library implements Driver {
    @Override
    public String id() {
      return "needy";
    }

    @Override
    public List<Probe> probe() {
      throw new AssertionError("did not load");
    }

    @Override
    public Device open(Probe.Found found) {
      throw new AssertionError("did not load");
    }
  }

  /// Looks for its library, and so misses it, when it probes.
  public static final class NeedsItToProbe extends Processor {
    /// For the service loader.
    public NeedsItToProbe() {
      super("needy");
    }

    @Override
    public List<Probe> probe() {
      return Library.VERSION.isEmpty() ? List.of() : super.probe();
    }
  }

  /// Finds a device, and misses its library when it opens it.
  public static final class NeedsItToOpen extends Processor {
    /// For the service loader.
    public NeedsItToOpen() {
      super("needy");
    }

    @Override
    public Device open(Probe.Found found) {
      return SimulatedDevice.of(found.info().id() + Library.VERSION, 1024);
    }
  }

  /// Defines drivers anew, for which [Library] is not there.
  private static final class WithoutLibrary extends ClassLoader {
    private final Path services;
    private final List<String> drivers;

    WithoutLibrary(Path services, Class<?>... drivers) throws IOException {
      super(DevicesTest.class.getClassLoader());
      this.drivers = Stream.of(drivers).map(Class::getName).toList();
      this.services = Files.writeString(services, String.join("\n", this.drivers) + "\n");
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.equals(Library.class.getName())) {
        throw new ClassNotFoundException(name);
      }
      if (!drivers.contains(name) || !name.contains("Needs")) {
        return super.loadClass(name, resolve);
      }
      Class<?> known = findLoadedClass(name);
      if (known != null) {
        return known;
      }
      String file = name.replace('.', '/') + ".class";
      try (var in = Objects.requireNonNull(getParent().getResourceAsStream(file))) {
        byte[] code = in.readAllBytes();
        return defineClass(name, code, 0, code.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      return name.equals("META-INF/services/" + Driver.class.getName())
          ? Collections.enumeration(List.of(services.toUri().toURL()))
          : super.getResources(name);
    }
  }

  @Test
  void aDriverWithoutItsLibraryIsAProbeThatNamesIt(@TempDir Path dir) throws Exception {
    for (Class<?> driver : List.of(NeedsItToLoad.class, NeedsItToProbe.class)) {
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(
          new WithoutLibrary(dir.resolve("services"), driver, First.class));
      try {
        String told = Devices.probe().toString();
        assertTrue(
            told.contains("missing is class " + Library.class.getName()),
            () -> driver.getSimpleName() + ": " + told);
        assertTrue(told.contains("add the jar that holds it to the class path"), told);
        List<Device> opened = Devices.open("auto"); // the other driver's
        assertEquals(List.of("first:0"), opened.stream().map(d -> d.info().id()).toList());
        opened.forEach(Device::close);
        UnknownDeviceException e =
            assertThrows(UnknownDeviceException.class, () -> Devices.open("needy"));
        assertTrue(e.getMessage().contains(Library.class.getName()), e.getMessage());
      } finally {
        thread.setContextClassLoader(before);
      }
    }
  }

  @Test
  void aLibraryThatIsMissedOnlyAtOpeningIsNamedThen(@TempDir Path dir) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(new WithoutLibrary(dir.resolve("services"), NeedsItToOpen.class));
    try {
      DeviceException e = assertThrows(DeviceException.class, () -> Devices.open("needy"));
      assertTrue(
          e.getMessage()
              .startsWith("needy:0: cannot be opened: missing is class " + Library.class.getName()),
          e.getMessage());
      assertTrue(e.getMessage().contains("\n  try: add the jar"), e.getMessage());
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void theMeterCountsByRoute() {
    ByteMeter meter = new ByteMeter();
    meter.count(ByteMeter.HOST, "a", ByteMeter.Purpose.INPUT, 5);
    meter.count(ByteMeter.HOST, "a", ByteMeter.Purpose.INPUT, 6);
    meter.count("a", ByteMeter.HOST, ByteMeter.Purpose.FETCH, 7);
    assertEquals(11, meter.up());
    assertEquals(7, meter.down());
    assertEquals(2, meter.snapshot().size());
  }
}

package org.tombolo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.function.Supplier;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Driver;
import org.tombolo.device.Probe;
import org.tombolo.device.Queue;
import org.tombolo.device.simulated.SimulatedDevice;

/// Lets a command see one driver only, such as a bad one.
final class Drivers {
  private static final String SERVICE = "META-INF/services/" + Driver.class.getName();
  private static final long MEMORY = 1 << 20;

  private Drivers() {}

  static Cli with(Class<? extends Driver> driver, Supplier<Cli> action) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try {
      Path file = Files.createTempFile("driver", "");
      try {
        Files.writeString(file, driver.getName());
        URL url = file.toUri().toURL();
        thread.setContextClassLoader(
            new ClassLoader(before) {
              @Override
              public Enumeration<URL> getResources(String name) throws IOException {
                return name.equals(SERVICE)
                    ? Collections.enumeration(List.of(url))
                    : super.getResources(name);
              }
            });
        return action.get();
      } finally {
        thread.setContextClassLoader(before);
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Finds nothing.
  public static final class Lacking implements Driver {
    @Override
    public String id() {
      return "abacus";
    }

    @Override
    public List<Probe> probe() {
      return List.of(new Probe.Missing("abacus", "no beads", "a carpenter"));
    }

    @Override
    public Device open(Probe.Found found) {
      throw new AssertionError(found);
    }
  }

  /// Finds a device that cannot be opened.
  public static final class Broken implements Driver {
    @Override
    public String id() {
      return "broken";
    }

    @Override
    public List<Probe> probe() {
      return List.of(new Probe.Found(SimulatedDevice.of("broken:0", MEMORY).info()));
    }

    @Override
    public Device open(Probe.Found found) {
      throw new DeviceException("broken:0", "smells of smoke", "another one");
    }
  }

  /// Finds a device that computes as it should, but on the negative of what it is given.
  public static final class Wrong implements Driver {
    @Override
    public String id() {
      return "wrong";
    }

    @Override
    public List<Probe> probe() {
      return List.of(new Probe.Found(SimulatedDevice.of("wrong:0", MEMORY).info()));
    }

    @Override
    public Device open(Probe.Found found) {
      Device real = SimulatedDevice.of("wrong:0", MEMORY);
      return (Device)
          Proxy.newProxyInstance(
              Drivers.class.getClassLoader(),
              new Class<?>[] {Device.class},
              (self, method, arguments) -> {
                if (method.getName().equals("equals")) {
                  return isSame(self, arguments[0]);
                }
                Object result = call(real, method, arguments);
                return result instanceof Queue queue ? negating(queue) : result;
              });
    }

    private static Queue negating(Queue real) {
      return (Queue)
          Proxy.newProxyInstance(
              Drivers.class.getClassLoader(),
              new Class<?>[] {Queue.class},
              (self, method, arguments) -> {
                if (method.getName().equals("equals")) {
                  return isSame(self, arguments[0]);
                }
                if (method.getName().equals("upload")) {
                  MemorySegment source = (MemorySegment) arguments[0];
                  byte[] bytes = source.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                  for (int i = 3; i < bytes.length && bytes.length > 8; i += 4) {
                    bytes[i] ^= (byte) 0x80;
                  }
                  arguments[0] = MemorySegment.ofArray(bytes);
                }
                return call(real, method, arguments);
              });
    }

    @SuppressWarnings("ReferenceEquality") // what equality of a device and of a queue means
    private static boolean isSame(Object a, Object b) {
      return a == b;
    }

    private static Object call(Object real, java.lang.reflect.Method method, Object[] arguments)
        throws Throwable {
      try {
        return method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }
}

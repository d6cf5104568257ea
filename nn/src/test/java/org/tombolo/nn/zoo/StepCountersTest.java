package org.tombolo.nn.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Devices;
import org.tombolo.device.Queue;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.Network;
import org.tombolo.nn.TestEngines;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// What a training step asks of a device, counted: kernels, launches, transfers and buffers. Unlike
/// times, these are the same on every run, so each must be what is written down;
/// `-Dtombolo.counters.write=true` writes it anew.
class StepCountersTest {
  private static final Path FILE =
      Path.of("src/test/resources/org/tombolo/nn/zoo/step-counters.txt");
  private static final List<Architecture> STEPS =
      List.of(
          Architecture.MLP,
          Architecture.LENET,
          Architecture.RESNET_18,
          Architecture.BERT,
          Architecture.LSTM);
  private static final long SEED = 42;

  /// What fuses depends on how fast a device says that it is, so all say the same.
  private static final DeviceInfo.Speed SPEED = new DeviceInfo.Speed(8e10, 1.6e10, 2e-6);

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void stepsAskForNoMoreThanTheyDid(String device) throws IOException {
    TestEngines.open(device).close();
    Map<String, Map<String, Long>> written = read();
    Map<String, Map<String, Long>> seen = new LinkedHashMap<>();
    for (Architecture architecture : STEPS) {
      seen.put(architecture + " on " + device, count(architecture, device));
    }
    if (Boolean.getBoolean("tombolo.counters.write")) {
      written.putAll(seen);
      write(written);
    }
    Map<String, Map<String, Long>> wanted = new LinkedHashMap<>(written);
    wanted.keySet().retainAll(seen.keySet());
    assertEquals(lines(wanted), lines(seen), "-Dtombolo.counters.write=true, if it is meant");
  }

  private static Map<String, Long> count(Architecture architecture, String name) {
    Network network = architecture.network(Architecture.Size.SMALL);
    Map<String, AtomicLong> counters = new TreeMap<>();
    Map<String, Tensor> batch = network.examples(SEED);
    List<Device> devices = new ArrayList<>();
    Devices.open(name).forEach(device -> devices.add(counting(device, counters)));
    try (Engine engine = Engine.of(devices);
        State state = engine.newState()) {
      network.initial(architecture.optimizer(), SEED).forEach(state::set);
      try (Plan plan = engine.compile(network.training(architecture.optimizer(), SEED), state)) {
        plan.run(batch); // the first run brings the state
        Map<String, Long> total = new TreeMap<>();
        counters.forEach((what, count) -> {
          if (what.equals("kernels") || what.equals("buffers")) {
            total.put(what, count.get());
          }
        });
        counters.values().forEach(count -> count.set(0));
        plan.run(batch);
        counters.forEach((what, count) -> {
          if (!what.equals("kernels") && !what.equals("buffers")) {
            total.put(what, count.get());
          } else {
            assertEquals(0, count.get(), what + " in a step of " + architecture);
          }
        });
        return total;
      }
    }
  }

  /// A device that counts what it is asked for.
  private static Device counting(Device device, Map<String, AtomicLong> counters) {
    return proxy(
        Device.class,
        device,
        (method, arguments, result) -> {
          switch (method) {
            case "compile" -> add(counters, "kernels", 1);
            case "info" -> {
              DeviceInfo info = (DeviceInfo) result;
              return new DeviceInfo(
                  info.id(),
                  info.model(),
                  info.vendor(),
                  info.version(),
                  info.kind(),
                  2,
                  info.memoryBytes(),
                  info.sharesHostMemory(),
                  SPEED);
            }
            case "allocate" -> add(counters, "buffers", 1);
            case "queue" -> {
              return counting((Queue) result, counters);
            }
            default -> {}
          }
          return result;
        });
  }

  private static Queue counting(Queue queue, Map<String, AtomicLong> counters) {
    return proxy(
        Queue.class,
        queue,
        (method, arguments, result) -> {
          switch (method) {
            case "launch" -> add(counters, "launches", 1);
            case "copy" -> add(counters, "copies", 1);
            case "upload" -> {
              add(counters, "uploads", 1);
              add(counters, "bytes-up", ((MemorySegment) arguments[0]).byteSize());
            }
            case "download" -> {
              add(counters, "downloads", 1);
              add(counters, "bytes-down", ((MemorySegment) arguments[1]).byteSize());
            }
            default -> {}
          }
          return result;
        });
  }

  private static void add(Map<String, AtomicLong> counters, String what, long count) {
    synchronized (counters) {
      counters.computeIfAbsent(what, _ -> new AtomicLong()).addAndGet(count);
    }
  }

  /// What to do with the result of a call.
  private interface After {
    Object result(String method, Object[] arguments, Object result);
  }

  private static <T> T proxy(Class<T> type, T target, After after) {
    InvocationHandler handler =
        (self, method, arguments) -> {
          if (method.getName().equals("equals")) {
            return arguments[0] instanceof Proxy other
                && Proxy.getInvocationHandler(other).equals(Proxy.getInvocationHandler(self));
          }
          try {
            return after.result(method.getName(), arguments, method.invoke(target, arguments));
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static Map<String, Map<String, Long>> read() throws IOException {
    Map<String, Map<String, Long>> steps = new TreeMap<>();
    for (String line : Files.exists(FILE) ? Files.readAllLines(FILE) : List.<String>of()) {
      String[] parts = line.split(": ", 2);
      Map<String, Long> counters = new TreeMap<>();
      for (String counter : parts[1].split(", ")) {
        String[] words = counter.split(" ");
        counters.put(words[1], Long.parseLong(words[0]));
      }
      steps.put(parts[0], counters);
    }
    return steps;
  }

  private static void write(Map<String, Map<String, Long>> steps) throws IOException {
    Files.createDirectories(FILE.getParent());
    Files.writeString(FILE, lines(steps));
  }

  private static String lines(Map<String, Map<String, Long>> steps) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(steps)
        .forEach((step, counters) -> {
          List<String> parts = new ArrayList<>();
          counters.forEach((what, count) -> parts.add(count + " " + what));
          text.append(step).append(": ").append(String.join(", ", parts)).append("\n");
        });
    return text.toString();
  }
}

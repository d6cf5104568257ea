package org.tombolo.scheduler.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.device.Device;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;
import org.tombolo.scheduler.calibration.Calibrations.Mode;

/// When devices are measured, and whose word counts.
class CalibrationsTest {
  @TempDir private Path dir;

  /// A device that seems to be real.
  @SuppressWarnings("ReferenceEquality") // it is equal to itself alone
  private static Device real(Device simulated) {
    return (Device)
        Proxy.newProxyInstance(
            Device.class.getClassLoader(),
            new Class<?>[] {Device.class},
            (self, method, arguments) -> {
              switch (method.getName()) {
                case "isSimulated" -> {
                  return false;
                }
                case "equals" -> {
                  return self == arguments[0];
                }
                default -> {
                  try {
                    return method.invoke(simulated, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                }
              }
            });
  }

  private static SimulatedDevice simulated(int number) {
    return SimulatedDevice.of("simulated:" + number, 1 << 26);
  }

  private CalibrationCache cache() {
    return new CalibrationCache(dir);
  }

  private List<Path> files() throws Exception {
    try (var files = Files.list(dir)) {
      return files.toList();
    }
  }

  @Test
  void simulatedDevicesAreExact() throws Exception {
    List<Device> devices = List.of(simulated(0), simulated(1));
    cache().write(devices.getFirst().info(), SampleCalibrations.of(1));
    Calibrations auto = new Calibrations(Mode.AUTO, cache());
    assertEquals(Calibration.rough(devices), auto.of(devices));
    assertEquals(1, files().size(), "nothing was measured");
    assertThrows(
        IllegalArgumentException.class,
        () -> auto.measure(devices.getFirst(), Calibrator.PATIENCE));
  }

  @Test
  void oneDeviceIsNeverWaitedFor() throws Exception {
    List<Device> one = List.of(real(simulated(0)));
    for (Mode mode : Mode.values()) {
      assertEquals(Calibration.rough(one), new Calibrations(mode, cache()).of(one));
    }
    assertEquals(List.of(), files());
    Calibration known = SampleCalibrations.of(1);
    cache().write(one.getFirst().info(), known);
    assertEquals(List.of(known), new Calibrations(Mode.AUTO, cache()).of(one));
    assertEquals(List.of(known), new Calibrations(Mode.FROZEN, cache()).of(one));
    assertEquals(Calibration.rough(one), new Calibrations(Mode.OFF, cache()).of(one));
  }

  @Test
  void aDeviceThatIsWrongKeepsItsGuess() throws Exception {
    List<Device> devices =
        List.of(real(simulated(0).withoutResults()), real(simulated(1).withoutResults()));
    assertEquals(Calibration.rough(devices), new Calibrations(Mode.FROZEN, cache()).of(devices));
    Calibrations idle = new Calibrations(Mode.AUTO, cache(), () -> 1);
    assertEquals(Calibration.rough(devices), idle.of(devices));
    assertEquals(List.of(), files(), "nothing is kept of it");
  }

  @Test
  void nothingIsMeasuredUnaskedWhereOthersHaveTheProcessors() throws Exception {
    SimulatedDevice untouched = simulated(0);
    List<Device> devices = List.of(real(untouched), real(simulated(1)));
    Calibrations busy = new Calibrations(Mode.AUTO, cache(), () -> 0.3);
    assertEquals(Calibration.rough(devices), busy.of(devices));
    assertEquals(0, untouched.peakBytes());
    assertEquals(List.of(), files());
    cache().write(untouched.info(), SampleCalibrations.of(1));
    assertEquals(SampleCalibrations.of(1), busy.of(devices).getFirst(), "what is known is used");
  }

  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("calibrated");
    Node x = g.input("x", TensorType.f32(64, 64));
    g.output("y", x.matmul(x).tanh().matmul(x));
    return g.build();
  }

  private static final Map<String, Tensor> FEEDS =
      Map.of("x", Tensor.full(TensorType.f32(64, 64), 0.01));

  /// Compiles, measures, compiles again.
  private List<String> plans(Mode mode) {
    List<Device> devices = List.of(real(simulated(0)), real(simulated(1)));
    try (Engine engine = Engine.of(devices, new Calibrations(mode, cache()));
        State state = engine.newState()) {
      String before;
      try (Plan plan = engine.compile(graph(), state)) {
        before = plan.explain();
        plan.measure(FEEDS, 2);
      }
      try (Plan plan = engine.compile(graph(), state)) {
        return List.of(before, plan.explain());
      }
    }
  }

  @Test
  void frozenFilesMakeEqualPlans() throws Exception {
    cache().write(simulated(0).info(), SampleCalibrations.of(1e-4));
    Path file = cache().file(simulated(0).info());
    String before = Files.readString(file);
    List<String> first = plans(Mode.FROZEN);
    assertEquals(first.get(0), first.get(1), "measured runs change nothing");
    assertEquals(first, plans(Mode.FROZEN));
    assertEquals(before, Files.readString(file));
  }

  @Test
  void measuredRunsCorrectWhatIsKnown() throws Exception {
    cache().write(simulated(0).info(), SampleCalibrations.of(1e-9));
    String before = Files.readString(cache().file(simulated(0).info()));
    List<String> plans = plans(Mode.AUTO);
    assertNotEquals(plans.get(0), plans.get(1), "another time is predicted");
    assertNotEquals(before, Files.readString(cache().file(simulated(0).info())));
    Calibration kept = cache().read(simulated(0).info()).orElseThrow();
    assertTrue(kept.corrections().get(Family.PRODUCT) > 1.25, kept.corrections()::toString);
    assertEquals(SampleCalibrations.of(1e-9).reached(), kept.reached());
  }

  @Test
  void runsSayNothingOfDevicesThatWereNotMeasured() throws Exception {
    List<Device> one = List.of(real(simulated(0)));
    try (Engine engine = Engine.of(one, new Calibrations(Mode.AUTO, cache()));
        State state = engine.newState();
        Plan plan = engine.compile(graph(), state)) {
      plan.measure(FEEDS, 1);
      assertEquals(Calibration.rough(one), engine.calibrations());
    }
    assertEquals(List.of(), files());
  }

  @Test
  void thePropertyIsAMode() {
    String before = System.getProperty(Calibrations.PROPERTY);
    try {
      System.setProperty(Calibrations.PROPERTY, "on");
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, Calibrations::system);
      assertEquals(
          "tombolo.calibration is \"on\"; need auto, frozen or off\n  try: -Dtombolo.calibration=off",
          e.getMessage());
    } finally {
      if (before == null) {
        System.clearProperty(Calibrations.PROPERTY);
      } else {
        System.setProperty(Calibrations.PROPERTY, before);
      }
    }
    assertEquals("off", before, "tests plan by guesses");
  }
}

package org.tombolo.device.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

class SimulatedMachineTest {
  private static List<String> refusals(SimulatedMachine machine, Op op, TensorType... operands) {
    return machine.open().stream()
        .map(device -> device.refusal(op, List.of(operands)).orElse("none"))
        .toList();
  }

  @Test
  void lacksWhatTheTableSays() {
    SimulatedMachine machine = SimulatedMachine.of(4);
    TensorType floats = TensorType.f32(4, 4);
    assertEquals(
        List.of("none", "none", "none", "none"),
        refusals(machine, new Op.Unary(UnaryFn.EXP), floats));
    assertEquals(
        List.of("none", "no running sums", "no running sums", "no running sums"),
        refusals(machine, new Op.Scan(ReduceFn.SUM, 0, false, false), floats));
    assertEquals(
        List.of("none", "none", "none", "nothing but dense arithmetic"),
        refusals(machine, new Op.ArgSort(1, true, 2), floats));
    String integers = "no 64-bit integers";
    assertEquals(
        List.of("none", integers, integers, integers),
        refusals(machine, new Op.Cast(DType.I64), TensorType.of(DType.I32, 3)));
    assertEquals(
        List.of("none", integers, integers, integers),
        refusals(machine, new Op.Unary(UnaryFn.NEG), TensorType.of(DType.I64, 3)));
  }

  @Test
  void lacksWhatItIsTold() {
    SimulatedMachine machine =
        SimulatedMachine.of(2)
            .refusing(op -> op instanceof Op.Unary ? Optional.of("no functions") : Optional.empty())
            .withAcceleratorBytes(OptionalLong.of(1000));
    assertEquals(
        List.of("none", "no functions"),
        refusals(machine, new Op.Unary(UnaryFn.EXP), TensorType.f32(2)));
    assertEquals(1000, machine.open().get(1).info().memoryBytes());
    assertEquals(64L << 30, machine.open().get(0).info().memoryBytes());
  }

  @Test
  void itsTimesAreThoseOfTheTableTimesAFactor() {
    SimulatedMachine machine =
        SimulatedMachine.of(2)
            .withSlowness(
                new SimulatedMachine.Slowness(
                    List.of(1.0, 2.0, 1.0, 1.0), List.of(4.0, 1.0, 1.0, 1.0)));
    assertEquals(new DeviceInfo.Speed(0.2e12, 0.04e12, 1e-6), machine.open().get(0).info().speed());
    assertEquals(new DeviceInfo.Speed(5e12, 0.25e12, 10e-6), machine.open().get(1).info().speed());
    assertEquals(new Link(Link.Mode.SHARED, 2e-6, 5e9, 5e9), machine.open().get(0).hostLink());
    assertThrows(
        IllegalArgumentException.class,
        () -> new SimulatedMachine.Slowness(List.of(1.0), List.of(1.0)));
  }

  @Test
  void itsDevicesShareAClock() {
    List<SimulatedDevice> devices = SimulatedMachine.of(3).open();
    assertSame(devices.get(0).clock(), devices.get(2).clock());
  }

  @Test
  void hasOneToFourDevices() {
    for (int devices : new int[] {0, 5}) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> SimulatedMachine.of(devices));
      assertEquals(
          "simulated machine: %d devices; need 1 to 4\n  try: 2".formatted(devices),
          e.getMessage());
    }
  }
}

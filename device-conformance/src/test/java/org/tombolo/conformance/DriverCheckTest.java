package org.tombolo.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// The check catches what it claims to.
class DriverCheckTest {
  private static final Tensor X = Tensor.of(new float[] {0, 1, 2, 3, 4});

  private static final OpCase KEPT =
      OpCases.one("keep", Tolerance.BITS, List.of(X), (g, in) -> in.get(0).abs());

  @Test
  void agreesWithAFaultlessDevice() {
    DriverCheck check = new DriverCheck(new FaultyDevice(FaultyDevice.Fault.NONE));
    assertEquals(new Outcome.Agrees(), check.run(KEPT));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "WRONG_LAST_ELEMENT|output 0, element 4 of f32[5]: got ",
        "WRONG_SIGN_OF_ZERO|output 0, element 0 of f32[5]: got -0.0, need 0.0",
        "WRITES_PAST_THE_END|output 0: byte 20 of memory with bytes 0 to 19 was written",
        "WRITES_BEFORE_THE_BEGINNING|output 0: byte -1 of memory with bytes 0 to 19 was written",
        "CHANGES_AN_INPUT|input 0 was changed",
        "LEAVES_AN_OUTPUT_UNWRITTEN|output 0, element 4 of f32[5]: got -3.6",
        "WRONG_IN_PLACE|output 0 in place of input 0 differs",
        "FAILS_TO_COMPILE|not refused, but java.lang.IllegalArgumentException: no"
      })
  void seesEachFault(FaultyDevice.Fault fault, String words) {
    Outcome outcome = new DriverCheck(new FaultyDevice(fault)).run(KEPT);
    String problem = assertInstanceOf(Outcome.Differs.class, outcome).problem();
    assertTrue(problem.startsWith("keep: " + words), problem);
  }

  /// Within the tolerance each time, but not the same.
  @Test
  void seesThatRunsDiffer() {
    OpCase loose =
        OpCases.one("loose", new Tolerance(0, 0, 1), List.of(X), (g, in) -> in.get(0).abs());
    Outcome outcome =
        new DriverCheck(new FaultyDevice(FaultyDevice.Fault.DIFFERS_FROM_RUN_TO_RUN)).run(loose);
    assertEquals(new Outcome.Differs("loose: run 2 differs from the first"), outcome);
  }

  @Test
  void passesRefusalsOn() {
    Tensor image = Tensor.full(TensorType.f32(1, 2), 1);
    Tensor kernel = Tensor.full(TensorType.f32(2, 1), 1);
    OpCase conv =
        OpCases.one(
            "conv",
            Tolerance.EXACT,
            List.of(image, kernel),
            (g, in) -> g.add(new Op.Conv(List.of(), false, ConvDims.channelsLast(0)), in));
    assertEquals(
        new Outcome.Refused("no convolutions"),
        new DriverCheck(new FaultyDevice(FaultyDevice.Fault.NONE)).run(conv));
  }
}

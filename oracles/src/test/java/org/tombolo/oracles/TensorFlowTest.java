package org.tombolo.oracles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.AssertionFailedError;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.oracles.OracleCase.Found;
import org.tombolo.scheduler.Engine;

/// Values and gradients of every case: in double precision on the reference and on the CPU, in
/// single precision on the CPU, all against TensorFlow in double precision. Where TensorFlow has
/// second derivatives, those of the reference are compared too.
///
/// Errors are measured by the largest element of a tensor. Operands are the same in both
/// precisions, so single precision is compared with what it approximates.
class TensorFlowTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final double DOUBLE = 1e-12;
  private static final double SINGLE = 1e-5;

  private static Engine cpu;

  @BeforeAll
  static void open() {
    cpu = Engine.open("cpu");
  }

  @AfterAll
  static void close() {
    cpu.close();
  }

  static List<OracleCase> cases() {
    List<OracleCase> all = new ArrayList<>();
    all.addAll(ElementwiseCases.all());
    all.addAll(ReductionCases.all());
    all.addAll(ConvolutionCases.all());
    all.addAll(PoolingCases.all());
    all.addAll(NormalizationCases.all());
    all.addAll(LossCases.all());
    all.addAll(MovementCases.all());
    all.addAll(AttentionCases.all());
    all.addAll(RecurrentCases.all());
    return all;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agree(OracleCase each) {
    Found want = TensorFlowSide.run(each, SEED);
    double fine = each.single() ? SINGLE : DOUBLE;
    TomboloSide.Place onCpu = TomboloSide.Place.of(cpu);
    compare(
        each + ", reference f64",
        want,
        TomboloSide.run(each, SEED, DType.F64, TomboloSide.Place.reference()),
        fine);
    compare(each + ", cpu f64", want, TomboloSide.run(each, SEED, DType.F64, onCpu), fine);
    compare(each + ", cpu f32", want, TomboloSide.run(each, SEED, DType.F32, onCpu), SINGLE);
  }

  static List<OracleCase> casesTwice() {
    return cases().stream().filter(OracleCase::differentiatedTwice).toList();
  }

  @ParameterizedTest
  @MethodSource("casesTwice")
  void agreeWhenDifferentiatedAgain(OracleCase each) {
    Found want = TensorFlowSide.runTwice(each, SEED);
    compare(each + ", reference f64, twice", want, TomboloSide.runTwice(each, SEED), DOUBLE);
  }

  private static void compare(String where, Found want, Found got, double bound) {
    assertEquals(want.parts().size(), got.parts().size(), where);
    for (int i = 0; i < want.parts().size(); i++) {
      String part = i == 0 ? ", value" : ", gradient in operand " + (i - 1);
      compare(where + part, want.parts().get(i), got.parts().get(i), bound);
    }
  }

  private static void compare(String where, double[] want, double[] got, double bound) {
    assertEquals(want.length, got.length, where + ": elements");
    double largest = 0;
    for (double element : want) {
      largest = Math.max(largest, Math.abs(element));
    }
    for (int i = 0; i < want.length; i++) {
      assertEquals(
          want[i], got[i], bound * largest, "%s, element %d, seed %d".formatted(where, i, SEED));
    }
  }

  @Test
  void namesAreUnique() {
    Set<String> names = new HashSet<>();
    cases().forEach(each -> assertTrue(names.add(each.name()), each::name));
  }

  /// The same values with half the gradient on the other side.
  @Test
  void aWrongGradientIsSeen() {
    OracleCase wrong =
        OracleCase.of(
            "square",
            (g, in) -> in.get(0).square(),
            (tf, in) -> tf.math.mul(in.get(0), tf.stopGradient(in.get(0))),
            Shape.of(3, 5));
    AssertionFailedError e = assertThrows(AssertionFailedError.class, () -> agree(wrong));
    assertTrue(
        e.getMessage().startsWith("square, reference f64, gradient in operand 0, element 0"),
        e::getMessage);
  }
}

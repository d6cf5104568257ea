package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the reference gives for operations on single elements.
class ElementwiseValuesTest {

  @ParameterizedTest
  @CsvSource({
    "NEG, 1.5, -1.5",
    "NEG, 0.0, -0.0",
    "NEG, NaN, NaN",
    "ABS, -1.5, 1.5",
    "ABS, -0.0, 0.0",
    "ABS, -Infinity, Infinity",
    "SIGN, -7.0, -1.0",
    "SIGN, 4.9E-324, 1.0",
    "SIGN, -0.0, -0.0",
    "SIGN, NaN, NaN",
    "SQRT, 2.25, 1.5",
    "SQRT, -1.0, NaN",
    "SQRT, -0.0, -0.0",
    "EXP, 0.0, 1.0",
    "EXP, 1.0, 2.718281828459045",
    "EXP, -Infinity, 0.0",
    "EXP, 1000.0, Infinity",
    "LOG, 1.0, 0.0",
    "LOG, 2.0, 0.6931471805599453",
    "LOG, 0.0, -Infinity",
    "LOG, -1.0, NaN",
    "SIN, 1.0, 0.8414709848078965",
    "SIN, -0.0, -0.0",
    "SIN, Infinity, NaN",
    "COS, 1.0, 0.5403023058681398",
    "COS, Infinity, NaN",
    "TANH, 1.0, 0.7615941559557649",
    "TANH, 400.0, 1.0",
    "TANH, -Infinity, -1.0",
    "ERF, 1.0, 0.8427007929497149",
    "ERF, -Infinity, -1.0",
    "FLOOR, -1.5, -2.0",
    "FLOOR, 1.5, 1.0",
    "FLOOR, -0.0, -0.0",
    "FLOOR, Infinity, Infinity",
  })
  void unaryOfFloats(UnaryFn fn, double x, double want) {
    double got = Reference.evaluate(new Op.Unary(fn), List.of(f64(x))).at(0);
    if (want == 0) {
      assertEquals(want, got, "with its sign");
    } else {
      assertEquals(want, got, Double.isFinite(want) ? 2 * Math.ulp(want) : 0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NEG, I8, -128, -128",
    "NEG, U8, 1, 255",
    "NEG, I64, -9223372036854775808, -9223372036854775808",
    "ABS, I32, -7, 7",
    "ABS, I32, -2147483648, -2147483648",
    "ABS, I8, -128, -128",
    "ABS, U8, 200, 200",
    "SIGN, I16, -300, -1",
    "SIGN, U8, 200, 1",
    "SIGN, I64, 0, 0",
    "NOT, I32, 5, -6",
    "NOT, U8, 0, 255",
    "NOT, BOOL, 0, 1",
    "NOT, BOOL, 1, 0",
  })
  void unaryOfIntegers(UnaryFn fn, DType dtype, long x, long want) {
    assertEquals(want, Reference.evaluate(new Op.Unary(fn), List.of(whole(dtype, x))).longAt(0));
  }

  @ParameterizedTest
  @CsvSource({
    "ADD, 0.5, 0.25, 0.75",
    "ADD, Infinity, -Infinity, NaN",
    "SUB, 0.5, 0.25, 0.25",
    "MUL, 0.5, -3.0, -1.5",
    "MUL, Infinity, 0.0, NaN",
    "DIV, 1.0, -0.0, -Infinity",
    "DIV, 0.0, 0.0, NaN",
    "REM, -7.5, 2.0, -1.5",
    "REM, 7.5, -2.0, 1.5",
    "REM, 1.0, 0.0, NaN",
    "REM, 1.5, Infinity, 1.5",
    "POW, 2.0, 10.0, 1024.0",
    "POW, -2.0, 3.0, -8.0",
    "POW, -8.0, 0.3333333333333333, NaN",
    "POW, NaN, 0.0, 1.0",
    "POW, 1.0, NaN, 1.0",
    "POW, 1.0, Infinity, 1.0",
    "POW, -1.0, -Infinity, 1.0",
    "POW, 0.0, -1.0, Infinity",
    "MAX, 1.0, 2.0, 2.0",
    "MAX, NaN, 2.0, NaN",
    "MAX, 2.0, NaN, NaN",
    "MIN, 1.0, 2.0, 1.0",
    "MIN, -Infinity, NaN, NaN",
  })
  void binaryOfFloats(BinaryFn fn, double x, double y, double want) {
    assertEquals(want, Reference.evaluate(new Op.Binary(fn), List.of(f64(x), f64(y))).at(0));
  }

  @ParameterizedTest
  @CsvSource({
    "ADD, I8, 127, 1, -128",
    "ADD, U8, 255, 1, 0",
    "ADD, I64, 9223372036854775807, 1, -9223372036854775808",
    "SUB, U8, 0, 1, 255",
    "SUB, I16, -32768, 1, 32767",
    "MUL, I32, 65536, 65536, 0",
    "MUL, I32, 46341, 46341, -2147479015",
    "MUL, I64, 4294967296, 4294967296, 0",
    "DIV, I32, -7, 2, -3",
    "DIV, I32, 7, 0, 0",
    "DIV, I8, -128, -1, -128",
    "DIV, I64, -9223372036854775808, -1, -9223372036854775808",
    "DIV, U8, 255, 2, 127",
    "REM, I32, -7, 2, -1",
    "REM, I32, 7, 0, 0",
    "REM, I64, -9223372036854775808, -1, 0",
    "MAX, U8, 200, 100, 200",
    "MIN, I8, -128, 127, -128",
    "AND, I32, 12, 10, 8",
    "OR, U8, 12, 10, 14",
    "XOR, I64, -1, 10, -11",
    "SHL, I8, 1, 7, -128",
    "SHL, I8, 1, 8, 0",
    "SHL, I32, 1, -1, 0",
    "SHL, I64, 1, 63, -9223372036854775808",
    "SHL, I64, 1, 64, 0",
    "SHR, I8, -1, 1, 127",
    "SHR, U8, 128, 7, 1",
    "SHR, I32, -1, 31, 1",
    "SHR, I32, -1, 32, 0",
    "SHR, I64, -1, 63, 1",
    "SHR, I16, -32768, -3, 0",
    "MAX, BOOL, 0, 1, 1",
    "MIN, BOOL, 0, 1, 0",
    "AND, BOOL, 1, 0, 0",
    "OR, BOOL, 1, 0, 1",
    "XOR, BOOL, 1, 1, 0",
  })
  void binaryOfIntegers(BinaryFn fn, DType dtype, long x, long y, long want) {
    Tensor got = Reference.evaluate(new Op.Binary(fn), List.of(whole(dtype, x), whole(dtype, y)));
    assertEquals(want, got.longAt(0));
  }

  @ParameterizedTest
  @CsvSource({
    "EQ, false, true, false, false",
    "NE, true, false, true, true",
    "LT, true, false, false, false",
    "LE, true, true, false, false",
    "GT, false, false, true, false",
    "GE, false, true, true, false",
  })
  void compareKnowsLessEqualGreaterAndNaN(
      CompareFn fn, boolean less, boolean equal, boolean greater, boolean nan) {
    Tensor want = Tensor.of(new boolean[] {less, equal, greater, nan, nan});
    Tensor got =
        Reference.evaluate(
            new Op.Compare(fn),
            List.of(f64(-2, 0.0, 3, Double.NaN, Double.NaN), f64(1, -0.0, 2, 1, Double.NaN)));
    assertEquals(want, got);

    Tensor wholes =
        Reference.evaluate(
            new Op.Compare(fn),
            List.of(
                Tensor.of(new long[] {Long.MAX_VALUE - 1, 5, Long.MAX_VALUE}),
                Tensor.of(new long[] {Long.MAX_VALUE, 5, Long.MAX_VALUE - 1})));
    assertEquals(Tensor.of(new boolean[] {less, equal, greater}), wholes);
  }

  @Test
  void selectTakesOneOrTheOther() {
    Tensor got =
        Reference.evaluate(
            new Op.Select(),
            List.of(Tensor.of(new boolean[] {true, false}), f64(Double.NaN, 1), f64(2, -0.0)));
    assertEquals(f64(Double.NaN, -0.0), got);
  }

  @ParameterizedTest
  @CsvSource({
    "I32, 2.9, 2",
    "I32, -2.9, -2",
    "I32, NaN, 0",
    "I32, 1e30, 2147483647",
    "I32, -Infinity, -2147483648",
    "I8, 127.9, 127",
    "I8, 128, 127",
    "I16, -1e9, -32768",
    "U8, -1, 0",
    "U8, 256, 255",
    "I64, 1e30, 9223372036854775807",
    "BOOL, 0.5, 1",
    "BOOL, -0.0, 0",
    "BOOL, NaN, 1",
  })
  void castOfFloatsToIntegers(DType to, double x, long want) {
    assertEquals(want, Reference.evaluate(new Op.Cast(to), List.of(f64(x))).longAt(0));
  }

  @ParameterizedTest
  @CsvSource({
    "I32, U8, 300, 44",
    "I32, I8, 200, -56",
    "I8, U8, -1, 255",
    "U8, I8, 255, -1",
    "I64, I32, 1099511627781, 5",
    "I64, BOOL, 256, 1",
    "I32, BOOL, 0, 0",
    "BOOL, I64, 1, 1",
  })
  void castOfIntegersToIntegers(DType from, DType to, long x, long want) {
    assertEquals(want, Reference.evaluate(new Op.Cast(to), List.of(whole(from, x))).longAt(0));
  }

  @ParameterizedTest
  @CsvSource({
    "F64, 9007199254740993, 9007199254740992",
    "F32, 16777217, 16777216",
    "F32, 16777219, 16777220",
    "F32, 9223372036854775807, 9223372036854775808",
    "F16, 2049, 2048",
    "F16, 2051, 2052",
    "F16, 70000, Infinity",
    "BF16, 257, 256",
    // 2^62 + 2^54 + 1 is above the tie, which rounding to a double first would lose.
    "BF16, 4629700416936869889, 4647714815446351872",
    "BF16, -4629700416936869889, -4647714815446351872",
  })
  void castOfIntegersToFloatsRoundsOnce(DType to, long x, double want) {
    assertEquals(want, Reference.evaluate(new Op.Cast(to), List.of(whole(DType.I64, x))).at(0));
  }

  @Property
  void castOfLongsToFloatsIsThatOfJava(@ForAll long x) {
    assertEquals(
        (float) x, Reference.evaluate(new Op.Cast(DType.F32), List.of(whole(DType.I64, x))).at(0));
    assertEquals(
        (double) x, Reference.evaluate(new Op.Cast(DType.F64), List.of(whole(DType.I64, x))).at(0));
  }

  @Test
  void castBetweenFloatsRounds() {
    Tensor third = f64(1 / 3.0);
    assertEquals(1f / 3, Reference.evaluate(new Op.Cast(DType.F32), List.of(third)).at(0));
    GraphBuilder g = new GraphBuilder("there and back");
    g.output("y", g.constant(third).cast(DType.F32).cast(DType.F64));
    Reference.Result result = Reference.run(g.build(), Map.of(), Map.of());
    assertArrayEquals(new double[] {1f / 3}, result.doubles("y"), "a cast rounds in mid graph");
  }

  @Property
  void sigmoidIsTheLogisticFunction(@ForAll @DoubleRange(min = -50, max = 50) double x) {
    GraphBuilder g = new GraphBuilder("sigmoid");
    g.output("y", g.input("x", TensorType.of(DType.F64)).sigmoid());
    double got =
        Reference.run(g.build(), List.of(Tensor.full(TensorType.of(DType.F64), x))).get(0).at(0);
    assertEquals(1 / (1 + Math.exp(-x)), got, 1e-15);
  }

  private static Tensor f64(double... values) {
    return Tensor.of(values, values.length);
  }

  private static Tensor whole(DType dtype, long value) {
    return Tensor.wholes(TensorType.of(dtype), i -> value);
  }
}

package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
  private static final TensorType HALF = TensorType.of(DType.F16);
  private static final TensorType BRAIN = TensorType.of(DType.BF16);

  @ParameterizedTest
  @EnumSource(DType.class)
  void givesBackWhatEveryTypeHolds(DType dtype) {
    double[] values = dtype == DType.BOOL ? new double[] {1, 0, 1} : new double[] {1, 0, 100};
    Tensor tensor = Tensor.filled(TensorType.of(dtype, 3), i -> values[(int) i]);
    assertArrayEquals(values, tensor.toDoubles());
    assertEquals(3L * dtype.bytes(), tensor.data().byteSize());
    assertEquals((long) values[2], tensor.longAt(2));
    assertEquals((float) values[2], tensor.toFloats()[2]);
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 0.1, 0.10000000149011612",
    "F32, 1e39, Infinity",
    "F32, 1e-46, 0.0",
    "F32, -0.0, -0.0",
    "F16, 65504, 65504.0",
    "F16, 65519.99, 65504.0",
    "F16, 65520, Infinity",
    "F16, 2049, 2048.0",
    "F16, 2051, 2052.0",
    "F16, 5.960464477539063E-8, 5.960464477539063E-8",
    "F16, 2.98e-8, 0.0",
    "F16, NaN, NaN",
    "BF16, 257, 256.0",
    "BF16, 259, 260.0",
    "BF16, 257.0000001, 258.0",
    "BF16, -257, -256.0",
    "BF16, 3.4e38, Infinity",
    "BF16, Infinity, Infinity",
    "BF16, NaN, NaN",
    "BF16, -0.0, -0.0",
    "F64, 0.1, 0.1",
    "I8, 127.9, 127.0",
    "I8, -1e9, -128.0",
    "U8, -1, 0.0",
    "U8, 255.9, 255.0",
    "I16, 40000, 32767.0",
    "I32, NaN, 0.0",
    "I32, -2.9, -2.0",
    "I64, 1e19, 9.223372036854775807E18",
    "BOOL, -0.5, 1.0",
    "BOOL, 0, 0.0",
  })
  void roundsToTheType(DType dtype, double given, double want) {
    double got = Tensor.full(TensorType.of(dtype), given).at(0);
    assertEquals(want, got);
  }

  /// Once to a float and once more to a half would take the tie between 1 and 1 + 2^-10 down.
  @Test
  void roundsHalvesOnce() {
    assertEquals(1 + 0x1p-10, Tensor.full(HALF, 1 + 0x1p-11 + 0x1p-40).at(0));
    assertEquals(1 + 0x1p-7, Tensor.full(BRAIN, 1 + 0x1p-8 + 0x1p-40).at(0));
    assertEquals(1, Tensor.full(HALF, 1 + 0x1p-11).at(0), "tie to even");
    assertEquals(1, Tensor.full(BRAIN, 1 + 0x1p-8 - 0x1p-40).at(0));
  }

  @Property
  void halvesAreTheNearest(@ForAll double x) {
    requireNearest(HALF, x, 0x7c00);
  }

  @Property
  void halvesInTheirRangeAreTheNearest(@ForAll float x) {
    requireNearest(HALF, Math.scalb((double) x, -Math.getExponent(x) % 16), 0x7c00);
  }

  @Property
  void brainFloatsAreTheNearest(@ForAll float x, @ForAll double beside) {
    requireNearest(BRAIN, x + Math.ulp((double) x) * Math.signum(beside), 0x7f80);
  }

  /// No other value of the type is nearer to `x`, and of two at the same distance the even one is
  /// taken. Beyond the largest the distance to infinity is that to the next power of two.
  private static void requireNearest(TensorType type, double x, int infinity) {
    Tensor got = Tensor.full(type, x);
    short bits = got.data().get(ValueLayout.JAVA_SHORT_UNALIGNED, 0);
    int magnitude = bits & 0x7fff;
    BigDecimal wanted = new BigDecimal(Math.abs(x));
    BigDecimal distance = magnitude(type, magnitude, infinity).subtract(wanted).abs();
    for (int other : new int[] {magnitude - 1, magnitude + 1}) {
      if (other >= 0 && other <= infinity) {
        BigDecimal away = magnitude(type, other, infinity).subtract(wanted).abs();
        int order = distance.compareTo(away);
        boolean beyond =
            magnitude == infinity && wanted.compareTo(magnitude(type, infinity, infinity)) >= 0;
        assertTrue(
            beyond || order < 0 || (order == 0 && magnitude % 2 == 0),
            x + " became " + got + " of bits " + Integer.toHexString(bits));
      }
    }
    assertEquals(x < 0 || (x == 0 && 1 / x < 0), bits < 0, "sign");
  }

  private static BigDecimal magnitude(TensorType type, int bits, int infinity) {
    MemorySegment data = Tensor.allocate(type);
    data.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) Math.min(bits, infinity - 1));
    double largest = Tensor.wrap(type, data).at(0);
    return new BigDecimal(
        bits < infinity ? largest : Math.scalb(1.0, Math.getExponent(largest) + 1));
  }

  @Test
  void wholesKeepEveryBitAndWrap() {
    Tensor longs = Tensor.wholes(TensorType.of(DType.I64, 2), i -> Long.MAX_VALUE - i);
    assertEquals(Long.MAX_VALUE - 1, longs.longAt(1));
    assertEquals(44, Tensor.wholes(TensorType.of(DType.U8), i -> 300).longAt(0));
    assertEquals(-1, Tensor.wholes(TensorType.of(DType.I16), i -> 0xffff).longAt(0));
  }

  @Test
  void factoriesCopy() {
    float[] values = {1, 2};
    Tensor tensor = Tensor.of(values);
    values[0] = 9;
    assertArrayEquals(new float[] {1, 2}, tensor.toFloats());
  }

  @Test
  void factoriesTakeTheExtentsOfTheValues() {
    assertEquals(TensorType.f32(3), Tensor.of(new float[3]).type());
    assertEquals(TensorType.f32(0), Tensor.of(new float[0]).type());
    assertEquals(TensorType.f32(), Tensor.of(new float[1]).type());
    assertEquals(TensorType.of(DType.F64, 3, 1), Tensor.of(new double[3], 3, 1).type());
    assertEquals(TensorType.of(DType.BOOL, 2), Tensor.of(new boolean[2]).type());
    assertEquals(TensorType.of(DType.U8, 2), Tensor.ofUnsigned(new byte[2]).type());
  }

  @Test
  void dataIsReadOnly() {
    MemorySegment data = Tensor.scalar(1).data();
    assertThrows(
        IllegalArgumentException.class, () -> data.set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
  }

  @Test
  void wrapSharesMemoryOfTheRightSize() {
    int[] values = {1, 2, 3};
    Tensor tensor = Tensor.wrap(TensorType.of(DType.I32, 3), MemorySegment.ofArray(values));
    values[1] = 7;
    assertEquals(7, tensor.longAt(1));

    ShapeException e =
        assertThrows(
            ShapeException.class,
            () -> Tensor.wrap(TensorType.f32(2), MemorySegment.ofArray(values)));
    assertEquals(
        """
        tensor: memory has 12 bytes, type is f32[2]; need 8 bytes
          try: a slice of the memory, or another type\
        """,
        e.getMessage());
  }

  @Test
  void refusesExtentsThatDoNotFit() {
    ShapeException e = assertThrows(ShapeException.class, () -> Tensor.of(new float[5], 2, 3));
    assertEquals(
        """
        tensor: 5 values for f32[2,3]; need 6
          try: extents whose product is 5\
        """,
        e.getMessage());
  }

  @Test
  void equalityIsOfTypeAndBytes() {
    Tensor a = Tensor.of(new float[] {1, Float.NaN, 0}, 3);
    assertEquals(a, Tensor.of(new float[] {1, Float.NaN, 0}, 3));
    assertEquals(a.hashCode(), Tensor.of(new float[] {1, Float.NaN, 0}, 3).hashCode());
    assertNotEquals(a, Tensor.of(new float[] {1, Float.NaN, -0f}, 3), "-0 is not 0");
    assertNotEquals(a, Tensor.of(new float[] {1, Float.NaN, 0}, 3, 1), "shape");
    assertNotEquals(Tensor.of(new int[3]), Tensor.of(new float[3]), "element type");
  }

  @Test
  void printsTypeAndFirstElements() {
    assertEquals("f32[3]{1.0, 2.5, NaN}", Tensor.of(new float[] {1, 2.5f, Float.NaN}).toString());
    assertEquals(
        "i32[9]{0, 1, 2, 3, 4, 5, 6, 7, ...}",
        Tensor.filled(TensorType.of(DType.I32, 9), i -> i).toString());
  }
}

package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShapeTest {

  @Test
  void countsElements() {
    assertEquals(1, Shape.SCALAR.size());
    assertEquals(30, Shape.of(2, 3, 5).size());
    assertEquals(0, Shape.of(1L << 40, 0, 1L << 40).size());
    assertEquals(1L << 62, Shape.of(1L << 31, 1L << 31).size());
  }

  @Test
  void refusesNegativeAndEnormousExtents() {
    assertEquals(
        """
        shape: extents are [2, -1]; need 0 or more each
          try: check the arithmetic that produced the extent\
        """,
        assertThrows(ShapeException.class, () -> Shape.of(2, -1)).getMessage());
    assertEquals(
        """
        shape: extents are [4294967296, 2147483648]; need fewer than 2^63 elements
          try: a smaller tensor\
        """,
        assertThrows(ShapeException.class, () -> Shape.of(1L << 32, 1L << 31)).getMessage());
  }

  @Test
  void typesRefuseBytesThatCannotBeCounted() {
    assertEquals(1L << 62, TensorType.of(DType.U8, 1L << 31, 1L << 31).bytes());
    assertEquals(
        """
        type: [2147483648,2147483648] of f32; need fewer than 2^63 bytes
          try: a smaller tensor\
        """,
        assertThrows(ShapeException.class, () -> TensorType.f32(1L << 31, 1L << 31)).getMessage());
  }

  @Test
  void isComparedByValueAndPrinted() {
    assertEquals(Shape.of(2, 3), Shape.of(List.of(2L, 3L)));
    assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 5).withDim(1, 3).hashCode());
    assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
    assertEquals("[2,3]", Shape.of(2, 3).toString());
    assertEquals("f32[]", TensorType.f32().toString());
    assertArrayEquals(new long[] {15, 5, 1}, Shape.of(2, 3, 5).strides());
    assertEquals(24, TensorType.f32(2, 3).bytes());
  }

  @Test
  void neverChanges() {
    long[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 9;
    shape.toArray()[1] = 9;
    assertEquals(Shape.of(2, 3), shape);
  }

  @Test
  void everyTypeIsFoundByItsName() {
    for (DType dtype : DType.values()) {
      assertEquals(dtype, DType.named(dtype.toString()));
    }
  }

  /// Counts windows by laying the dilated and padded axis out position by position.
  @Property
  void windowsAreThoseThatFit(
      @ForAll @IntRange(max = 7) int extent,
      @ForAll @IntRange(min = 1, max = 4) int size,
      @ForAll @IntRange(min = 1, max = 3) int stride,
      @ForAll @IntRange(min = -2, max = 3) int low,
      @ForAll @IntRange(min = -2, max = 3) int high,
      @ForAll @IntRange(min = 1, max = 3) int base,
      @ForAll @IntRange(min = 1, max = 3) int dilation) {
    WindowDim window = new WindowDim(size, stride, low, high, base, dilation);
    int end = (extent == 0 ? 0 : (extent - 1) * base + 1) + high;
    int fitting = 0;
    for (int start = -low; start + (size - 1) * dilation < end; start += stride) {
      for (int k = 0; k < size; k++) {
        int position = start + k * dilation;
        boolean element = position >= 0 && position % base == 0 && position / base < extent;
        assertEquals(element ? position / base : -1, window.index(fitting, k, extent));
      }
      fitting++;
    }
    if (fitting > 0 || (size == 1 && end == -low)) {
      assertEquals(fitting, window.outputExtent(extent));
    } else {
      assertThrows(ShapeException.class, () -> window.outputExtent(extent));
    }
  }
}

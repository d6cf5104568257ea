package org.tombolo.onnx.npy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.OnnxException;

class NpyFileTest {
  @TempDir private Path folder;

  private static MemorySegment file(int version, String header, int... elements) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("\u0093NUMPY".getBytes(ISO_8859_1));
    out.write(version);
    out.write(0);
    int width = version == 1 ? 2 : 4;
    for (int i = 0; i < width; i++) {
      out.write(header.length() >> (8 * i));
    }
    out.writeBytes(header.getBytes(ISO_8859_1));
    for (int element : elements) {
      out.write(element);
    }
    return MemorySegment.ofArray(out.toByteArray());
  }

  private static double[] doubles(Value.Dense value) {
    return Objects.requireNonNull(value.tensor()).toDoubles();
  }

  /// Written by `numpy.save` 2.2: `numpy.arange(6, dtype='<i2').reshape(2, 3)`.
  @Test
  void whatNumPyWroteIsRead() {
    String head = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";
    byte[] bytes =
        HexFormat.of()
            .parseHex(
                "934e554d50590100"
                    + "7600"
                    + HexFormat.of().formatHex(head.getBytes(ISO_8859_1))
                    + "20".repeat(0x76 - head.length() - 1)
                    + "0a"
                    + "000001000200030004000500");
    Value.Dense value = NpyFile.read("a.npy", MemorySegment.ofArray(bytes));
    assertEquals(ElementType.INT16, value.type());
    assertEquals(Shape.of(2, 3), value.shape());
    assertArrayEquals(new double[] {0, 1, 2, 3, 4, 5}, doubles(value));
  }

  @ParameterizedTest
  @EnumSource
  void allTypesThatAreCarriedComeBack(ElementType type) throws IOException {
    if (type.carrier().isEmpty()) {
      return;
    }
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    int bits = Math.min(type.bits(), 20) - (type.isUnsigned() || type.bits() == 1 ? 0 : 1);
    DType carrier = type.carried();
    for (Shape shape : List.of(Shape.SCALAR, Shape.of(5), Shape.of(2, 3, 4), Shape.of(3, 0))) {
      TensorType of = new TensorType(carrier, shape);
      Tensor tensor =
          carrier.isFloat()
              ? Tensor.filled(of, _ -> random.nextInt(256) / 8.0 - 16)
              : Tensor.wholes(
                  of, _ -> carrier == DType.BOOL ? random.nextInt(2) : random.nextLong(1L << bits));
      Path path = folder.resolve("array.npy");
      NpyFile.write(path, Value.Dense.of(type, tensor));
      Value.Dense back = NpyFile.read(path);
      assertEquals(shape, back.shape());
      assertArrayEquals(tensor.toDoubles(), doubles(back), type + ", seed " + seed);
      boolean hasWord =
          switch (type) {
            case BFLOAT16, INT4, UINT4, INT2, UINT2 -> false;
            default -> true;
          };
      assertEquals(hasWord, back.type() == type);
      byte[] bytes = Files.readAllBytes(path);
      int length = (bytes[8] & 255) + (bytes[9] & 255) * 256;
      assertEquals(0, (10 + length) % 64);
      assertEquals('\n', bytes[9 + length]);
    }
  }

  @Test
  void eitherOrderOfBytesAndOfIndicesIsRead() {
    int[] elements = {1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0};
    Value.Dense turned =
        NpyFile.read(
            "f", file(1, "{'descr':'<u2','fortran_order':True,'shape':(2,3)}\n", elements));
    assertEquals(ElementType.UINT16, turned.type());
    assertArrayEquals(new double[] {1, 3, 5, 2, 4, 6}, doubles(turned));
    Value.Dense swapped =
        NpyFile.read(
            "b", file(2, "{'descr':'>u2','fortran_order':False,'shape':(6,)}\n", elements));
    assertArrayEquals(new double[] {256, 512, 768, 1024, 1280, 1536}, doubles(swapped));
    Value.Dense both =
        NpyFile.read(
            "c", file(3, "{\"shape\": (3, 2), 'fortran_order': True, 'descr': '>i2'}", elements));
    assertArrayEquals(new double[] {256, 1024, 512, 1280, 768, 1536}, doubles(both));
    // A file of three axes: element [i, j, k] lies at i + 2 * j + 6 * k.
    int[] bytes = new int[24];
    Arrays.setAll(bytes, i -> i);
    double[] wanted = new double[24];
    for (int i = 0; i < 24; i++) {
      wanted[i] = i / 12 + 2 * (i / 4 % 3) + 6 * (i % 4);
    }
    Value.Dense three =
        NpyFile.read("t", file(1, "{'descr':'|u1','fortran_order':True,'shape':(2,3,4)}", bytes));
    assertArrayEquals(wanted, doubles(three));
  }

  @Test
  void truthIsOneOrNothing() {
    Value.Dense value =
        NpyFile.read("t", file(1, "{'descr':'|b1','fortran_order':False,'shape':(3,)}", 0, 255, 1));
    assertArrayEquals(new double[] {0, 1, 1}, doubles(value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'descr':'<f4','fortran_order':False,'shape':(2,)} | need 8 for float[2]",
        "{'descr':'<c8','fortran_order':False,'shape':(1,)} | elements are '<c8'",
        "{'descr':'<U3','fortran_order':False,'shape':(1,)} | elements are '<U3'",
        "{'descr':'f4','fortran_order':False,'shape':(1,)} | elements are 'f4'",
        "{'descr':'','fortran_order':False,'shape':(1,)} | elements are ''",
        "{'descr':'<f4','fortran_order':0,'shape':(1,)} | need a string, a tuple, True or False",
        "{'descr':'<f4','fortran_order':False,'shape':(-1,)} | need a whole number",
        "{'descr':'<f4','fortran_order':False,'shape':(1 | need ','",
        "{'descr':'<f4','fortran_order':False} | need descr, a string",
        "{'descr':'<f4','descr':'<f4','fortran_order':False,'shape':(1,)} | need 'descr' once",
        "{'descr':'<f4','fortran_order':False,'shape':(1,),'more':True} | need descr, a string",
        "{'descr':[('a','<f4')],'fortran_order':False,'shape':(1,)} | need a string, a tuple",
        "{'descr':'<f4','fortran_order':False,'shape':(1,)} x | need nothing after }",
        "{'descr':'<f4','fortran_order':False,'shape':(999999999999999999,999999999)} | need extents of an array that fits into memory",
        "{'descr':'<f4 | need a quote that ends the string",
        "nothing | need '{'",
      })
  void damagedHeadersAreRefused(String header, String message) {
    MemorySegment file = file(1, header, 0, 0, 128, 63);
    OnnxException e = assertThrows(OnnxException.class, () -> NpyFile.read("bad.npy", file));
    assertTrue(e.getMessage().startsWith("bad.npy: "), e::getMessage);
    assertTrue(e.getMessage().contains(message), e::getMessage);
    assertTrue(e.getMessage().contains("\n  try: "), e::getMessage);
  }

  /// Whatever is cut off, or one byte of the header changed, the reader answers with an array or a
  /// refusal.
  @Test
  void damagedFilesAreRefused() {
    MemorySegment whole =
        file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", 0, 0, 128, 63);
    for (long length = 0; length < whole.byteSize(); length++) {
      MemorySegment part = whole.asSlice(0, length);
      assertThrows(OnnxException.class, () -> NpyFile.read("cut.npy", part));
    }
    byte[] bytes = whole.toArray(ValueLayout.JAVA_BYTE);
    for (int i = 0; i < bytes.length - 4; i++) {
      for (int value = 0; value < 256; value++) {
        byte[] changed = bytes.clone();
        changed[i] = (byte) value;
        try {
          Value.Dense read = NpyFile.read("changed.npy", MemorySegment.ofArray(changed));
          assertEquals(4, read.size() * read.type().bits() / 8);
        } catch (OnnxException e) {
          assertTrue(e.getMessage().contains("\n  try: "), e::getMessage);
        }
      }
    }
  }

  @Test
  void whatIsNoFileIsTold() {
    Path absent = folder.resolve("absent.npy");
    OnnxException e = assertThrows(OnnxException.class, () -> NpyFile.read(absent));
    assertTrue(e.getMessage().startsWith(absent + ": cannot be read"), e::getMessage);
  }
}

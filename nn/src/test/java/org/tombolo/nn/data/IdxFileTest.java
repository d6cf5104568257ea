package org.tombolo.nn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

class IdxFileTest {
  @TempDir Path folder;

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("some-idx"), content);
  }

  private static byte[] bytes(int... values) {
    byte[] out = new byte[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) values[i];
    }
    return out;
  }

  private static byte[] zipped(byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(content);
    }
    return out.toByteArray();
  }

  private static final byte[] TWO_BY_THREE =
      bytes(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 253, 254, 255);

  @Test
  void readsBytesPlainAndZipped() throws IOException {
    Tensor want = Tensor.ofUnsigned(bytes(1, 2, 3, 253, 254, 255), 2, 3);
    assertEquals(want, IdxFile.read(file(TWO_BY_THREE)));
    assertEquals(want, IdxFile.read(file(zipped(TWO_BY_THREE))));
  }

  @Test
  void readsEveryElementTypeWithTheHighByteFirst() throws IOException {
    double[] values = {0, 1, -1, 100, -128};
    for (DType dtype : new DType[] {DType.I8, DType.I16, DType.I32, DType.F32, DType.F64}) {
      ByteBuffer file = ByteBuffer.allocate(8 + values.length * dtype.bytes());
      int code =
          switch (dtype) {
            case I8 -> 9;
            case I16 -> 0xb;
            case I32 -> 0xc;
            case F32 -> 0xd;
            case F64 -> 0xe;
            default -> throw new AssertionError(dtype);
          };
      file.put(bytes(0, 0, code, 1)).putInt(values.length);
      for (double value : values) {
        switch (dtype) {
          case I8 -> file.put((byte) value);
          case I16 -> file.putShort((short) value);
          case I32 -> file.putInt((int) value);
          case F32 -> file.putFloat((float) value);
          case F64 -> file.putDouble(value);
          default -> throw new AssertionError(dtype);
        }
      }
      Tensor want = Tensor.filled(TensorType.of(dtype, values.length), i -> values[(int) i]);
      assertEquals(want, IdxFile.read(file(file.array())), dtype.toString());
    }
  }

  @Test
  void readsTensorsWithoutElementsOrAxes() throws IOException {
    assertEquals(
        TensorType.of(DType.U8, 0, 7),
        IdxFile.read(file(bytes(0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 7))).type());
    assertEquals(TensorType.of(DType.U8), IdxFile.read(file(bytes(0, 0, 8, 0, 5))).type());
  }

  @Test
  void errorsTellTheFileAndTheBytes() throws IOException {
    Path missing = folder.resolve("none");
    assertMessage(
        missing + ": no such file; need an idx file, gzip or plain\n  try: check the folder's name",
        missing);
    String retry = "\n  try: fetch the file again, or check that it is an idx file";
    Path cut = file(Arrays.copyOf(TWO_BY_THREE, 16));
    assertMessage(
        cut + ": is cut off: u8[2,3] with its header needs 18 bytes, found 16" + retry, cut);
    Path cutHeader = file(Arrays.copyOf(TWO_BY_THREE, 9));
    assertMessage(
        cutHeader + ": ends inside its header; expected 12 bytes, found 9" + retry, cutHeader);
    Path longer = file(Arrays.copyOf(TWO_BY_THREE, 20));
    assertMessage(
        longer + ": is too long: u8[2,3] with its header needs 18 bytes, found 20 or more" + retry,
        longer);
    Path text = file("pixels,1,2".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertMessage(
        text + ": begins with bytes 70 69 78 65; need 00 00, element type, number of axes" + retry,
        text);
    Path empty = file(new byte[0]);
    assertMessage(
        empty + ": begins with bytes ; need 00 00, element type, number of axes" + retry, empty);
    Path type = file(bytes(0, 0, 0x0a, 1, 0, 0, 0, 0));
    assertMessage(type + ": element type 0x0a; need 08, 09, 0b, 0c, 0d or 0e" + retry, type);
    Path huge = file(bytes(0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255));
    assertMessage(
        huge
            + ": extents [4294967295, 4294967295, 4294967295] of u8; need at most 2147483583 bytes"
            + retry,
        huge);
    Path folderItself = folder;
    assertTrue(
        assertThrows(DataException.class, () -> IdxFile.read(folderItself))
            .getMessage()
            .startsWith(folderItself + ": cannot be read"));
  }

  private static void assertMessage(String message, Path file) {
    assertEquals(message, assertThrows(DataException.class, () -> IdxFile.read(file)).getMessage());
  }

  @Test
  void noTruncationOrDamageOfZippedDataGoesUnnoticed() throws IOException {
    byte[] random = new byte[3000];
    new SplittableRandom(1).nextBytes(random);
    ByteBuffer plain = ByteBuffer.allocate(8 + random.length);
    plain.put(bytes(0, 0, 8, 1)).putInt(random.length).put(random);
    byte[] zip = zipped(plain.array());
    for (int length = 0; length < zip.length; length += 7) {
      Path cut = file(Arrays.copyOf(zip, length));
      assertThrows(DataException.class, () -> IdxFile.read(cut), "cut at " + length);
    }
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom where = new SplittableRandom(seed);
    Tensor want = IdxFile.read(file(zip));
    for (int i = 0; i < 500; i++) {
      byte[] damaged = zip.clone();
      damaged[where.nextInt(zip.length)] ^= (byte) (1 << where.nextInt(8));
      Path path = file(damaged);
      try {
        // A bit of the gzip header that says nothing about the content may change.
        assertEquals(want, IdxFile.read(path), "seed " + seed + ", round " + i);
      } catch (DataException e) {
        assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
      }
    }
  }
}

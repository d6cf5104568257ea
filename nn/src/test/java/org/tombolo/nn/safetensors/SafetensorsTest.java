package org.tombolo.nn.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

class SafetensorsTest {
  @TempDir Path folder;

  private static Safetensors sample() {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      tensors.put("of/" + dtype, Tensor.filled(TensorType.of(dtype, 3, 1), i -> i));
    }
    tensors.put(
        "special",
        Tensor.of(
            new float[] {
              Float.NaN, Float.NEGATIVE_INFINITY, -0f, Float.MIN_VALUE, Float.MAX_VALUE
            }));
    tensors.put(
        "scalar \"quoted\" \\ \n \u00e4\ud83d\ude00", Tensor.of(new long[] {Long.MIN_VALUE}));
    tensors.put("empty", Tensor.of(new float[0], 0, 4));
    return new Safetensors(
        tensors, Map.of("a note", "with \u00fcmlaut \"quotes\"\t\u0001", "other", ""));
  }

  private static byte[] file(String json, int dataBytes) {
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(header.length).put(header);
    for (int i = 0; i < dataBytes; i++) {
      out.put((byte) i);
    }
    return out.array();
  }

  @Test
  void everythingComesBack() {
    Path path = folder.resolve("deep/er/all.safetensors");
    Safetensors all = sample();
    all.write(path);
    Safetensors back = Safetensors.read(path);
    assertEquals(new LinkedHashMap<>(all.tensors()), new LinkedHashMap<>(back.tensors()));
    assertEquals(all.notes(), back.notes());
    assertFalse(Files.exists(folder.resolve("deep/er/all.safetensors.tmp")));
  }

  @Test
  void aFileLargerThanAChunkComesBack() {
    Path path = folder.resolve("large");
    SplittableRandom random = new SplittableRandom(1);
    Tensor large = Tensor.filled(TensorType.f32(1000, 701), i -> random.nextDouble());
    new Safetensors(new LinkedHashMap<>(Map.of("large", large)), Map.of()).write(path);
    assertEquals(large, Safetensors.read(path).tensors().get("large"));
  }

  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    Path path = folder.resolve("pinned");
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b", Tensor.ofUnsigned(new byte[] {7, 8, 9}));
    tensors.put("a", Tensor.of(new float[] {1, -2}, 2, 1));
    new Safetensors(tensors, Map.of("k", "v")).write(path);
    String header =
        """
        {"__metadata__":{"k":"v"},\
        "a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},\
        "b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}\
        """;
    int padded = (header.length() + 7) / 8 * 8;
    ByteBuffer want = ByteBuffer.allocate(8 + padded + 11).order(ByteOrder.LITTLE_ENDIAN);
    want.putLong(padded)
        .put((header + " ".repeat(padded - header.length())).getBytes(StandardCharsets.UTF_8));
    want.putFloat(1).putFloat(-2).put(new byte[] {7, 8, 9});
    assertArrayEquals(want.array(), Files.readAllBytes(path));
  }

  @Test
  void readsWhatOthersWrite() throws IOException {
    Path path = folder.resolve("others");
    Files.write(
        path,
        file(
            """
            { "x\\u0041\\/" : { "data_offsets" : [ 2, 6 ], "shape" : [ ], "dtype" : "I32" },
              "y":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]},
              "none":{"dtype":"F64","shape":[0],"data_offsets":[2,2]} }  \
            """,
            6));
    Safetensors back = Safetensors.read(path);
    assertEquals(Tensor.of(new int[] {0x05040302}), back.tensors().get("xA/"));
    assertEquals(TensorType.of(DType.BF16, 1), back.tensors().get("y").type());
    assertEquals(TensorType.of(DType.F64, 0), back.tensors().get("none").type());
    assertEquals(Map.of(), back.notes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{} x",
        "{",
        "{\"a\"}",
        "{\"a\":1}",
        "{\"a\":{}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,3]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":\"1\",\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
            + "\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
        "{\"__metadata__\":{\"a\":1}}",
        "{\"__metadata__\":\"a\"}",
        "{\"a\\x\":1}",
        "{\"\t\":1}",
        "{\"a\":[[[[[[[[[[[[1]]]]]]]]]]]]}"
      })
  void refusesEveryOtherHeader(String header) throws IOException {
    Path path = Files.write(folder.resolve("bad"), file(header, 4));
    FormatException e = assertThrows(FormatException.class, () -> Safetensors.read(path));
    assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
    assertTrue(e.getMessage().contains("\n  try: "), e.getMessage());
  }

  @Test
  void errorsTellWhatWasExpectedAndFound() throws IOException {
    String retry = "\n  try: an earlier checkpoint, or a file that was copied whole";
    Path path = folder.resolve("t");
    assertMessage(path, path + ": no such file\n  try: check the name");
    Files.write(path, new byte[5]);
    assertMessage(path, path + ": has 5 bytes; need at least 8" + retry);
    byte[] absurd = new byte[40];
    Arrays.fill(absurd, 0, 8, (byte) 0xff);
    Files.write(path, absurd);
    assertMessage(
        path,
        path
            + ": claims a header of 18446744073709551615 bytes; need 2 to 32 in a file of 40 bytes"
            + retry);
    String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}";
    Files.write(path, file(header, 11));
    assertMessage(path, path + ": the header tells of 12 bytes of data, the file has 11" + retry);
    Files.write(path, file(header.replace("[3]", "[2]"), 12));
    assertMessage(
        path, path + ": tensor \"a\": f32[2] takes 8 bytes, data_offsets [0, 12] has 12" + retry);
    byte[] notUtf8 = file("{\"a\":1}", 0);
    notUtf8[10] = (byte) 0xff;
    Files.write(path, notUtf8);
    assertMessage(path, path + ": damaged header: the bytes are not UTF-8" + retry);
    Files.write(path, file("{\"a\":?}", 0));
    assertMessage(
        path,
        path
            + ": damaged header: '?' at character 5; need an object, array, string or whole number"
            + retry);
  }

  private static void assertMessage(Path path, String message) {
    assertEquals(
        message, assertThrows(FormatException.class, () -> Safetensors.read(path)).getMessage());
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    Path path = folder.resolve("whole");
    sample().write(path);
    byte[] whole = Files.readAllBytes(path);
    for (int length = 0; length < whole.length; length++) {
      Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
      assertThrows(FormatException.class, () -> Safetensors.read(cut), "cut at " + length);
    }
    Path longer = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, whole.length + 1));
    assertThrows(FormatException.class, () -> Safetensors.read(longer));
  }

  @Test
  void noMutationDoesMoreThanThrow() throws IOException {
    Path path = folder.resolve("whole");
    sample().write(path);
    byte[] whole = Files.readAllBytes(path);
    int header = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    Path mutated = folder.resolve("mutated");
    int refused = 0;
    int rounds = 1500;
    for (int round = 0; round < rounds; round++) {
      byte[] bytes = whole.clone();
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        int at = random.nextInt(header);
        bytes[at] =
            (byte)
                (random.nextBoolean()
                    ? random.nextInt(256)
                    : "{}[]\",:0129".charAt(random.nextInt(11)));
      }
      Files.write(mutated, bytes);
      try {
        Safetensors read = Safetensors.read(mutated);
        long size = 0;
        for (Tensor tensor : read.tensors().values()) {
          size += tensor.type().bytes();
        }
        assertTrue(size <= bytes.length, "seed " + seed + ", round " + round);
      } catch (FormatException e) {
        refused++;
      }
    }
    // A letter of a name may change unnoticed; most of the header may not.
    assertTrue(refused > rounds / 3, "refused %d of %d".formatted(refused, rounds));
  }

  @Test
  void aFailedWriteLeavesWhatWasThere() throws IOException {
    Path occupied = folder.resolve("occupied");
    Files.createDirectories(occupied.resolve("by a folder"));
    FormatException e = assertThrows(FormatException.class, () -> sample().write(occupied));
    assertTrue(e.getMessage().startsWith(occupied + ": cannot be written: "), e.getMessage());
    assertTrue(Files.isDirectory(occupied.resolve("by a folder")));
    assertFalse(Files.exists(folder.resolve("occupied.tmp")));
    Path underFile = Files.write(folder.resolve("file"), new byte[1]).resolve("below");
    assertThrows(FormatException.class, () -> sample().write(underFile));
  }
}

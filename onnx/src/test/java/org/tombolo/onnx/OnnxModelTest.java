package org.tombolo.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tombolo.onnx.Models.model;
import static org.tombolo.onnx.Models.node;
import static org.tombolo.onnx.Models.value;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.model.OnnxException;

class OnnxModelTest {
  private static final int FLOAT = 1;
  private static final long SEED = Long.getLong("test.seed", 42);

  @Test
  void allProblemsAreListedAtOnce() {
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("bad")
                    .addInput(value("x", FLOAT, 2))
                    .addInput(value("half", 17, 2))
                    .addOutput(value("y", FLOAT, 2))
                    .addOutput(value("nowhere", FLOAT, 2))
                    .addNode(node("Frobnicate", List.of("x"), List.of("a")))
                    .addNode(node("Whirl", List.of("a"), List.of("b")).setDomain("my.own"))
                    .addNode(node("Add", List.of("b", "d"), List.of("c")))
                    .addNode(node("Neg", List.of("c"), List.of("d")))
                    .addNode(node("Swish", List.of("d"), List.of("y")))));
    assertEquals(
        List.of(
            "input \"half\" is float8e4m3fn: need an element type that a type of the graph carries",
            "node Frobnicate \"frobnicate_a\": operator Frobnicate of ai.onnx, opset 18, is not known:"
                + " need a definition of it, or a function of the model",
            "node my.own.Whirl \"whirl_b\": operator Whirl of my.own, opset ?, is not known: need a"
                + " definition of it, or a function of the model",
            "node Add \"add_c\": input \"d\" comes from node Neg \"neg_d\", which is later: need an order"
                + " without cycles",
            "node Swish \"swish_y\": operator Swish of ai.onnx, opset 18: need opset 24, which has it"
                + " first",
            "output \"nowhere\" comes from nowhere: need a node, input or initializer of that name"),
        model.problems());
    String message =
        assertThrows(OnnxException.class, () -> OnnxSession.onReference(model)).getMessage();
    assertTrue(message.startsWith("test.onnx: 6 problems; need none\n  input"), message);
  }

  private static byte[] good() {
    return model(
            OnnxMl.GraphProto.newBuilder()
                .setName("good")
                .addInput(value("x", FLOAT, 2))
                .addOutput(value("y", FLOAT, 2))
                .addInitializer(weights())
                .addNode(node("Add", List.of("x", "w"), List.of("y"))))
        .build()
        .toByteArray();
  }

  private static OnnxMl.TensorProto.Builder weights() {
    return OnnxMl.TensorProto.newBuilder()
        .setName("w")
        .setDataType(FLOAT)
        .addDims(2)
        .addFloatData(3)
        .addFloatData(4);
  }

  /// Whatever becomes of the bytes, an error of ours is the worst that comes of it.
  @Test
  void damagedFilesAreRefused() {
    byte[] good = good();
    SplittableRandom random = new SplittableRandom(SEED);
    for (int length = 0; length < good.length; length++) {
      attempt(Arrays.copyOf(good, length), "the first " + length + " bytes");
    }
    for (int i = 0; i < 5_000; i++) {
      byte[] bad = good.clone();
      for (int k = random.nextInt(1, 4); k > 0; k--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      attempt(bad, "damage " + i + " of seed " + SEED);
    }
  }

  private static void attempt(byte[] bytes, String what) {
    try {
      OnnxModel model = OnnxModel.read("bad.onnx", MemorySegment.ofArray(bytes));
      try (OnnxSession session = OnnxSession.onReference(model)) {
        session.run(Map.of("x", Tensor.of(new float[] {1, 2})));
      }
    } catch (OnnxException e) {
      assertTrue(e.getMessage().contains("\n  try: "), () -> what + ": " + e.getMessage());
    } catch (RuntimeException e) {
      throw new AssertionError(what, e);
    }
  }

  @Test
  void errorsNameThePlace() {
    byte[] good = good();
    assertEquals(
        """
        bad.onnx, byte 2: field 7 claims 82 bytes, 52 are left; need no more than those
          try: the file anew from where it came from; it is damaged, or no ONNX model\
        """,
        refused(Arrays.copyOf(good, good.length - 36)));
    byte[] text = "PK\3\4 this is something else".getBytes(StandardCharsets.UTF_8);
    assertTrue(refused(text).startsWith("bad.onnx, byte "), refused(text));
    assertTrue(refused(new byte[0]).contains("there is no graph"), refused(new byte[0]));
  }

  private static String refused(byte[] bytes) {
    return assertThrows(
            OnnxException.class, () -> OnnxModel.read("bad.onnx", MemorySegment.ofArray(bytes)))
        .getMessage();
  }

  private static byte[] withWeights(OnnxMl.TensorProto.Builder weights) {
    OnnxMl.GraphProto.Builder graph =
        OnnxMl.GraphProto.newBuilder()
            .setName("g")
            .addInput(value("x", FLOAT, 2))
            .addOutput(value("y", FLOAT, 2))
            .addInitializer(weights)
            .addNode(node("Add", List.of("x", "w"), List.of("y")));
    return model(graph).build().toByteArray();
  }

  @Test
  void absurdExtentsAreRefusedBeforeMemoryIsTaken() {
    OnnxMl.TensorProto.Builder huge = weights().addDims(1L << 40);
    assertTrue(
        refused(withWeights(huge)).contains("graph.initializer[0], byte "),
        refused(withWeights(huge)));
    assertTrue(
        refused(withWeights(huge))
            .contains("tensor \"w\" is float[2,1099511627776] and has 8 bytes"));
    assertTrue(
        refused(withWeights(weights().addDims(-5)))
            .contains("extents are [2, -5]; need 0 or more"));
    assertTrue(
        refused(withWeights(weights().addDims(1L << 62).addDims(1L << 62)))
            .contains("need fewer than 2^63 elements"));
  }

  private static OnnxMl.TensorProto.Builder external(String location, long offset, long length) {
    return OnnxMl.TensorProto.newBuilder()
        .setName("w")
        .setDataType(FLOAT)
        .addDims(2)
        .setDataLocation(OnnxMl.TensorProto.DataLocation.EXTERNAL)
        .addExternalData(entry("location", location))
        .addExternalData(entry("offset", Long.toString(offset)))
        .addExternalData(entry("length", Long.toString(length)));
  }

  private static OnnxMl.StringStringEntryProto entry(String key, String value) {
    return OnnxMl.StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  @Test
  void elementsMayBeInAFileOfTheirOwn(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.onnx");
    OnnxMl.TensorProto inline = weights().build();
    byte[] elements = new byte[4096 + 8];
    MemorySegment.ofArray(elements)
        .set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4096, inline.getFloatData(0));
    MemorySegment.ofArray(elements)
        .set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4100, inline.getFloatData(1));
    Files.write(folder.resolve("weights.bin"), elements);
    Files.write(file, withWeights(external("weights.bin", 4096, 8)));
    try (OnnxSession session = OnnxSession.onReference(OnnxModel.read(file))) {
      Tensor y = session.run(Map.of("x", Tensor.of(new float[] {1, 2}))).get("y");
      assertEquals(Tensor.of(new float[] {4, 6}), y);
    }
  }

  @Test
  void externalElementsStayInTheFolder(@TempDir Path folder) throws IOException {
    Path inner = Files.createDirectory(folder.resolve("inner"));
    Files.write(folder.resolve("secret"), new byte[8]);
    Files.write(inner.resolve("short"), new byte[4]);
    Files.createSymbolicLink(inner.resolve("link"), folder.resolve("secret"));
    Map.of(
            "../secret",
            "that is not in the folder of the model",
            folder.resolve("secret").toString(),
            "that is not in the folder of the model",
            "link",
            "a link leads out of the folder of the model",
            "absent",
            "there is no such file",
            "",
            "that is not in the folder of the model",
            "short",
            "need 8 bytes within the file",
            "a\0b",
            "cannot be read")
        .forEach((location, reason) -> {
          Path file = inner.resolve("model.onnx");
          try {
            Files.write(file, withWeights(external(location, 0, 8)));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          String message =
              assertThrows(OnnxException.class, () -> OnnxModel.read(file)).getMessage();
          assertTrue(message.contains(reason), () -> location + ": " + message);
          assertTrue(message.contains("initializer[0]"), message);
        });
    byte[] inMemory = withWeights(external("short", 0, 8));
    assertTrue(refused(inMemory).contains("the model is not read from a folder"));
  }

  @Test
  void graphsWithinGraphsHaveALimit() {
    OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder().setName("deepest");
    for (int depth = 0; depth < 200; depth++) {
      graph =
          OnnxMl.GraphProto.newBuilder()
              .setName("g" + depth)
              .addNode(
                  node("If", List.of("c"), List.of("y"))
                      .addAttribute(Models.body("then_branch", graph)));
    }
    String message = refused(model(graph).build().toByteArray());
    assertTrue(message.contains("nested more than 120 deep"), message);
  }

  @Test
  void rawBytesAreShared(@TempDir Path folder) throws IOException {
    byte[] raw = new byte[1 << 20];
    raw[3] = 0x40; // 2.0
    OnnxMl.TensorProto.Builder weights =
        OnnxMl.TensorProto.newBuilder()
            .setName("w")
            .setDataType(FLOAT)
            .addDims(1 << 18)
            .setRawData(ByteString.copyFrom(raw));
    Path file = folder.resolve("model.onnx");
    Files.write(file, withWeights(weights));
    MemorySegment data = OnnxModel.read(file).definition().graph().initializers().getFirst().data();
    assertTrue(data.isMapped(), "elements are where the file is mapped");
    assertEquals(2f, data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0));
  }
}

package org.tombolo.onnx.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnx.proto.OnnxMl;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.TensorDef;

/// Reads every file of ONNX's conformance tests and compares with what classes made from ONNX's own
/// schema by protocol buffers' own compiler read.
class ModelReaderTest {

  @Test
  void readsWhatProtocolBuffersRead() throws IOException {
    Path folder = Path.of(System.getProperty("tombolo.onnx.tests", "../../shared/onnx-node-tests"));
    Path zip = folder.resolve("onnx-tests-main-visible.zip");
    assumeTrue(Files.exists(zip), () -> "no conformance tests of ONNX in " + folder);
    int models = 0;
    int tensors = 0;
    try (ZipFile file = new ZipFile(zip.toFile())) {
      for (ZipEntry entry : file.stream().toList()) {
        byte[] bytes = file.getInputStream(entry).readAllBytes();
        if (entry.getName().endsWith("model.onnx")) {
          models++;
          compare(
              entry.getName(),
              OnnxMl.ModelProto.parseFrom(bytes),
              ModelReader.model(entry.getName(), MemorySegment.ofArray(bytes)));
        } else if (entry.getName().endsWith(".pb")) {
          tensors++;
          compare(
              entry.getName(),
              OnnxMl.TensorProto.parseFrom(bytes),
              ModelReader.tensor(entry.getName(), MemorySegment.ofArray(bytes)));
        }
      }
    }
    assertTrue(models > 100 && tensors > 100, models + " models, " + tensors + " tensors");
  }

  private static void compare(String name, OnnxMl.ModelProto wanted, ModelDef got) {
    assertEquals(wanted.getIrVersion(), got.irVersion(), name);
    assertEquals(wanted.getOpsetImportCount(), got.opsets().size(), name);
    assertEquals(wanted.getFunctionsCount(), got.functions().size(), name);
    compare(name, wanted.getGraph(), got.graph());
  }

  private static void compare(String name, OnnxMl.GraphProto wanted, GraphDef got) {
    assertEquals(wanted.getName(), got.name(), name);
    assertEquals(
        wanted.getInputList().stream().map(OnnxMl.ValueInfoProto::getName).toList(),
        got.inputs().stream().map(value -> value.name()).toList(),
        name);
    assertEquals(
        wanted.getOutputList().stream().map(OnnxMl.ValueInfoProto::getName).toList(),
        got.outputs().stream().map(value -> value.name()).toList(),
        name);
    assertEquals(wanted.getInitializerCount(), got.initializers().size(), name);
    for (int i = 0; i < wanted.getInitializerCount(); i++) {
      compare(name, wanted.getInitializer(i), got.initializers().get(i));
    }
    assertEquals(wanted.getNodeCount(), got.nodes().size(), name);
    for (int i = 0; i < wanted.getNodeCount(); i++) {
      compare(name, wanted.getNode(i), got.nodes().get(i));
    }
  }

  private static void compare(String name, OnnxMl.NodeProto wanted, NodeDef got) {
    assertEquals(wanted.getOpType(), got.operator(), name);
    assertEquals(wanted.getInputList(), got.inputs(), name);
    assertEquals(wanted.getOutputList(), got.outputs(), name);
    assertEquals(wanted.getAttributeCount(), got.attributes().size(), name);
    for (OnnxMl.AttributeProto attribute : wanted.getAttributeList()) {
      String text = String.valueOf(got.attributes().get(attribute.getName()));
      switch (attribute.getType()) {
        case FLOAT -> assertEquals("FloatValue[value=%s]".formatted(attribute.getF()), text);
        case INT -> assertEquals("IntValue[value=%d]".formatted(attribute.getI()), text);
        case FLOATS -> assertEquals("Floats[values=%s]".formatted(attribute.getFloatsList()), text);
        case INTS -> assertEquals("Ints[values=%s]".formatted(attribute.getIntsList()), text);
        case STRING ->
            assertEquals("StringValue[value=%s]".formatted(attribute.getS().toStringUtf8()), text);
        case GRAPH -> assertTrue(text.startsWith("GraphValue"), text);
        case TENSOR -> assertTrue(text.startsWith("TensorValue"), text);
        default -> assertTrue(!text.equals("null"), attribute.getName());
      }
    }
  }

  private static void compare(String name, OnnxMl.TensorProto wanted, TensorDef got) {
    assertEquals(wanted.getDataType(), got.type().number(), name);
    assertEquals(wanted.getDimsList(), got.shape().toList(), name);
    assertEquals(wanted.getStringDataCount(), got.strings().size(), name);
    MemorySegment data = got.data();
    if (wanted.hasRawData()) {
      assertEquals(
          -1, data.mismatch(MemorySegment.ofArray(wanted.getRawData().toByteArray())), name);
    }
    List<Float> floats = wanted.getFloatDataList();
    for (int i = 0; i < floats.size() && got.type().bits() == 32; i++) {
      assertEquals(floats.get(i), data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L), name);
    }
    List<Long> wholes = wanted.getInt64DataList();
    for (int i = 0; i < wholes.size(); i++) {
      assertEquals(wholes.get(i), data.get(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L), name);
    }
  }
}

package org.tombolo.onnx;

import ai.onnx.proto.OnnxMl;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/// Small models, written by ONNX's own schema.
final class Models {
  private Models() {}

  static OnnxModel read(OnnxMl.ModelProto.Builder model) {
    return OnnxModel.read("test.onnx", MemorySegment.ofArray(model.build().toByteArray()));
  }

  static OnnxMl.ModelProto.Builder model(OnnxMl.GraphProto.Builder graph) {
    return OnnxMl.ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setDomain("").setVersion(18))
        .setGraph(graph);
  }

  static OnnxMl.NodeProto.Builder node(String operator, List<String> in, List<String> out) {
    return OnnxMl.NodeProto.newBuilder()
        .setOpType(operator)
        .setName(operator.toLowerCase(Locale.ROOT) + "_" + out.getFirst())
        .addAllInput(in)
        .addAllOutput(out);
  }

  /// A float or whole value; extents are numbers or names.
  static OnnxMl.ValueInfoProto value(String name, int type, Object... extents) {
    OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder();
    for (Object extent : extents) {
      OnnxMl.TensorShapeProto.Dimension.Builder dim =
          OnnxMl.TensorShapeProto.Dimension.newBuilder();
      shape.addDim(
          extent instanceof Integer number
              ? dim.setDimValue(number)
              : dim.setDimParam((String) extent));
    }
    return OnnxMl.ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            OnnxMl.TypeProto.newBuilder()
                .setTensorType(
                    OnnxMl.TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
        .build();
  }

  static OnnxMl.TensorProto wholes(String name, long... values) {
    return OnnxMl.TensorProto.newBuilder()
        .setName(name)
        .setDataType(7)
        .addDims(values.length)
        .addAllInt64Data(LongStream.of(values).boxed().toList())
        .build();
  }

  static OnnxMl.AttributeProto integer(String name, long value) {
    return OnnxMl.AttributeProto.newBuilder()
        .setName(name)
        .setType(OnnxMl.AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static OnnxMl.AttributeProto body(String name, OnnxMl.GraphProto.Builder graph) {
    return OnnxMl.AttributeProto.newBuilder()
        .setName(name)
        .setType(OnnxMl.AttributeProto.AttributeType.GRAPH)
        .setG(graph)
        .build();
  }
}

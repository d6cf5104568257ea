package org.tombolo.peers;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tombolo.peers.Numbers.Spread;

/// Models in ONNX's format, operator set 17; values are names.
final class OnnxRuntimeOps implements Ops<String> {
  private static final int OPERATOR_SET = 17;
  private static final int FORMAT = 8;

  /// Shapes of inputs, by name.
  final Map<String, long[]> inputs = new LinkedHashMap<>();

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("model");
  private final Set<String> initializers = new HashSet<>();
  private int made;

  /// The model that has this output.
  byte[] model(String output) {
    graph.addOutput(ValueInfoProto.newBuilder().setName(output).setType(type()));
    return ModelProto.newBuilder()
        .setIrVersion(FORMAT)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPERATOR_SET))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  private static TypeProto type(long... shape) {
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT.getNumber());
    if (shape.length > 0) {
      TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
      for (long extent : shape) {
        dims.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(extent));
      }
      tensor.setShape(dims);
    }
    return TypeProto.newBuilder().setTensorType(tensor).build();
  }

  @Override
  public String input(String name, long... shape) {
    if (inputs.put(name, shape) == null) {
      graph.addInput(ValueInfoProto.newBuilder().setName(name).setType(type(shape)));
    }
    return name;
  }

  @Override
  public String image(String name, int n, int channels, int height, int width) {
    return input(name, n, channels, height, width);
  }

  @Override
  public String labels(String name, int rows, int classes) {
    throw OnnxRuntimePeer.noTraining();
  }

  @Override
  public String parameter(String name, Spread spread, long... shape) {
    if (initializers.add(name)) {
      float[] values = Numbers.of(name, spread, shape);
      ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      initializer(name, TensorProto.DataType.FLOAT, bytes, shape);
    }
    return name;
  }

  private void initializer(
      String name, TensorProto.DataType type, ByteBuffer bytes, long... shape) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name);
    tensor.setDataType(type.getNumber()).setRawData(ByteString.copyFrom(bytes));
    Arrays.stream(shape).forEach(tensor::addDims);
    graph.addInitializer(tensor);
  }

  private String node(String operator, List<AttributeProto> attributes, String... operands) {
    String output = operator + made++;
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName(output)
            .addAllInput(Arrays.asList(operands))
            .addOutput(output)
            .addAllAttribute(attributes));
    return output;
  }

  private String node(String operator, String... operands) {
    return node(operator, List.of(), operands);
  }

  private static AttributeProto number(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  private static AttributeProto whole(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static AttributeProto wholes(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    Arrays.stream(values).forEach(attribute::addInts);
    return attribute.build();
  }

  @Override
  public String matmul(String a, String b) {
    return node("MatMul", a, b);
  }

  @Override
  public String batchMatmul(String a, String b, boolean transposed) {
    return matmul(a, transposed ? permute(b, 0, 1, 3, 2) : b);
  }

  @Override
  public String add(String a, String b) {
    return node("Add", a, b);
  }

  @Override
  public String mul(String a, String b) {
    return node("Mul", a, b);
  }

  @Override
  public String scaled(String a, float factor) {
    return mul(a, parameter("factor" + factor, new Spread(factor, 0)));
  }

  @Override
  public String tanh(String a) {
    return node("Tanh", a);
  }

  @Override
  public String sigmoid(String a) {
    return node("Sigmoid", a);
  }

  @Override
  public String relu(String a) {
    return node("Relu", a);
  }

  @Override
  public String softmax(String a) {
    return node("Softmax", List.of(whole("axis", -1)), a);
  }

  @Override
  public String layerNorm(String a, String name, int size) {
    return node(
        "LayerNormalization",
        List.of(whole("axis", -1), number("epsilon", Peer.EPSILON)),
        a,
        parameter(name + ".scale", Spread.NEAR_ONE, size),
        parameter(name + ".shift", Spread.SMALL, size));
  }

  @Override
  public String reshape(String a, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * shape.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(shape);
    String name = "shape" + made++;
    initializer(name, TensorProto.DataType.INT64, bytes, shape.length);
    return node("Reshape", a, name);
  }

  @Override
  public String permute(String a, int... order) {
    long[] wide = Arrays.stream(order).asLongStream().toArray();
    return node("Transpose", List.of(wholes("perm", wide)), a);
  }

  @Override
  public String sum(String a) {
    return node("ReduceSum", List.of(whole("keepdims", 0)), a);
  }

  @Override
  public String dense(String x, String name, int in, int out) {
    return node(
        "Gemm",
        x,
        parameter(name + ".weights", Spread.weights(in), in, out),
        parameter(name + ".bias", Spread.SMALL, out));
  }

  @Override
  public String denseOfImage(String x, String name, int n, Conv.Size image, int out) {
    return dense(reshape(x, n, image.elements()), name, image.elements(), out);
  }

  private static List<AttributeProto> window(int size, int stride, int pad) {
    return List.of(
        wholes("kernel_shape", size, size),
        wholes("strides", stride, stride),
        wholes("pads", pad, pad, pad, pad));
  }

  @Override
  public String conv(String x, Conv conv) {
    List<AttributeProto> window = window(conv.size(), conv.stride(), conv.pad());
    String weights = parameter(conv.weights(), conv.spread(), conv.shape());
    return conv.bias()
        ? node(
            "Conv", window, x, weights, parameter(conv.name() + ".bias", Spread.SMALL, conv.out()))
        : node("Conv", window, x, weights);
  }

  @Override
  public String batchNorm(String x, String name, int channels) {
    return node(
        "BatchNormalization",
        List.of(number("epsilon", Peer.EPSILON)),
        x,
        parameter(name + ".scale", Spread.ONE, channels),
        parameter(name + ".shift", Spread.ZERO, channels),
        parameter(name + ".mean", Spread.ZERO, channels),
        parameter(name + ".variance", Spread.ONE, channels));
  }

  @Override
  public String maxPool(String x, int size, int stride, int pad) {
    return node("MaxPool", window(size, stride, pad), x);
  }

  @Override
  public String meanOfImage(String x, int n, int channels) {
    return reshape(node("GlobalAveragePool", x), n, channels);
  }

  @Override
  public String crossEntropy(String scores, String labels) {
    throw OnnxRuntimePeer.noTraining();
  }
}

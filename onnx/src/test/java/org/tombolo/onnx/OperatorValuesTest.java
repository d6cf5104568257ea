package org.tombolo.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.tombolo.onnx.Models.integer;
import static org.tombolo.onnx.Models.node;
import static org.tombolo.onnx.Models.value;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// What operators give in corners of their specification, worked out by hand.
class OperatorValuesTest {
  private static final int FLOAT = 1;

  private static double[] run(
      int opset, OnnxMl.NodeProto.Builder call, List<Tensor> inputs, int output) {
    OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder().setName("one").addNode(call);
    Map<String, Tensor> fed = new HashMap<>();
    List<String> names = call.getInputList().stream().filter(name -> !name.isEmpty()).toList();
    for (int i = 0; i < inputs.size(); i++) {
      TensorType type = inputs.get(i).type();
      List<Object> dims = new ArrayList<>();
      type.shape().toList().forEach(dim -> dims.add(Math.toIntExact(dim)));
      int number = type.dtype() == DType.I64 ? 7 : FLOAT;
      graph.addInput(value(names.get(i), number, dims.toArray()));
      fed.put(names.get(i), inputs.get(i));
    }
    call.getOutputList()
        .forEach(name -> graph.addOutput(OnnxMl.ValueInfoProto.newBuilder().setName(name)));
    OnnxMl.ModelProto.Builder model =
        OnnxMl.ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(opset))
            .setGraph(graph);
    try (OnnxSession session = OnnxSession.onReference(Models.read(model))) {
      return session.run(fed).get(call.getOutput(output)).toDoubles();
    }
  }

  private static Tensor floats(long[] dims, double... values) {
    return Tensor.filled(TensorType.of(DType.F32, dims), i -> values[(int) i]);
  }

  private static OnnxMl.AttributeProto texts(String name, String... values) {
    OnnxMl.AttributeProto.Builder attribute =
        OnnxMl.AttributeProto.newBuilder()
            .setName(name)
            .setType(OnnxMl.AttributeProto.AttributeType.STRINGS);
    for (String text : values) {
      attribute.addStrings(ByteString.copyFromUtf8(text));
    }
    return attribute.build();
  }

  private static OnnxMl.AttributeProto text(String name, String value) {
    return OnnxMl.AttributeProto.newBuilder()
        .setName(name)
        .setType(OnnxMl.AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  private static OnnxMl.AttributeProto wholes(String name, long... values) {
    OnnxMl.AttributeProto.Builder attribute =
        OnnxMl.AttributeProto.newBuilder()
            .setName(name)
            .setType(OnnxMl.AttributeProto.AttributeType.INTS);
    for (long number : values) {
      attribute.addInts(number);
    }
    return attribute.build();
  }

  private static OnnxMl.AttributeProto reals(String name, double... values) {
    OnnxMl.AttributeProto.Builder attribute =
        OnnxMl.AttributeProto.newBuilder()
            .setName(name)
            .setType(OnnxMl.AttributeProto.AttributeType.FLOATS);
    DoubleStream.of(values).forEach(number -> attribute.addFloats((float) number));
    return attribute.build();
  }

  @Test
  void reductionsOfNoAxesDoTheRestOfTheirWork() {
    Tensor x = floats(new long[] {2}, 2, 3);
    Tensor axes = Tensor.of(new long[0], 0);
    OnnxMl.NodeProto.Builder call =
        node("ReduceSumSquare", List.of("x", "axes"), List.of("y"))
            .addAttribute(integer("noop_with_empty_axes", 1));
    assertArrayEquals(new double[] {4, 9}, run(18, call, List.of(x, axes), 0));
    OnnxMl.NodeProto.Builder sum =
        node("ReduceSum", List.of("x", "axes"), List.of("y"))
            .addAttribute(integer("noop_with_empty_axes", 1));
    assertArrayEquals(new double[] {2, 3}, run(18, sum, List.of(x, axes), 0));
    assertArrayEquals(
        new double[] {13},
        run(18, node("ReduceSumSquare", List.of("x", "axes"), List.of("y")), List.of(x, axes), 0));
  }

  @Test
  void slicesBackwardsBeginInside() {
    Tensor x = floats(new long[] {3}, 1, 2, 3);
    Tensor start = Tensor.of(new long[] {-10}, 1);
    Tensor end = Tensor.of(new long[] {Long.MIN_VALUE}, 1);
    Tensor axis = Tensor.of(new long[] {0}, 1);
    Tensor step = Tensor.of(new long[] {-1}, 1);
    OnnxMl.NodeProto.Builder call =
        node("Slice", List.of("x", "start", "end", "axis", "step"), List.of("y"));
    assertArrayEquals(new double[] {1}, run(13, call, List.of(x, start, end, axis, step), 0));
  }

  @Test
  void placesOfMaximaAreNeverInThePadding() {
    double low = Double.NEGATIVE_INFINITY;
    Tensor x = floats(new long[] {1, 1, 2, 2}, low, low, low, low);
    OnnxMl.NodeProto.Builder call =
        node("MaxPool", List.of("x"), List.of("y", "at"))
            .addAttribute(wholes("kernel_shape", 2, 2))
            .addAttribute(wholes("pads", 1, 1, 1, 1));
    assertArrayEquals(new double[] {0, 0, 1, 0, 0, 1, 2, 2, 3}, run(12, call, List.of(x), 1));
  }

  @Test
  void outputTypeZeroIsTheDefault() {
    Tensor x = floats(new long[] {2}, 1, 300);
    OnnxMl.NodeProto.Builder call =
        node("QuantizeLinear", List.of("x", "scale"), List.of("y"))
            .addAttribute(integer("output_dtype", 0));
    assertArrayEquals(new double[] {1, 255}, run(21, call, List.of(x, floats(new long[0], 1)), 0));
  }

  @Test
  void rowsBeforeVersion13MayBeCountedFromTheEnd() {
    Tensor x = floats(new long[] {2, 2}, 0, 0, 5, 5);
    OnnxMl.NodeProto.Builder call =
        node("Softmax", List.of("x"), List.of("y")).addAttribute(integer("axis", -1));
    assertArrayEquals(new double[] {.5, .5, .5, .5}, run(11, call, List.of(x), 0), 1e-12);
  }

  @Test
  void resizingOfVersion10TakesTheNextElementWhenItShrinks() {
    Tensor x = floats(new long[] {1, 1, 2, 4}, 1, 2, 3, 4, 5, 6, 7, 8);
    Tensor scales = floats(new long[] {4}, 1, 1, 0.6, 0.6);
    OnnxMl.NodeProto.Builder call = node("Resize", List.of("x", "scales"), List.of("y"));
    assertArrayEquals(new double[] {1, 3}, run(10, call, List.of(x, scales), 0));
  }

  /// `Tanh` takes no scaling values, so the first of them belongs to `Affine`.
  @Test
  void scalingValuesOfActivationsAreUsedUpInOrder() {
    OnnxMl.NodeProto.Builder call =
        node("RNN", List.of("x", "w", "r"), List.of("y"))
            .addAttribute(integer("hidden_size", 1))
            .addAttribute(text("direction", "bidirectional"))
            .addAttribute(texts("activations", "Tanh", "Affine"))
            .addAttribute(reals("activation_alpha", 0.5))
            .addAttribute(reals("activation_beta", 0.25));
    double[] y =
        run(
            14,
            call,
            List.of(
                floats(new long[] {1, 1, 1}, 1),
                floats(new long[] {2, 1, 1}, 2, 2),
                floats(new long[] {2, 1, 1}, 0, 0)),
            0);
    assertArrayEquals(new double[] {Math.tanh(2), 0.5 * 2 + 0.25}, y, 1e-7);
  }

  @Test
  void numbersBecomeNibblesByTheirLowestBits() {
    Tensor x = floats(new long[] {4}, -9, -1, 7, 17);
    OnnxMl.NodeProto.Builder unsigned =
        node("Cast", List.of("x"), List.of("y")).addAttribute(integer("to", 21));
    assertArrayEquals(new double[] {7, 15, 7, 1}, run(21, unsigned, List.of(x), 0));
    OnnxMl.NodeProto.Builder signed =
        node("Cast", List.of("x"), List.of("y")).addAttribute(integer("to", 22));
    assertArrayEquals(new double[] {7, -1, 7, 1}, run(21, signed, List.of(x), 0));
  }

  @Test
  void whatAnOutputShapeHasMoreIsAddedAtTheEnd() {
    OnnxMl.NodeProto.Builder call =
        node("ConvTranspose", List.of("x", "w"), List.of("y"))
            .addAttribute(wholes("output_shape", 2))
            .addAttribute(text("auto_pad", "SAME_UPPER"));
    Tensor x = floats(new long[] {1, 1, 1}, 3);
    Tensor w = floats(new long[] {1, 1, 1}, 2);
    assertArrayEquals(new double[] {6, 0}, run(11, call, List.of(x, w), 0));
  }

  @Test
  void unsignedNumbersOf64BitsDivideAndCompareAsSuch() {
    OnnxMl.GraphProto.Builder graph =
        OnnxMl.GraphProto.newBuilder()
            .setName("unsigned")
            .addInput(value("x", 13, 3))
            .addInput(value("y", 13, 3))
            .addOutput(value("quotient", 13, 3))
            .addOutput(value("rest", 13, 3))
            .addOutput(value("most", 13, 3))
            .addOutput(value("below", 9, 3))
            .addNode(node("Div", List.of("x", "y"), List.of("quotient")))
            .addNode(node("Mod", List.of("x", "y"), List.of("rest")))
            .addNode(node("Max", List.of("x", "y"), List.of("most")))
            .addNode(node("Less", List.of("x", "y"), List.of("below")));
    long[] x = {-1, -1, 7};
    long[] y = {10, -2, -5};
    try (OnnxSession session = OnnxSession.onReference(Models.read(Models.model(graph)))) {
      Map<String, Tensor> out = session.run(Map.of("x", Tensor.of(x, 3), "y", Tensor.of(y, 3)));
      for (int i = 0; i < 3; i++) {
        assertEquals(Long.divideUnsigned(x[i], y[i]), out.get("quotient").longAt(i));
        assertEquals(Long.remainderUnsigned(x[i], y[i]), out.get("rest").longAt(i));
        boolean below = Long.compareUnsigned(x[i], y[i]) < 0;
        assertEquals(below ? y[i] : x[i], out.get("most").longAt(i));
        assertEquals(below ? 1 : 0, out.get("below").longAt(i));
      }
    }
  }
}

package org.tombolo.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;

/// Products of 8-bit integers are exact, however long the sums and however extreme the factors.
class IntegerProductsTest {
  private static final int UINT8 = 2;
  private static final int INT8 = 3;

  @ParameterizedTest(name = "{0} terms, zero points {1} and {2}, known: {3}, weights: {4}")
  @CsvSource({
    "1,0,0,true,false",
    "257,0,0,true,false",
    "258,255,127,true,false",
    "259,255,127,true,false",
    "1300,255,-128,false,false",
    "1300,0,0,true,false",
    "4099,128,0,true,false",
    "518,0,0,true,true",
    "518,128,3,true,true",
    "1300,0,-7,true,true"
  })
  void sumsAreExact(int terms, int zeroA, int zeroB, boolean known, boolean weights) {
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    int rows = 3;
    int columns = 5;
    byte[] a = new byte[rows * terms];
    byte[] b = new byte[terms * columns];
    // The first row and column hold what makes the largest sums.
    for (int i = 0; i < a.length; i++) {
      a[i] = (byte) (i < terms ? (zeroA < 128 ? 255 : 0) : random.nextInt(256));
    }
    for (int i = 0; i < b.length; i++) {
      b[i] = (byte) (i % columns == 0 ? (zeroB > 0 ? -128 : 127) : random.nextInt(256));
    }
    OnnxMl.GraphProto.Builder graph =
        OnnxMl.GraphProto.newBuilder()
            .addInput(Models.value("a", UINT8, rows, terms))
            .addOutput(Models.value("y", 6, rows, columns))
            .addNode(Models.node("MatMulInteger", List.of("a", "b", "za", "zb"), List.of("y")));
    Tensor left = Tensor.ofUnsigned(a, rows, terms);
    Tensor right = signed(b, Shape.of(terms, columns));
    if (weights) {
      graph.addInitializer(matrix("b", b, terms, columns));
    } else {
      graph.addInput(Models.value("b", INT8, terms, columns));
    }
    Map<String, Tensor> fed;
    if (known) {
      graph.addInitializer(point("za", UINT8, zeroA)).addInitializer(point("zb", INT8, zeroB));
      fed = weights ? Map.of("a", left) : Map.of("a", left, "b", right);
    } else {
      graph.addInput(Models.value("za", UINT8)).addInput(Models.value("zb", INT8));
      fed =
          Map.of(
              "a",
              left,
              "b",
              right,
              "za",
              Tensor.wrap(
                  new TensorType(DType.U8, Shape.SCALAR),
                  MemorySegment.ofArray(new byte[] {(byte) zeroA})),
              "zb",
              signed(new byte[] {(byte) zeroB}, Shape.SCALAR));
    }
    OnnxModel model = Models.read(Models.model(graph));
    try (Engine engine = Engine.open("cpu");
        OnnxSession session = OnnxSession.on(engine, model)) {
      Tensor y = Objects.requireNonNull(session.run(fed).get("y"));
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          long sum = 0;
          for (int k = 0; k < terms; k++) {
            sum += (long) ((a[i * terms + k] & 255) - zeroA) * (b[k * columns + j] - zeroB);
          }
          assertEquals(sum, y.longAt((long) i * columns + j), "seed " + seed);
        }
      }
    }
  }

  /// Weights that are known, with a zero point for each column, are made ready once.
  @Test
  void zeroPointsOfColumnsAreTakenFromWeights() {
    SplittableRandom random = new SplittableRandom(Long.getLong("test.seed", 42));
    int rows = 2;
    int terms = 17;
    int columns = 300;
    byte[] a = new byte[rows * terms];
    byte[] b = new byte[terms * columns];
    byte[] zero = new byte[columns];
    random.nextBytes(a);
    random.nextBytes(b);
    random.nextBytes(zero);
    OnnxMl.GraphProto.Builder graph =
        OnnxMl.GraphProto.newBuilder()
            .addInput(Models.value("a", UINT8, rows, terms))
            .addInitializer(matrix("b", b, terms, columns))
            .addInitializer(point("za", UINT8, 3))
            .addInitializer(matrix("zb", zero, columns))
            .addOutput(Models.value("y", 6, rows, columns))
            .addNode(Models.node("MatMulInteger", List.of("a", "b", "za", "zb"), List.of("y")));
    try (Engine engine = Engine.open("cpu");
        OnnxSession session = OnnxSession.on(engine, Models.read(Models.model(graph)))) {
      Tensor y =
          Objects.requireNonNull(
              session.run(Map.of("a", Tensor.ofUnsigned(a, rows, terms))).get("y"));
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          long sum = 0;
          for (int k = 0; k < terms; k++) {
            sum += (long) ((a[i * terms + k] & 255) - 3) * (b[k * columns + j] - zero[j]);
          }
          assertEquals(sum, y.longAt((long) i * columns + j));
        }
      }
    }
  }

  private static OnnxMl.TensorProto matrix(String name, byte[] values, long... dims) {
    OnnxMl.TensorProto.Builder tensor = point(name, INT8, 0).toBuilder();
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor.setRawData(ByteString.copyFrom(values)).build();
  }

  private static Tensor signed(byte[] values, Shape shape) {
    return Tensor.wrap(new TensorType(DType.I8, shape), MemorySegment.ofArray(values));
  }

  private static OnnxMl.TensorProto point(String name, int type, int value) {
    return OnnxMl.TensorProto.newBuilder()
        .setName(name)
        .setDataType(type)
        .setRawData(ByteString.copyFrom(new byte[] {(byte) value}))
        .build();
  }
}

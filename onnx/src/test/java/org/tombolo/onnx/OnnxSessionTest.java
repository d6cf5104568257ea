package org.tombolo.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tombolo.onnx.Models.body;
import static org.tombolo.onnx.Models.integer;
import static org.tombolo.onnx.Models.model;
import static org.tombolo.onnx.Models.node;
import static org.tombolo.onnx.Models.value;
import static org.tombolo.onnx.Models.wholes;

import ai.onnx.proto.OnnxMl;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.scheduler.Engine;

class OnnxSessionTest {
  private static final int FLOAT = 1;
  private static final int INT64 = 7;
  private static final int BOOL = 9;

  /// Flattens a batch of unknown size by arithmetic on its shape.
  private static OnnxModel flatten() {
    return Models.read(
        model(
            OnnxMl.GraphProto.newBuilder()
                .setName("flatten")
                .addInput(value("x", FLOAT, "batch", 2, "width"))
                .addOutput(value("y", FLOAT, "batch", "flat"))
                .addInitializer(wholes("zero", 0))
                .addInitializer(wholes("rest", -1))
                .addNode(node("Shape", List.of("x"), List.of("shape")))
                .addNode(node("Gather", List.of("shape", "zero"), List.of("batch")))
                .addNode(
                    node("Concat", List.of("batch", "rest"), List.of("to"))
                        .addAttribute(integer("axis", 0)))
                .addNode(node("Reshape", List.of("x", "to"), List.of("flat")))
                .addNode(node("Neg", List.of("flat"), List.of("y")))));
  }

  private static Tensor counted(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return Tensor.of(values, dims);
  }

  @Test
  void eachShapeGetsAGraph() {
    try (OnnxSession session = OnnxSession.onReference(flatten())) {
      assertEquals(Shape.of(3, 8), run(session, counted(3, 2, 4)).shape());
      assertEquals(Shape.of(1, 2), run(session, counted(1, 2, 1)).shape());
    }
  }

  private static Tensor run(OnnxSession session, Tensor x) {
    return session.run(Map.of("x", x)).get("y");
  }

  @Test
  void manyShapesAreLetGo() {
    try (Engine engine = Engine.open("cpu");
        OnnxSession session = OnnxSession.on(engine, flatten()).keeping(2)) {
      for (int batch = 1; batch < 8; batch++) {
        assertEquals(-1, run(session, counted(batch, 2, 1)).at(1));
        assertTrue(session.graphs() <= 2);
      }
    }
  }

  /// Reshapes to extents that are fed: the second run with the same extents needs no new graph.
  @Test
  void extentsMayBeFed() {
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("reshape")
                    .addInput(value("x", FLOAT, 6))
                    .addInput(value("to", INT64, 2))
                    .addOutput(value("y", FLOAT, "a", "b"))
                    .addNode(node("Neg", List.of("x"), List.of("z")))
                    .addNode(node("Reshape", List.of("z", "to"), List.of("y")))));
    try (Engine engine = Engine.open("cpu");
        OnnxSession session = OnnxSession.on(engine, model)) {
      for (long[] to : new long[][] {{2, 3}, {3, -1}, {2, 3}}) {
        Tensor y = session.run(Map.of("x", counted(6), "to", Tensor.of(to, 2))).get("y");
        assertEquals(to[0], y.shape().dim(0));
        assertEquals(-5, y.at(5));
      }
      assertEquals(2, session.graphs());
    }
  }

  /// The number of results depends on values in the middle of the model; it is computed there.
  @Test
  void extentsMayBeComputed() {
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("nonzero")
                    .addInput(value("x", FLOAT, "n"))
                    .addOutput(value("y", INT64, 1, "count"))
                    .addNode(node("Relu", List.of("x"), List.of("z")))
                    .addNode(node("NonZero", List.of("z"), List.of("at")))
                    .addNode(node("Add", List.of("at", "at"), List.of("y")))));
    try (Engine engine = Engine.open("cpu");
        OnnxSession session = OnnxSession.on(engine, model)) {
      assertArrayEquals(
          new double[] {2, 6}, run(session, Tensor.of(new float[] {-1, 5, 0, 2})).toDoubles());
      assertArrayEquals(
          new double[] {0, 4}, run(session, Tensor.of(new float[] {1, -5, 8, 0})).toDoubles());
      assertEquals(2, session.graphs(), "two found: the same graphs");
      assertArrayEquals(
          new double[] {0}, run(session, Tensor.of(new float[] {1, -5, 0, 0})).toDoubles());
    }
  }

  /// Doubles until a limit is passed: how often depends on the value.
  @Test
  void tripsMayDependOnValues() {
    OnnxMl.GraphProto.Builder trip =
        OnnxMl.GraphProto.newBuilder()
            .setName("trip")
            .addInput(value("i", INT64))
            .addInput(value("c", BOOL))
            .addInput(value("v", FLOAT))
            .addOutput(value("more", BOOL))
            .addOutput(value("twice", FLOAT))
            .addOutput(value("row", FLOAT))
            .addNode(node("Add", List.of("v", "v"), List.of("twice")))
            .addNode(node("Less", List.of("twice", "limit"), List.of("more")))
            .addNode(node("Identity", List.of("twice"), List.of("row")));
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("loop")
                    .addInput(value("x", FLOAT))
                    .addInput(value("limit", FLOAT))
                    .addOutput(value("y", FLOAT))
                    .addOutput(value("rows", FLOAT, "trips"))
                    .addNode(
                        node("Loop", List.of("", "", "x"), List.of("y", "rows"))
                            .addAttribute(body("body", trip)))));
    try (Engine engine = Engine.open("cpu");
        OnnxSession session = OnnxSession.on(engine, model)) {
      Map<String, Tensor> out =
          session.run(Map.of("x", Tensor.scalar(1), "limit", Tensor.scalar(10)));
      assertEquals(16, out.get("y").at(0));
      assertArrayEquals(new double[] {2, 4, 8, 16}, out.get("rows").toDoubles());
      assertEquals(
          Shape.of(1),
          session
              .run(Map.of("x", Tensor.scalar(6), "limit", Tensor.scalar(10)))
              .get("rows")
              .shape());
    }
  }

  @Test
  void inputsMustFit() {
    try (OnnxSession session = OnnxSession.onReference(flatten())) {
      assertEquals(
          """
          test.onnx: input "x" is missing, given are []; need float[batch,2,width]
            try: a tensor under this name\
          """,
          assertThrows(OnnxException.class, () -> session.run(Map.of())).getMessage());
      assertEquals(
          """
          test.onnx: input "x" is float[3,5,4]; need float[batch,2,width] with {batch=3}
            try: a tensor of that type\
          """,
          assertThrows(OnnxException.class, () -> run(session, counted(3, 5, 4))).getMessage());
      assertEquals(
          """
          test.onnx: there is no input "z"; need one of [x]
            try: one of those names\
          """,
          assertThrows(
                  OnnxException.class,
                  () -> session.run(Map.of("x", counted(1, 2, 1), "z", counted(1))))
              .getMessage());
    }
  }

  @Test
  void aMistakeNamesTheNode() {
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("sum")
                    .addInput(value("x", FLOAT, 2))
                    .addInput(value("w", FLOAT, 3))
                    .addOutput(value("y", FLOAT, 2))
                    .addNode(node("Add", List.of("x", "w"), List.of("y")))));
    try (OnnxSession session = OnnxSession.onReference(model)) {
      String message =
          assertThrows(
                  OnnxException.class, () -> session.run(Map.of("x", counted(2), "w", counted(3))))
              .getMessage();
      assertTrue(
          message.startsWith(
              "node Add \"add_y\", opset 18, inputs [float[2], float[3]]: shapes are"),
          message);
    }
  }

  @Test
  void aTensorMayNotBeLargerThanMemory() {
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("huge")
                    .addInput(value("to", INT64, 2))
                    .addOutput(value("y", FLOAT, "a", "b"))
                    .addNode(node("ConstantOfShape", List.of("to"), List.of("z")))
                    .addNode(node("Neg", List.of("z"), List.of("y")))));
    try (OnnxSession session = OnnxSession.onReference(model)) {
      Tensor to = Tensor.of(new long[] {1L << 30, 1L << 20}, 2);
      String message =
          assertThrows(OnnxException.class, () -> session.run(Map.of("to", to))).getMessage();
      assertTrue(message.contains("gives float[1073741824,1048576]; need a tensor of"), message);
    }
  }
}

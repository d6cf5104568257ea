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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Value;
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

  /// Adds 1 and collects, as often as is said; stops early at a limit.
  private static OnnxModel counting() {
    OnnxMl.GraphProto.Builder trip =
        OnnxMl.GraphProto.newBuilder()
            .setName("trip")
            .addInput(value("i", INT64))
            .addInput(value("c", BOOL))
            .addInput(value("v", FLOAT))
            .addOutput(value("more", BOOL))
            .addOutput(value("next", FLOAT))
            .addOutput(value("row", FLOAT))
            .addNode(node("Cast", List.of("i"), List.of("f")).addAttribute(integer("to", FLOAT)))
            .addNode(node("Add", List.of("v", "f"), List.of("next")))
            .addNode(node("Less", List.of("next", "limit"), List.of("more")))
            .addNode(node("Neg", List.of("v"), List.of("row")));
    return Models.read(
        model(
            OnnxMl.GraphProto.newBuilder()
                .setName("loop")
                .addInput(value("x", FLOAT))
                .addInput(value("trips", INT64))
                .addInput(value("limit", FLOAT))
                .addOutput(value("y", FLOAT))
                .addOutput(value("rows", FLOAT, "made"))
                .addNode(
                    node("Loop", List.of("trips", "", "x"), List.of("y", "rows"))
                        .addAttribute(body("body", trip)))));
  }

  private static Map<String, Tensor> counted(OnnxSession session, long trips, float limit) {
    return session.run(
        Map.of(
            "x", Tensor.scalar(1),
            "trips", Tensor.of(new long[] {trips}),
            "limit", Tensor.scalar(limit)));
  }

  /// The body is in the graph once, however many trips there are.
  @Test
  void manyTripsAreALoopOfTheGraph() {
    try (Engine engine = Engine.open("cpu");
        OnnxSession session = OnnxSession.on(engine, counting());
        OnnxSession reference = OnnxSession.onReference(counting())) {
      for (OnnxSession each : List.of(session, reference)) {
        Map<String, Tensor> all = counted(each, 1000, 1e9f);
        assertEquals(1 + 999 * 500, all.get("y").at(0));
        assertEquals(Shape.of(1000), all.get("rows").shape());
        assertEquals(-(1 + 998 * 999 / 2), all.get("rows").at(999));
        Map<String, Tensor> some = counted(each, 1000, 10);
        assertEquals(11, some.get("y").at(0), "1 + 0 + 1 + 2 + 3 + 4");
        assertArrayEquals(new double[] {-1, -1, -2, -4, -7}, some.get("rows").toDoubles());
        assertEquals(Shape.of(3), counted(each, 3, 10).get("rows").shape());
      }
    }
  }

  /// What is carried grows, so each trip has types of its own.
  @Test
  void tripsMayChangeTypes() {
    OnnxMl.GraphProto.Builder trip =
        OnnxMl.GraphProto.newBuilder()
            .setName("trip")
            .addInput(value("i", INT64))
            .addInput(value("c", BOOL))
            .addInput(value("v", FLOAT, "n"))
            .addOutput(value("c", BOOL))
            .addOutput(value("longer", FLOAT, "m"))
            .addNode(
                node("Concat", List.of("v", "x"), List.of("longer"))
                    .addAttribute(integer("axis", 0)));
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("loop")
                    .addInput(value("x", FLOAT, 1))
                    .addOutput(value("y", FLOAT, "m"))
                    .addInitializer(wholes("trips", 20))
                    .addNode(
                        node("Loop", List.of("trips", "", "x"), List.of("y"))
                            .addAttribute(body("body", trip)))));
    try (OnnxSession session = OnnxSession.onReference(model)) {
      Tensor y = session.run(Map.of("x", Tensor.of(new float[] {3}, 1))).get("y");
      assertEquals(Tensor.full(TensorType.f32(21), 3), y);
    }
  }

  /// Few rows become part of the graph one by one, many rows are a loop; both give running sums.
  @Test
  void scansOfManyRowsAreLoopsOfTheGraph() {
    OnnxMl.GraphProto.Builder trip =
        OnnxMl.GraphProto.newBuilder()
            .setName("trip")
            .addInput(value("sum", FLOAT, 2))
            .addInput(value("row", FLOAT, 2))
            .addOutput(value("next", FLOAT, 2))
            .addOutput(value("shown", FLOAT, 2))
            .addNode(node("Add", List.of("sum", "row"), List.of("next")))
            .addNode(node("Identity", List.of("next"), List.of("shown")));
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("scan")
                    .addInput(value("zero", FLOAT, 2))
                    .addInput(value("x", FLOAT, "n", 2))
                    .addOutput(value("last", FLOAT, 2))
                    .addOutput(value("sums", FLOAT, "n", 2))
                    .addNode(
                        node("Scan", List.of("zero", "x"), List.of("last", "sums"))
                            .addAttribute(integer("num_scan_inputs", 1))
                            .addAttribute(body("body", trip)))));
    try (Engine engine = Engine.open("cpu");
        OnnxSession session = OnnxSession.on(engine, model)) {
      for (int rows : new int[] {3, 100}) {
        Map<String, Tensor> out =
            session.run(Map.of("zero", Tensor.of(new float[2], 2), "x", counted(rows, 2)));
        assertEquals(rows * (rows - 1), out.get("last").at(0));
        assertEquals(rows * (rows - 1), out.get("sums").at(2L * rows - 2));
        assertEquals(rows * rows, out.get("sums").at(2L * rows - 1));
      }
    }
  }

  /// A recurrent layer of many steps is a loop; one of the same steps in pieces is not.
  @Test
  void longSequencesGiveWhatShortOnesGive() {
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("lstm")
                    .addInput(value("x", FLOAT, "t", 2, 3))
                    .addInput(value("w", FLOAT, 1, 8, 3))
                    .addInput(value("r", FLOAT, 1, 8, 2))
                    .addInput(value("h", FLOAT, 1, 2, 2))
                    .addInput(value("c", FLOAT, 1, 2, 2))
                    .addOutput(value("y", FLOAT, "t", 1, 2, 2))
                    .addOutput(value("lastH", FLOAT, 1, 2, 2))
                    .addOutput(value("lastC", FLOAT, 1, 2, 2))
                    .addNode(
                        node(
                                "LSTM",
                                List.of("x", "w", "r", "", "", "h", "c"),
                                List.of("y", "lastH", "lastC"))
                            .addAttribute(integer("hidden_size", 2)))));
    Tensor w = small(1, 8, 3);
    Tensor r = small(1, 8, 2);
    Tensor state = small(1, 2, 2);
    try (Engine engine = Engine.open("cpu");
        OnnxSession session = OnnxSession.on(engine, model)) {
      Tensor x = small(40, 2, 3);
      Map<String, Tensor> whole =
          session.run(Map.of("x", x, "w", w, "r", r, "h", state, "c", state));
      Tensor h = state;
      Tensor c = state;
      for (int start = 0; start < 40; start += 10) {
        int from = start * 6;
        float[] piece = Arrays.copyOfRange(x.toFloats(), from, from + 60);
        Map<String, Tensor> part =
            session.run(Map.of("x", Tensor.of(piece, 10, 2, 3), "w", w, "r", r, "h", h, "c", c));
        h = part.get("lastH");
        c = part.get("lastC");
      }
      assertArrayEquals(whole.get("lastH").toDoubles(), h.toDoubles(), 1e-6);
      assertArrayEquals(whole.get("lastC").toDoubles(), c.toDoubles(), 1e-6);
    }
  }

  private static Tensor small(long... dims) {
    return Tensor.filled(TensorType.f32(dims), i -> Math.sin(i * 1.7) * 0.5);
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
  void ranksThatDoNotFitAreMistakes() {
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("conv")
                    .addInput(value("x", FLOAT, 3))
                    .addInput(value("w", FLOAT, 2))
                    .addOutput(value("y", FLOAT, "n"))
                    .addNode(node("Conv", List.of("x", "w"), List.of("y")))));
    try (OnnxSession session = OnnxSession.onReference(model)) {
      String message =
          assertThrows(
                  OnnxException.class, () -> session.run(Map.of("x", counted(3), "w", counted(2))))
              .getMessage();
      assertTrue(
          message.startsWith("node Conv \"conv_y\", opset 18, inputs [float[3], float[2]]"),
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

  /// Texts are known while a model is lowered, so that there are no graphs to count.
  @Test
  void manyTextsAreLetGo() {
    int string = OnnxMl.TensorProto.DataType.STRING.getNumber();
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("texts")
                    .addInput(value("x", string, 1))
                    .addOutput(value("y", string, 1))
                    .addNode(node("Identity", List.of("x"), List.of("y")))));
    try (OnnxSession session = OnnxSession.onReference(model).keeping(2)) {
      for (int i = 0; i < 20; i++) {
        Value text = new Value.Texts(Shape.of(1), List.of("text " + i));
        assertEquals(text, session.runValues(Map.of("x", text)).get("y"));
        assertTrue(session.kept() <= 2, session.kept() + " kept");
      }
    }
  }

  /// The second run uses what the first one lowered.
  @Test
  void whatFailsOnTheHostLaterIsNamedToo() {
    OnnxModel model =
        Models.read(
            model(
                OnnxMl.GraphProto.newBuilder()
                    .setName("regions")
                    .addInput(value("x", FLOAT, 1, 1, 4, 4))
                    .addInput(value("rois", FLOAT, 1, 4))
                    .addInput(value("image", INT64, 1))
                    .addOutput(value("y", FLOAT, 1, 1, 1, 1))
                    .addNode(node("RoiAlign", List.of("x", "rois", "image"), List.of("y")))));
    try (OnnxSession session = OnnxSession.onReference(model)) {
      Tensor x = Tensor.full(TensorType.f32(1, 1, 4, 4), 2);
      Tensor roi = Tensor.of(new float[] {0, 0, 2, 2}, 1, 4);
      Tensor first = Tensor.of(new long[] {0}, 1);
      Tensor ninth = Tensor.of(new long[] {9}, 1);
      assertEquals(2, session.run(Map.of("x", x, "rois", roi, "image", first)).get("y").at(0));
      String message =
          assertThrows(
                  OnnxException.class,
                  () -> session.run(Map.of("x", x, "rois", roi, "image", ninth)))
              .getMessage();
      assertTrue(message.startsWith("node RoiAlign"), message);
      Tensor endless = Tensor.of(new float[] {0, 0, 1e30f, 2}, 1, 4);
      message =
          assertThrows(
                  OnnxException.class,
                  () -> session.run(Map.of("x", x, "rois", endless, "image", first)))
              .getMessage();
      assertTrue(message.contains("need at most 4096"), message);
    }
  }
}

package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Gradients of whole models as their training graphs have them, against central differences of the
/// loss in double precision.
class ModelGradientTest {
  private static final int BATCH = 2;
  private static final double H = 1e-7;

  /// Share of a gradient's length: the error of a central difference is of the order of H*H, and
  /// where a rectifier or a maximum changes sides between the two, of H.
  private static final double TOLERANCE = 1e-5;

  /// So large that a parameter after one step of descent is little but its gradient.
  private static final double RATE = 1 << 20;

  static Stream<Model> models() {
    return Stream.of(
        Models.digits(),
        Models.clothing(),
        Model.sequential(
            "others",
            Shape.of(6, 5, 2),
            new Scale(0.01, -1),
            Conv2d.of(3, 3).stride(2).padding(new Padding.Zeros(1)).activation(Activation.GELU),
            new AvgPool2d(2, 1),
            new Flatten(),
            Activation.SIGMOID,
            Dense.of(5).activation(Activation.TANH),
            Dense.of(10)),
        Model.sequential(
            "norms",
            Shape.of(4, 3, 2),
            new Scale(0.01, -1),
            new BatchNorm(0.9, 0.1),
            Conv2d.of(4, 3).same().activation(Activation.SILU),
            GroupNorm.of(2),
            new LayerNorm(),
            Activation.MISH,
            new InstanceNorm(0.1),
            new RmsNorm(),
            new Flatten(),
            Dense.of(10)),
        Model.sequential(
            "groups",
            Shape.of(5, 4, 4),
            new Scale(0.01, -1),
            Conv2d.of(6, 3).same().groups(2).activation(Activation.SILU),
            Conv2d.of(12, 2).stride(2).groups(6),
            new Flatten(),
            Dense.of(10)),
        Model.sequential(
            "recurrent",
            Shape.of(4, 3),
            new Scale(0.01, -1),
            SimpleRnn.of(4).everyStep(),
            Lstm.of(3).everyStep(),
            Gru.of(10)),
        Model.sequential(
            "attention",
            Shape.of(5),
            Embedding.of(256, 4),
            new Scale(5, 0),
            MultiHeadAttention.causal(2),
            MultiHeadAttention.of(1),
            new Flatten(),
            Dense.of(10)));
  }

  @ParameterizedTest
  @MethodSource("models")
  void agreeWithCentralDifferences(Model model) {
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    List<Long> dims = new ArrayList<>(model.input().toList());
    dims.addFirst((long) BATCH);
    TensorType type = new TensorType(DType.U8, Shape.of(dims));
    double largest = model.name().equals("digits") ? 16 : 255;
    Tensor images = Tensor.filled(type, i -> random.nextDouble() * largest);
    Tensor labels = Tensor.ofUnsigned(new byte[] {3, 9}, BATCH);
    Map<String, Tensor> feeds = Map.of(ModelGraph.FEATURES, images, ModelGraph.LABELS, labels);
    Loss loss = Loss.sparseCrossEntropy();
    Optimizer sgd = Optimizer.Sgd.withRate(RATE);
    Map<String, Tensor> variables = new HashMap<>(ModelGraph.initial(model, sgd, seed));
    Graph training = ModelGraph.training(model, loss, sgd, seed, type, labels.type());
    Graph forward = ModelGraph.inspection(model, loss, seed, type, labels.type());

    Reference.Result step = Reference.run(training, feeds, variables);

    for (Parameter parameter : model.parameters()) {
      String name = parameter.name();
      Tensor before = variables.get(name);
      Tensor after = step.variables().get(name);
      // A random direction over all elements of the parameter at once, as far as floats go.
      Tensor up = Tensor.filled(before.type(), i -> before.at(i) + (random.nextBoolean() ? H : -H));
      Tensor down = Tensor.filled(before.type(), i -> 2 * before.at(i) - up.at(i));
      double analytic = 0;
      double magnitude = 0;
      for (long i = 0; i < before.type().size(); i++) {
        double gradient = (before.at(i) - after.at(i)) / RATE;
        analytic += gradient * (up.at(i) - down.at(i)) / (2 * H);
        magnitude += gradient * gradient;
      }
      double numeric =
          (lossWith(forward, feeds, variables, name, up)
                  - lossWith(forward, feeds, variables, name, down))
              / (2 * H);
      magnitude = Math.sqrt(magnitude);
      if (name.endsWith("key_bias")) {
        // Adds the same to all scores of a query, which changes no weight.
        assertEquals(0, magnitude, 1e-7, name);
        continue;
      }
      assertTrue(magnitude > 0, name + " has no gradient, seed " + seed);
      assertEquals(numeric, analytic, TOLERANCE * magnitude, name + ", seed " + seed);
    }
  }

  private static double lossWith(
      Graph graph,
      Map<String, Tensor> feeds,
      Map<String, Tensor> variables,
      String name,
      Tensor value) {
    Map<String, Tensor> changed = new HashMap<>(variables);
    changed.put(name, value);
    return Reference.run(graph, feeds, changed).doubles(ModelGraph.LOSS)[0];
  }

  @Test
  void aStepWithoutFiniteLossChangesNothing() {
    Model model = Model.sequential("line", Shape.of(2), Dense.of(3));
    Optimizer adam = Optimizer.Adam.withRate(0.1);
    Tensor labels = Tensor.of(new int[] {1}, 1);
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      Tensor x = Tensor.of(new float[] {1, bad}, 1, 2);
      Graph graph =
          ModelGraph.training(model, Loss.sparseCrossEntropy(), adam, 1, x.type(), labels.type());
      Map<String, Tensor> variables = ModelGraph.initial(model, adam, 1);
      Reference.Result result =
          Reference.run(
              graph, Map.of(ModelGraph.FEATURES, x, ModelGraph.LABELS, labels), variables);
      assertTrue(!Double.isFinite(result.doubles(ModelGraph.LOSS)[0]), "loss of " + bad);
      assertEquals(variables, result.variables());
    }
  }
}

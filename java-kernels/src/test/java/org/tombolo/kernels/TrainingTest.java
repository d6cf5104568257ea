package org.tombolo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.ByteMeter;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Fit;
import org.tombolo.nn.Flatten;
import org.tombolo.nn.Grafted;
import org.tombolo.nn.Model;
import org.tombolo.nn.Optimizer;
import org.tombolo.nn.Scale;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.data.DataSets;
import org.tombolo.scheduler.Engine;

/// A network with an activation and a normalisation of a user's own.
class TrainingTest {

  /// `x * sigmoid(x)`. Its gradient is made of operations.
  static final class Swish extends SampleKernels.Map1 {
    @Override
    float of(float v) {
      return v / (1 + (float) Math.exp(-v));
    }

    @Override
    protected List<Optional<Node>> gradient(
        List<Node> operands, List<Node> results, List<Node> dys) {
      Node y = results.getFirst();
      Node s = operands.getFirst().sigmoid();
      Node slope = y.add(s.mul(y.neg().add(1)));
      return List.of(Optional.of(dys.getFirst().mul(slope)));
    }
  }

  /// Each row divided by the root of its mean square, times a weight for each column; one work-item
  /// for each row. Its gradient is another kernel.
  static final class RowNorm extends Kernel {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Reader weight = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();
    private final Floats.Writer scale = new Floats.Writer();

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0), TensorType.f32(operands.get(0).dim(0)));
    }

    @Override
    protected void run(Item item) {
      int row = item.globalId(0);
      int n = weight.length();
      float sum = 0;
      for (int k = 0; k < n; k++) {
        sum += x.get(row * n + k) * x.get(row * n + k);
      }
      float s = 1 / (float) Math.sqrt(sum / n + 1e-5f);
      scale.set(row, s);
      for (int k = 0; k < n; k++) {
        y.set(row * n + k, x.get(row * n + k) * s * weight.get(k));
      }
    }

    @Override
    protected List<Optional<Node>> gradient(
        List<Node> operands, List<Node> results, List<Node> dys) {
      Node x = operands.get(0);
      Node scale = results.get(1);
      Node dy = dys.get(0);
      Node dx =
          new RowNormGradient()
              .call(Range.of(x.shape().dim(0)), x, operands.get(1), scale, dy, dys.get(1));
      Node repeated = scale.reshape(scale.shape().dim(0), 1).broadcastTo(x.shape());
      return List.of(Optional.of(dx), Optional.of(dy.mul(x).mul(repeated).sum(0)));
    }
  }

  static final class RowNormGradient extends SampleKernels.Same {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Reader weight = new Floats.Reader();
    private final Floats.Reader scale = new Floats.Reader();
    private final Floats.Reader dy = new Floats.Reader();
    private final Floats.Reader dScale = new Floats.Reader();
    private final Floats.Writer dx = new Floats.Writer();

    @Override
    protected void run(Item item) {
      int row = item.globalId(0);
      int n = weight.length();
      float s = scale.get(row);
      float dot = dScale.get(row);
      for (int k = 0; k < n; k++) {
        dot += dy.get(row * n + k) * weight.get(k) * x.get(row * n + k);
      }
      for (int k = 0; k < n; k++) {
        int i = row * n + k;
        dx.set(i, s * weight.get(k) * dy.get(i) - dot * s * s * s * x.get(i) / n);
      }
    }
  }

  private static Grafted.Part part(TensorType type, BiFunction<GraphBuilder, Node, Node> body) {
    GraphBuilder g = new GraphBuilder("part");
    Node y = body.apply(g, g.input("x", type));
    g.output("y", y);
    Tensor ones = Tensor.full(TensorType.f32(type.dim(1)), 1);
    return new Grafted.Part(
        g.build(), g.build().variables().isEmpty() ? Map.of() : Map.of("weight", ones));
  }

  private static Model model() {
    return Model.sequential(
        "custom",
        Shape.of(8, 8, 1),
        Scale.by(1.0 / 16),
        new Flatten(),
        Dense.of(32),
        Grafted.trained(
            "norm",
            type ->
                part(
                    type,
                    (g, x) -> {
                      Node weight = g.variable("weight", TensorType.f32(type.dim(1)));
                      return new RowNorm().callAll(Range.of(type.dim(0)), x, weight).getFirst();
                    })),
        Grafted.frozen(
            "swish", type -> part(type, (_, x) -> new Swish().call(Range.of(type.size()), x))),
        Dense.of(10));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void learnsDigits(String device) {
    DataSet data = DataSets.digits().train();
    int batch = 32;
    try (Engine engine = TestEngines.open(device);
        Trainer trainer = model().on(engine).seed(42).optimizer(Optimizer.Adam.withRate(3e-3))) {
      double before = trainer.evaluate(data).loss();
      trainer.fit(data, Fit.epochs(3).batch(batch));
      var after = trainer.evaluate(data);
      assertTrue(after.loss() < 0.3 * before, before + " to " + after.loss());
      Tensor weight =
          trainer.variables().entrySet().stream()
              .filter(entry -> entry.getKey().endsWith("/weight"))
              .findFirst()
              .orElseThrow()
              .getValue();
      boolean moved = false;
      for (int i = 0; i < 32; i++) {
        moved |= Math.abs(weight.at(i) - 1) > 1e-3;
      }
      assertTrue(moved, "the weights of the normalisation were trained");
      ByteMeter meter = engine.meter();
      long up = meter.up();
      long down = meter.down();
      trainer.fit(data.range(0, batch), Fit.epochs(1).batch(batch));
      assertEquals(batch * 65L, meter.up() - up, "a batch of images and labels");
      assertTrue(meter.down() - down <= 8, "a loss");
    }
  }

  @Test
  void gradientsAgreeWithDifferenceQuotients() {
    KernelCheck.gradients(new Swish(), Range.of(21), TensorType.f32(3, 7)).require(0, 1e-3);
    KernelCheck.gradients(new RowNorm(), Range.of(3), TensorType.f32(3, 7), TensorType.f32(7))
        .require(0, 1e-3);
  }

  @Test
  void aWrongGradientShows() {
    Kernel wrong =
        new SampleKernels.Map1() {
          @Override
          float of(float v) {
            return v * v;
          }

          @Override
          protected List<Optional<Node>> gradient(
              List<Node> operands, List<Node> results, List<Node> dys) {
            return List.of(Optional.of(dys.getFirst().mul(operands.getFirst())));
          }
        };
    KernelCheck.Report report = KernelCheck.gradients(wrong, Range.of(5), TensorType.f32(5));
    assertTrue(report.worstRelative() > 0.05, report::toString);
  }

  @Test
  void formsAgree() {
    KernelCheck.agree(
            new RowNorm(),
            Range.of(5),
            List.of(
                Tensor.filled(TensorType.f32(5, 9), i -> i % 7 - 3),
                Tensor.filled(TensorType.f32(9), i -> i * 0.1)))
        .requireAllRan()
        .require(4, 1e-6);
    KernelCheck.agree(new Swish(), Range.of(99), TensorType.f32(99))
        .requireAllRan()
        .require(8, 1e-5);
  }
}

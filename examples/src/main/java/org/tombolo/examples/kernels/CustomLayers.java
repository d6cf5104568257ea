package org.tombolo.examples.kernels;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Floats;
import org.tombolo.kernels.Item;
import org.tombolo.kernels.Kernel;
import org.tombolo.kernels.Range;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Fit;
import org.tombolo.nn.Flatten;
import org.tombolo.nn.Grafted;
import org.tombolo.nn.Layer;
import org.tombolo.nn.Model;
import org.tombolo.nn.Optimizer.Adam;
import org.tombolo.nn.Scale;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.DataSets;
import org.tombolo.nn.data.Split;
import org.tombolo.scheduler.Engine;

/// A network that learns through kernels: an activation whose gradient is a kernel, and a
/// normalisation whose gradient is made of the library's operations.
public final class CustomLayers implements KernelExample {
  private static final int ROUNDS = 4;

  /// `y = (x + sqrt(x*x + 4)) / 2`, smooth where a rectifier has an edge.
  static final class SquarePlus extends Kernel {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return operands;
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      float v = x.get(i);
      y.set(i, 0.5f * (v + (float) Math.sqrt(v * v + 4)));
    }

    @Override
    protected List<Optional<Node>> gradient(
        List<Node> operands, List<Node> results, List<Node> dys) {
      Node x = operands.get(0);
      return List.of(Optional.of(new SquarePlusGradient().call(items(x), x, dys.get(0))));
    }
  }

  /// `dx = dy * (1 + x / sqrt(x*x + 4)) / 2`.
  static final class SquarePlusGradient extends Kernel {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Reader dy = new Floats.Reader();
    private final Floats.Writer dx = new Floats.Writer();

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0));
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      float v = x.get(i);
      dx.set(i, dy.get(i) * 0.5f * (1 + v / (float) Math.sqrt(v * v + 4)));
    }
  }

  /// Divides each row of `[n, m]` by the root of its mean square; a work-item for each row.
  static final class RowNorm extends Kernel {
    private final int width;
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();
    private final Floats.Writer root = new Floats.Writer();

    RowNorm(int width) {
      this.width = width;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      TensorType type = operands.get(0);
      return List.of(type, TensorType.f32(type.shape().dim(0), 1));
    }

    @Override
    protected void run(Item item) {
      int row = item.globalId(0);
      float sum = 0;
      for (int i = row * width; i < (row + 1) * width; i++) {
        sum += x.get(i) * x.get(i);
      }
      float r = (float) Math.sqrt(sum / width + 1e-5f);
      root.set(row, r);
      for (int i = row * width; i < (row + 1) * width; i++) {
        y.set(i, x.get(i) / r);
      }
    }

    @Override
    protected List<Optional<Node>> gradient(
        List<Node> operands, List<Node> results, List<Node> dys) {
      // dx = (dy - y * mean(dy * y)) / root; the root itself is used by nobody.
      Node y = results.get(0);
      Node dy = dys.get(0);
      Shape shape = y.shape();
      Node mean = dy.mul(y).reduceKeeping(ReduceFn.SUM, 1).mul(1.0 / width).broadcastTo(shape);
      Node root = results.get(1).broadcastTo(shape);
      return List.of(Optional.of(dy.sub(y.mul(mean)).div(root)));
    }
  }

  private static Range items(Node x) {
    return Range.of(x.shape().size());
  }

  /// A layer of a network that is a function of its features.
  private static Layer layer(String name, UnaryOperator<Node> function) {
    return Grafted.frozen(
        name,
        features -> {
          GraphBuilder g = new GraphBuilder(name);
          g.output("y", function.apply(g.input("x", features)));
          return new Grafted.Part(g.build(), Map.of());
        });
  }

  /// Digits of 8 by 8 points, through both kernels.
  static Model model(int width) {
    return Model.sequential(
        "kernels",
        Shape.of(8, 8, 1),
        Scale.by(1.0 / 16),
        new Flatten(),
        Dense.of(width),
        layer("rownorm", x -> new RowNorm(width).callAll(Range.of(x.shape().dim(0)), x).getFirst()),
        layer("squareplus", x -> new SquarePlus().call(items(x), x)),
        Dense.of(10));
  }

  @Override
  public String name() {
    return "custom-layers";
  }

  @Override
  public String about() {
    return "a network that learns to read digits through kernels of its own";
  }

  @Override
  public int rounds() {
    return ROUNDS;
  }

  @Override
  public Run on(Engine engine, int scale) {
    Split digits = DataSets.digits();
    Trainer trainer = model(32 * scale).on(engine).optimizer(Adam.withRate(0.01)).seed(1);
    return new Run() {
      @Override
      public void round() {
        trainer.fit(digits.train(), Fit.epochs(1).batch(32));
      }

      @Override
      public Outcome outcome() {
        double accuracy = trainer.evaluate(digits.test()).accuracy().orElse(0);
        return new Outcome(
            "share of digits read wrongly after %d epochs".formatted(ROUNDS),
            1 - accuracy,
            0.1,
            Optional.empty());
      }

      @Override
      public void close() {
        trainer.close();
      }
    };
  }

  @Override
  public Optional<Run> plain(int scale) {
    return Optional.empty(); // training by hand would be another program
  }
}

package org.tombolo.examples.kernels;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Floats;
import org.tombolo.kernels.Item;
import org.tombolo.kernels.Kernel;
import org.tombolo.kernels.Range;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Heat that spreads over a plate with a cold border: state that stays on the device.
///
/// The plate starts as `sin(pi x) sin(pi y)`, whose temperature falls everywhere by `exp(-2 pi^2
/// t)`. The plate is a variable of the graph, so a step moves nothing between host and device.
public final class HeatStencil implements KernelExample {
  /// What of the difference to each neighbour flows in a step; stable up to 0.25.
  public static final float SHARE = 0.2f;

  private static final int STEPS = 500;

  /// One step: each point inside moves towards the mean of its four neighbours.
  static final class Spread extends Kernel {
    private final int side;
    private final Floats.Reader heat = new Floats.Reader();
    private final Floats.Writer next = new Floats.Writer();

    Spread(int side) {
      this.side = side;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return operands;
    }

    @Override
    protected void run(Item item) {
      int row = item.globalId(0);
      int column = item.globalId(1);
      int i = row * side + column;
      if (row > 0 && row < side - 1 && column > 0 && column < side - 1) {
        float around = heat.get(i - side) + heat.get(i + side) + heat.get(i - 1) + heat.get(i + 1);
        next.set(i, heat.get(i) + SHARE * (around - 4 * heat.get(i)));
      }
    }
  }

  @Override
  public String name() {
    return "heat";
  }

  @Override
  public String about() {
    return "heat on a plate, against the solution of the differential equation";
  }

  @Override
  public int rounds() {
    return STEPS;
  }

  /// Points along a side of the plate.
  public static int side(int scale) {
    return 64 * scale + 1;
  }

  /// Temperatures at the start, `[side, side]`.
  public static float[] start(int side) {
    float[] heat = new float[side * side];
    for (int row = 1; row < side - 1; row++) {
      for (int column = 1; column < side - 1; column++) {
        heat[row * side + column] =
            (float)
                (Math.sin(Math.PI * row / (side - 1)) * Math.sin(Math.PI * column / (side - 1)));
      }
    }
    return heat;
  }

  @Override
  public Run on(Engine engine, int scale) {
    int side = side(scale);
    float[] start = start(side);
    GraphBuilder g = new GraphBuilder("heat");
    Node heat = g.variable("heat", TensorType.f32(side, side));
    g.assign("heat", new Spread(side).call(Range.of(side, side), heat));
    State state = engine.newState();
    state.set("heat", Tensor.of(start, side, side));
    Plan plan = engine.compile(g.build(), state);
    return new Run() {
      private int steps;

      @Override
      public void round() {
        plan.run(Map.of());
        steps++;
      }

      @Override
      public Outcome outcome() {
        return judged(steps, side, state.get("heat").toFloats());
      }

      @Override
      public void close() {
        plan.close();
        state.close();
      }
    };
  }

  /// How good temperatures are after some steps from the start.
  public static Outcome judged(int steps, int side, float[] now) {
    float[] start = start(side);
    double h = 1.0 / (side - 1);
    double left = Math.exp(-2 * Math.PI * Math.PI * SHARE * h * h * steps);
    double worst = 0;
    BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < side * side; i++) {
      worst = Math.max(worst, Math.abs(now[i] - left * start[i]));
      float warm = Math.clamp(now[i], 0f, 1f);
      picture.setRGB(
          i % side, i / side, Color.HSBtoRGB(0.67f * (1 - warm), 0.9f, 0.3f + 0.7f * warm));
    }
    // Steps of h in space and SHARE*h*h in time leave an error of the order of h*h.
    return new Outcome(
        "largest difference from the solution after %d steps, where 1 is the start"
            .formatted(steps),
        worst,
        4 * h * h,
        Optional.of(picture));
  }

  @Override
  public Optional<Run> plain(int scale) {
    int side = side(scale);
    return Optional.of(
        new Run() {
          private float[] heat = start(side);
          private float[] next = new float[side * side];
          private int steps;

          @Override
          public void round() {
            for (int row = 1; row < side - 1; row++) {
              for (int i = row * side + 1; i < row * side + side - 1; i++) {
                float around = heat[i - side] + heat[i + side] + heat[i - 1] + heat[i + 1];
                next[i] = heat[i] + SHARE * (around - 4 * heat[i]);
              }
            }
            float[] old = heat;
            heat = next;
            next = old;
            steps++;
          }

          @Override
          public Outcome outcome() {
            return judged(steps, side, heat);
          }
        });
  }
}

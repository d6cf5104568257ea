package org.tombolo.examples.kernels;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Ints;
import org.tombolo.kernels.Item;
import org.tombolo.kernels.Kernel;
import org.tombolo.kernels.Range;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// The first kernel to read: one work-item for each point of a picture, and no operands.
///
/// A point `c` belongs to the Mandelbrot set if `z = z*z + c` stays near zero however often it is
/// repeated; the colours count how often it takes to leave. Points leave at very different times,
/// so work-items have very different amounts of work.
public final class Mandelbrot implements KernelExample {
  /// After so many repetitions a point counts as one of the set.
  public static final int MOST = 256;

  /// For each point, after how many repetitions it leaves.
  static final class Escape extends Kernel {
    private final int height;
    private final int width;
    private final Ints.Writer count = new Ints.Writer();

    Escape(int height, int width) {
      this.height = height;
      this.width = width;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(new TensorType(DType.I32, Shape.of(height, width)));
    }

    @Override
    protected void run(Item item) {
      int row = item.globalId(0);
      int column = item.globalId(1);
      count.set(row * width + column, escape(row, column, height, width));
    }

    static int escape(int row, int column, int height, int width) {
      float x = -2.2f + 3.0f * column / width;
      float y = -1.2f + 2.4f * row / height;
      float re = 0;
      float im = 0;
      int n = 0;
      while (n < MOST) {
        float next = re * re - im * im + x;
        im = 2 * re * im + y;
        re = next;
        if (re * re + im * im > 4) {
          break;
        }
        n++;
      }
      return n;
    }

    @Override
    protected long flopsPerItem() {
      return 8L * MOST / 4;
    }
  }

  @Override
  public String name() {
    return "mandelbrot";
  }

  @Override
  public String about() {
    return "the Mandelbrot set as a picture, point by point the same as plain Java";
  }

  @Override
  public int rounds() {
    return 1;
  }

  /// Rows of the picture.
  public static int height(int scale) {
    return 120 * scale;
  }

  /// Columns of the picture.
  public static int width(int scale) {
    return 150 * scale;
  }

  @Override
  public Run on(Engine engine, int scale) {
    int height = height(scale);
    int width = width(scale);
    GraphBuilder g = new GraphBuilder("mandelbrot");
    g.output("count", new Escape(height, width).callIn(g, Range.of(height, width)).getFirst());
    State state = engine.newState();
    Plan plan = engine.compile(g.build(), state);
    return new Run() {
      private Tensor count = Tensor.scalar(0);

      @Override
      public void round() {
        count = Objects.requireNonNull(plan.run(Map.of()).get("count"));
      }

      @Override
      public Outcome outcome() {
        int[] counts = IntStream.range(0, height * width).map(i -> (int) count.longAt(i)).toArray();
        return judged(scale, counts);
      }

      @Override
      public void close() {
        plan.close();
        state.close();
      }
    };
  }

  /// How good counts are, one for each point in row-major order.
  public static Outcome judged(int scale, int[] count) {
    int height = height(scale);
    int width = width(scale);
    int different = 0;
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        int n = count[row * width + column];
        different += n == Escape.escape(row, column, height, width) ? 0 : 1;
        picture.setRGB(column, row, color(n));
      }
    }
    // Devices may round x*x + c once where Java rounds twice, at the border of the set.
    return new Outcome(
        "points that differ from plain Java, of all",
        (double) different / (height * width),
        0.01,
        Optional.of(picture));
  }

  private static int color(int n) {
    return n == MOST ? 0 : Color.HSBtoRGB(0.6f + n / 64.0f, 0.7f, 1 - 0.5f * n / MOST);
  }

  @Override
  public Optional<Run> plain(int scale) {
    int height = height(scale);
    int width = width(scale);
    int[] count = new int[height * width];
    return Optional.of(
        new Run() {
          @Override
          public void round() {
            for (int row = 0; row < height; row++) {
              for (int column = 0; column < width; column++) {
                count[row * width + column] = Escape.escape(row, column, height, width);
              }
            }
          }

          @Override
          public Outcome outcome() {
            return judged(scale, count);
          }
        });
  }
}

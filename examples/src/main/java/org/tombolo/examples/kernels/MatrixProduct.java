package org.tombolo.examples.kernels;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Floats;
import org.tombolo.kernels.Item;
import org.tombolo.kernels.Kernel;
import org.tombolo.kernels.Range;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// A product of matrices in tiles of local memory: a kernel between two operations of the library.
///
/// The graph multiplies twice, once with this kernel and once with the library, and only the
/// largest difference and a sum come back.
public final class MatrixProduct implements KernelExample {
  /// Side of a tile.
  public static final int TILE = 16;

  /// `c = a * b` of square matrices whose side is a multiple of the tile's.
  static final class Product extends Kernel {
    private final int side;
    private final Floats.Reader a = new Floats.Reader();
    private final Floats.Reader b = new Floats.Reader();
    private final Floats.Writer c = new Floats.Writer();
    private final Floats.Local left = new Floats.Local(TILE * TILE);
    private final Floats.Local right = new Floats.Local(TILE * TILE);

    Product(int side) {
      this.side = side;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0));
    }

    @Override
    protected void run(Item item) {
      int row = item.globalId(0);
      int column = item.globalId(1);
      int y = item.localId(0);
      int x = item.localId(1);
      float sum = 0;
      for (int p = 0; p < side; p += TILE) {
        left.set(y * TILE + x, a.get(row * side + p + x));
        right.set(y * TILE + x, b.get((p + y) * side + column));
        item.barrier(); // the tiles are full
        for (int k = 0; k < TILE; k++) {
          sum += left.get(y * TILE + k) * right.get(k * TILE + x);
        }
        item.barrier(); // the tiles may be overwritten
      }
      c.set(row * side + column, sum);
    }

    @Override
    protected long flopsPerItem() {
      return 2L * side;
    }
  }

  @Override
  public String name() {
    return "matmul";
  }

  @Override
  public String about() {
    return "a product of matrices in tiles, against the library's";
  }

  @Override
  public int rounds() {
    return 5;
  }

  /// Rows and columns of each matrix.
  public static int side(int scale) {
    return 64 * scale;
  }

  /// The left operand, numbers between -0.5 and 0.5.
  public static float[] left(int side) {
    return matrix(side, 4);
  }

  /// The right operand, numbers between -0.5 and 0.5.
  public static float[] right(int side) {
    return matrix(side, 5);
  }

  private static float[] matrix(int side, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] all = new float[side * side];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) (random.nextDouble() - 0.5);
    }
    return all;
  }

  @Override
  public Run on(Engine engine, int scale) {
    int side = side(scale);
    TensorType type = TensorType.f32(side, side);
    State state = engine.newState();
    state.set("a", Tensor.of(left(side), side, side));
    state.set("b", Tensor.of(right(side), side, side));
    Plan product = engine.compile(graph(side, type, false), state);
    Plan compared = engine.compile(graph(side, type, true), state);
    return new Run() {
      @Override
      public void round() {
        product.run(Map.of());
      }

      @Override
      public Outcome outcome() {
        Map<String, Tensor> found = compared.run(Map.of());
        double error = found.getOrDefault("difference", Tensor.scalar(Float.NaN)).at(0);
        return new Outcome(
            "largest difference from the library's product", error, bound(side), Optional.empty());
      }

      @Override
      public void close() {
        product.close();
        compared.close();
        state.close();
      }
    };
  }

  /// |error| <= n*u*|a||b| for a sum (Higham, Accuracy and Stability, 3.5), of which two are
  /// compared; elements are below a half.
  private static double bound(int side) {
    return 0.5 * side * side * 0x1p-24;
  }

  /// How good a product of [#left] and [#right] is.
  public static Outcome judged(int side, float[] c) {
    float[] a = left(side);
    float[] b = right(side);
    double worst = 0;
    double[] row = new double[side];
    for (int i = 0; i < side; i++) {
      Arrays.fill(row, 0);
      for (int k = 0; k < side; k++) {
        double v = a[i * side + k];
        for (int j = 0; j < side; j++) {
          row[j] += v * b[k * side + j];
        }
      }
      for (int j = 0; j < side; j++) {
        worst = Math.max(worst, Math.abs(row[j] - c[i * side + j]));
      }
    }
    return new Outcome(
        "largest difference from the product in double precision",
        worst,
        bound(side),
        Optional.empty());
  }

  private static Graph graph(int side, TensorType type, boolean compared) {
    GraphBuilder g = new GraphBuilder("matmul");
    Node a = g.variable("a", type);
    Node b = g.variable("b", type);
    Node c = new Product(side).call(Range.of(side, side).inGroupsOf(TILE, TILE), a, b);
    g.output("sum", c.sum());
    if (compared) {
      g.output("difference", c.sub(a.matmul(b)).abs().reduce(ReduceFn.MAX, 0, 1));
    }
    return g.build();
  }

  @Override
  public Optional<Run> plain(int scale) {
    int side = side(scale);
    float[] a = left(side);
    float[] b = right(side);
    float[] c = new float[side * side];
    return Optional.of(
        new Run() {
          @Override
          public void round() {
            Arrays.fill(c, 0);
            for (int i = 0; i < side; i++) {
              for (int k = 0; k < side; k++) {
                float v = a[i * side + k];
                for (int j = 0; j < side; j++) {
                  c[i * side + j] += v * b[k * side + j];
                }
              }
            }
          }

          @Override
          public Outcome outcome() {
            return judged(side, c);
          }
        });
  }
}

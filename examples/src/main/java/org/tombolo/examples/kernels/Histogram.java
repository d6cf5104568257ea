package org.tombolo.examples.kernels;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
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

/// How often each value occurs: atomic operations in local memory, then one for each bin of a
/// group.
public final class Histogram implements KernelExample {
  /// Values are below.
  public static final int BINS = 256;

  /// Work-items of a group.
  public static final int GROUP = 64;

  /// Groups that share the values.
  public static final int GROUPS = 32;

  /// Counts values from 0 to 255.
  static final class Count extends Kernel {
    private final int n;
    private final Ints.Reader value = new Ints.Reader();
    private final Ints.Writer total = new Ints.Writer();
    private final Ints.Local mine = new Ints.Local(BINS);

    Count(int n) {
      this.n = n;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(new TensorType(DType.I32, Shape.of(BINS)));
    }

    @Override
    protected void run(Item item) {
      int local = item.localId(0);
      for (int bin = local; bin < BINS; bin += GROUP) {
        mine.set(bin, 0);
      }
      item.barrier();
      for (int i = item.globalId(0); i < n; i += item.globalRange(0)) {
        mine.atomicAdd(value.get(i), 1);
      }
      item.barrier();
      for (int bin = local; bin < BINS; bin += GROUP) {
        total.atomicAdd(bin, mine.get(bin));
      }
    }

    @Override
    protected long flopsPerItem() {
      return 2L * n / (GROUP * GROUPS);
    }
  }

  @Override
  public String name() {
    return "histogram";
  }

  @Override
  public String about() {
    return "how often each byte occurs, with atomic operations";
  }

  @Override
  public int rounds() {
    return 10;
  }

  /// Number of values.
  public static int count(int scale) {
    return 30_001 * scale * scale;
  }

  /// Values of which the middle ones are more frequent.
  public static int[] values(int n) {
    SplittableRandom random = new SplittableRandom(3);
    return random.ints(n, 0, 128).map(v -> v + random.nextInt(129)).toArray();
  }

  @Override
  public Run on(Engine engine, int scale) {
    int n = count(scale);
    int[] values = values(n);
    TensorType type = new TensorType(DType.I32, Shape.of(n));
    GraphBuilder g = new GraphBuilder("histogram");
    Node value = g.variable("value", type);
    g.output("count", new Count(n).call(Range.of(GROUP * GROUPS).inGroupsOf(GROUP), value));
    State state = engine.newState();
    state.set("value", Tensor.of(values, n));
    Plan plan = engine.compile(g.build(), state);
    return new Run() {
      private Tensor count = Tensor.scalar(0);

      @Override
      public void round() {
        count = Objects.requireNonNull(plan.run(Map.of()).get("count"));
      }

      @Override
      public Outcome outcome() {
        return judged(n, IntStream.range(0, BINS).map(bin -> (int) count.longAt(bin)).toArray());
      }

      @Override
      public void close() {
        plan.close();
        state.close();
      }
    };
  }

  /// How good counts of so many [values][#values] are, compared with sorting them.
  public static Outcome judged(int n, int[] count) {
    int[] sorted = values(n);
    Arrays.sort(sorted);
    long wrong = 0;
    int at = 0;
    for (int bin = 0; bin < BINS; bin++) {
      int from = at;
      while (at < n && sorted[at] == bin) {
        at++;
      }
      wrong += Math.abs(count[bin] - (at - from));
    }
    return new Outcome("values in a wrong bin", wrong, 0, Optional.empty());
  }

  @Override
  public Optional<Run> plain(int scale) {
    int[] values = values(count(scale));
    return Optional.of(
        new Run() {
          private int[] count = {};

          @Override
          public void round() {
            count = new int[BINS];
            for (int value : values) {
              count[value]++;
            }
          }

          @Override
          public Outcome outcome() {
            return judged(values.length, count);
          }
        });
  }
}

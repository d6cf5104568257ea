package org.tombolo.examples.kernels;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
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

/// Prices of options: a kernel with two results, helper methods and functions of `Math`.
///
/// The normal distribution is a polynomial with an error below 7.5e-8 (Abramowitz and Stegun,
/// Handbook of Mathematical Functions, 26.2.17); the closed form that it is compared with sums the
/// distribution's series in double precision.
public final class BlackScholes implements KernelExample {
  /// Interest, for a year.
  public static final float RATE = 0.02f;

  /// Root of the variance of a year.
  public static final float VOLATILITY = 0.3f;

  /// Prices of a call and a put for each option.
  static final class Prices extends Kernel {
    private final float rate;
    private final float volatility;
    private final Floats.Reader spot = new Floats.Reader();
    private final Floats.Reader strike = new Floats.Reader();
    private final Floats.Reader years = new Floats.Reader();
    private final Floats.Writer call = new Floats.Writer();
    private final Floats.Writer put = new Floats.Writer();

    Prices(float rate, float volatility) {
      this.rate = rate;
      this.volatility = volatility;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0), operands.get(0));
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      float s = spot.get(i);
      float k = strike.get(i);
      float t = years.get(i);
      float c = callPrice(s, k, t, rate, volatility);
      call.set(i, c);
      // What both prices have to do with each other, whatever the market does.
      put.set(i, c - s + k * (float) Math.exp(-rate * t));
    }

    static float callPrice(float s, float k, float t, float rate, float volatility) {
      float spread = volatility * (float) Math.sqrt(t);
      float d1 = ((float) Math.log(s / k) + (rate + 0.5f * volatility * volatility) * t) / spread;
      return s * normal(d1) - k * (float) Math.exp(-rate * t) * normal(d1 - spread);
    }

    private static float normal(float x) {
      float a = Math.abs(x);
      float t = 1 / (1 + 0.2316419f * a);
      float sum =
          t
              * (0.31938154f
                  + t * (-0.35656378f + t * (1.7814779f + t * (-1.8212559f + t * 1.3302745f))));
      float tail = 0.3989423f * (float) Math.exp(-0.5f * a * a) * sum;
      return x < 0 ? tail : 1 - tail;
    }

    @Override
    protected long flopsPerItem() {
      return 80;
    }
  }

  @Override
  public String name() {
    return "black-scholes";
  }

  @Override
  public String about() {
    return "prices of options, against the closed form in double precision";
  }

  @Override
  public int rounds() {
    return 10;
  }

  /// Number of options.
  public static int options(int scale) {
    return 10_000 * scale * scale;
  }

  /// Spot prices, strike prices and years.
  public static float[][] market(int n) {
    SplittableRandom random = new SplittableRandom(2);
    float[][] market = new float[3][n];
    for (int i = 0; i < n; i++) {
      market[0][i] = (float) (10 + 90 * random.nextDouble());
      market[1][i] = (float) (10 + 90 * random.nextDouble());
      market[2][i] = (float) (0.2 + 2 * random.nextDouble());
    }
    return market;
  }

  @Override
  public Run on(Engine engine, int scale) {
    int n = options(scale);
    float[][] market = market(n);
    List<String> names = List.of("spot", "strike", "years");
    GraphBuilder g = new GraphBuilder("black-scholes");
    Node[] operands =
        names.stream().map(name -> g.variable(name, TensorType.f32(n))).toArray(Node[]::new);
    List<Node> prices = new Prices(RATE, VOLATILITY).callAll(Range.of(n), operands);
    g.output("call", prices.get(0));
    g.output("put", prices.get(1));
    State state = engine.newState();
    for (int i = 0; i < 3; i++) {
      state.set(names.get(i), Tensor.of(market[i], n));
    }
    Plan plan = engine.compile(g.build(), state);
    return new Run() {
      private Map<String, Tensor> prices = Map.of();

      @Override
      public void round() {
        prices = plan.run(Map.of());
      }

      @Override
      public Outcome outcome() {
        return judged(floats("call"), floats("put"));
      }

      private float[] floats(String name) {
        Tensor tensor = prices.get(name);
        return tensor == null ? new float[0] : tensor.toFloats();
      }

      @Override
      public void close() {
        plan.close();
        state.close();
      }
    };
  }

  /// How good prices of the [#market] are.
  public static Outcome judged(float[] call, float[] put) {
    float[][] market = market(call.length);
    double worst = call.length == 0 ? Double.NaN : 0;
    for (int i = 0; i < call.length; i++) {
      double wanted = closedForm(market[0][i], market[1][i], market[2][i]);
      double other = wanted - market[0][i] + market[1][i] * Math.exp(-RATE * market[2][i]);
      worst = Math.max(worst, Math.abs(call[i] - wanted));
      worst = Math.max(worst, Math.abs(put[i] - other));
    }
    // Prices up to 100, a few roundings of 2^-24 each, and a distribution good to 7.5e-8.
    return new Outcome("largest error of a price between 0 and 100", worst, 2e-4, Optional.empty());
  }

  private static double closedForm(double s, double k, double t) {
    double spread = VOLATILITY * Math.sqrt(t);
    double d1 = (Math.log(s / k) + (RATE + 0.5 * VOLATILITY * VOLATILITY) * t) / spread;
    return s * normal(d1) - k * Math.exp(-RATE * t) * normal(d1 - spread);
  }

  /// The normal distribution by its series (G. Marsaglia, Evaluating the Normal Distribution,
  /// Journal of Statistical Software 11, 2004).
  private static double normal(double x) {
    if (Math.abs(x) > 8) {
      return x < 0 ? 0 : 1;
    }
    double sum = x;
    double term = x;
    for (int i = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && i < 1000; i += 2) {
      term *= x * x / i;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  }

  @Override
  public Optional<Run> plain(int scale) {
    int n = options(scale);
    float[][] market = market(n);
    float[] call = new float[n];
    float[] put = new float[n];
    return Optional.of(
        new Run() {
          @Override
          public void round() {
            for (int i = 0; i < n; i++) {
              float s = market[0][i];
              float k = market[1][i];
              float t = market[2][i];
              call[i] = Prices.callPrice(s, k, t, RATE, VOLATILITY);
              put[i] = call[i] - s + k * (float) Math.exp(-RATE * t);
            }
          }

          @Override
          public Outcome outcome() {
            return judged(call, put);
          }
        });
  }
}

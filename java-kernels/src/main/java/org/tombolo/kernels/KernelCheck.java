package org.tombolo.kernels;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.PlacementException;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Compares the forms of a kernel, for tests of kernels.
///
/// ```java
/// KernelCheck.agree(new Saxpy(2), Range.of(n), TensorType.f32(n), TensorType.f32(n)).require(1, 0);
/// ```
public final class KernelCheck {
  /// Property with the seed of random operands.
  private static final String SEED_PROPERTY = "test.seed";

  private static final double[] AWKWARD = {
    0,
    -0.0,
    1,
    -1,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Float.MAX_VALUE,
    1e10
  };

  private KernelCheck() {}

  /// The worst difference of one device from plain Java.
  ///
  /// @param device id
  /// @param ulps most floats that lie between two results; for integers their difference
  /// @param relative largest difference over the larger magnitude, where neither is tiny
  /// @param where result and index of the worst one, with both values
  public record Difference(String device, double ulps, double relative, String where) {}

  /// What was compared.
  ///
  /// @param kernel name
  /// @param seed of the operands
  /// @param differences one for each device that ran the kernel
  /// @param refusals devices that did not, with the reason
  public record Report(
      String kernel, long seed, List<Difference> differences, Map<String, String> refusals) {
    /// The largest difference in units of the last place.
    public double worstUlps() {
      return differences.stream().mapToDouble(Difference::ulps).max().orElse(0);
    }

    /// The largest relative difference.
    public double worstRelative() {
      return differences.stream().mapToDouble(Difference::relative).max().orElse(0);
    }

    /// Fails unless each result is within a number of units in the last place, or within a relative
    /// difference.
    ///
    /// @throws AssertionError that shows the report
    public Report require(double ulps, double relative) {
      for (Difference difference : differences) {
        if (!(difference.ulps() <= ulps) && !(difference.relative() <= relative)) {
          throw new AssertionError("%s; need %s ulps or %s".formatted(this, ulps, relative));
        }
      }
      return this;
    }

    /// Fails if a device did not run the kernel.
    ///
    /// @throws AssertionError that shows the report
    public Report requireAllRan() {
      if (!refusals.isEmpty()) {
        throw new AssertionError(toString());
      }
      return this;
    }

    @Override
    public String toString() {
      return "kernel %s, seed %d: %s%s"
          .formatted(
              kernel,
              seed,
              differences.stream()
                  .map(each ->
                      "%s differs by %s ulps, %.3g relative (%s)"
                          .formatted(each.device(), each.ulps(), each.relative(), each.where()))
                  .collect(Collectors.joining("; ")),
              refusals.isEmpty() ? "" : "; refused by " + refusals);
    }
  }

  /// Runs a kernel as plain Java on one thread and on every device there is, on random operands
  /// with awkward values among them: zeros of both signs, infinities, NaN, denormals. Integers are
  /// drawn from all of their range.
  public static Report agree(Kernel kernel, Range range, TensorType... operands) {
    long seed = seed();
    SplittableRandom random = new SplittableRandom(seed);
    return agree(kernel, range, Stream.of(operands).map(type -> draw(type, random)).toList(), seed);
  }

  /// Runs a kernel as plain Java on one thread and on every device there is, on given operands.
  public static Report agree(Kernel kernel, Range range, List<Tensor> operands) {
    return agree(kernel, range, operands, seed());
  }

  private static Report agree(Kernel kernel, Range range, List<Tensor> operands, long seed) {
    List<Tensor> wanted = KernelCall.of(kernel, range).evaluate(operands);
    GraphBuilder g = new GraphBuilder("check of " + kernel.name());
    List<Node> in = new ArrayList<>();
    operands.forEach(operand -> in.add(g.input("x" + in.size(), operand.type())));
    List<Node> results = kernel.callIn(g, range, in.toArray(Node[]::new));
    for (int i = 0; i < results.size(); i++) {
      g.output("y" + i, results.get(i));
    }
    Graph graph = g.build();
    List<Difference> differences = new ArrayList<>();
    Map<String, String> refusals = new HashMap<>();
    for (String device : devices()) {
      try (Engine engine = Engine.open(device);
          State state = engine.newState();
          Plan plan = engine.compile(graph, state)) {
        Map<String, Tensor> fed = new HashMap<>();
        for (int i = 0; i < operands.size(); i++) {
          fed.put("x" + i, operands.get(i));
        }
        Map<String, Tensor> got = plan.run(fed);
        Difference worst = new Difference(device, 0, 0, "equal");
        for (int i = 0; i < wanted.size(); i++) {
          worst = worse(worst, difference(device, "y" + i, wanted.get(i), got.get("y" + i)));
        }
        differences.add(worst);
      } catch (PlacementException e) {
        refusals.put(device, String.valueOf(e.getMessage()));
      }
    }
    return new Report(kernel.name(), seed, differences, refusals);
  }

  private static long seed() {
    return Long.getLong(SEED_PROPERTY, 42);
  }

  private static List<String> devices() {
    return Devices.probe().stream()
        .filter(Probe.Found.class::isInstance)
        .map(found -> ((Probe.Found) found).info().id())
        .toList();
  }

  private static Tensor draw(TensorType type, SplittableRandom random) {
    if (!type.dtype().isFloat()) {
      return Tensor.wholes(type, _ -> random.nextLong());
    }
    return Tensor.filled(
        type,
        _ ->
            random.nextInt(8) == 0
                ? AWKWARD[random.nextInt(AWKWARD.length)]
                : random.nextDouble(-3, 3));
  }

  private static Difference worse(Difference a, Difference b) {
    boolean wrong = b.relative() > 0;
    return wrong != (a.relative() > 0) ? (wrong ? b : a) : b.ulps() > a.ulps() ? b : a;
  }

  private static Difference difference(
      String device, String name, Tensor wanted, @Nullable Tensor given) {
    Tensor got = Objects.requireNonNull(given);
    Difference worst = new Difference(device, 0, 0, "equal");
    for (long i = 0; i < wanted.type().size(); i++) {
      double a = wanted.at(i);
      double b = got.at(i);
      boolean isFloat = wanted.type().dtype().isFloat();
      if (isFloat
          ? Double.compare(a, b) == 0 || (Double.isNaN(a) && Double.isNaN(b))
          : wanted.longAt(i) == got.longAt(i)) {
        continue;
      }
      double scale = Math.max(Math.abs(a), Math.abs(b));
      double distance = isFloat ? Math.abs(a - b) : ulps(wanted, got, i);
      double relative = isFloat && scale < Float.MIN_NORMAL ? 0 : distance / scale;
      worst =
          worse(
              worst,
              new Difference(
                  device,
                  ulps(wanted, got, i),
                  Double.isNaN(relative) ? Double.POSITIVE_INFINITY : relative,
                  "%s[%d] is %s, in Java %s".formatted(name, i, b, a)));
    }
    return worst;
  }

  private static double ulps(Tensor wanted, Tensor got, long i) {
    double a = wanted.at(i);
    double b = got.at(i);
    if (Double.isNaN(a) || Double.isNaN(b)) {
      return Double.POSITIVE_INFINITY;
    }
    return switch (wanted.type().dtype()) {
      case F32 -> Math.abs((double) ordinal((float) a) - ordinal((float) b));
      case F64 -> Math.abs((double) ordinal(a) - ordinal(b));
      default ->
          BigInteger.valueOf(wanted.longAt(i))
              .subtract(BigInteger.valueOf(got.longAt(i)))
              .abs()
              .doubleValue();
    };
  }

  /// The place of a float among all floats in their order; that of both zeros is 0.
  private static int ordinal(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits >= 0 ? bits : Integer.MIN_VALUE - bits;
  }

  private static long ordinal(double value) {
    long bits = Double.doubleToRawLongBits(value);
    return bits >= 0 ? bits : Long.MIN_VALUE - bits;
  }

  /// Compares the gradient of a kernel with difference quotients of its plain Java form, in several
  /// random directions from a random point with elements between -1 and 1. What is compared is the
  /// derivative of a random weighting of all float results.
  ///
  /// In single precision difference quotients are good to about three digits, for functions without
  /// kinks.
  ///
  /// @param operands types; integers are 0
  /// @return the largest difference relative to the larger of both derivatives and 1, as the
  ///   difference of a device called `gradient`
  public static Report gradients(Kernel kernel, Range range, TensorType... operands) {
    long seed = seed();
    SplittableRandom random = new SplittableRandom(seed);
    List<Tensor> at =
        Stream.of(operands)
            .map(type ->
                Tensor.filled(type, _ -> type.dtype().isFloat() ? random.nextDouble(-1, 1) : 0))
            .toList();
    GraphBuilder g = new GraphBuilder("gradient of " + kernel.name());
    List<Node> in = new ArrayList<>();
    at.forEach(operand -> in.add(g.constant(operand)));
    List<Node> results = kernel.callIn(g, range, in.toArray(Node[]::new));
    List<Tensor> weights =
        results.stream()
            .map(node -> Tensor.filled(node.type(), _ -> random.nextDouble(-1, 1)))
            .toList();
    List<Node> floats = results.stream().filter(node -> node.dtype().isFloat()).toList();
    List<Node> wrt = in.stream().filter(node -> node.dtype().isFloat()).toList();
    List<Node> dys =
        floats.stream()
            .map(node -> g.constant(weights.get(((Op.Custom) node.op()).result())))
            .toList();
    List<Node> gradients = Gradients.of(floats, dys, wrt);
    for (int i = 0; i < gradients.size(); i++) {
      g.output("d" + i, gradients.get(i));
    }
    List<Tensor> exact = Reference.run(g.build(), List.of());
    Difference worst = new Difference("gradient", 0, 0, "equal");
    for (int direction = 0; direction < 8; direction++) {
      List<Tensor> along =
          at.stream()
              .map(point ->
                  Tensor.filled(
                      point.type(),
                      _ -> point.type().dtype().isFloat() ? random.nextDouble(-1, 1) : 0))
              .toList();
      double analytic = 0;
      int place = 0;
      for (int i = 0; i < at.size(); i++) {
        if (at.get(i).type().dtype().isFloat()) {
          analytic += dot(exact.get(place++), along.get(i));
        }
      }
      double step = at.stream().allMatch(t -> t.type().dtype() != DType.F32) ? 1e-6 : 1.0 / 256;
      KernelCall call = KernelCall.of(kernel, range);
      double quotient =
          (weighted(call, moved(at, along, step), weights)
                  - weighted(call, moved(at, along, -step), weights))
              / (2 * step);
      double scale = Math.max(1, Math.max(Math.abs(analytic), Math.abs(quotient)));
      double relative = Math.abs(analytic - quotient) / scale;
      worst =
          relative <= worst.relative()
              ? worst
              : new Difference(
                  "gradient",
                  Double.POSITIVE_INFINITY,
                  Double.isNaN(relative) ? Double.POSITIVE_INFINITY : relative,
                  "direction %d: %s, difference quotient %s"
                      .formatted(direction, analytic, quotient));
    }
    return new Report(kernel.name(), seed, List.of(worst), Map.of());
  }

  private static List<Tensor> moved(List<Tensor> at, List<Tensor> along, double step) {
    List<Tensor> out = new ArrayList<>();
    for (int i = 0; i < at.size(); i++) {
      Tensor point = at.get(i);
      Tensor way = along.get(i);
      out.add(Tensor.filled(point.type(), k -> point.at(k) + step * way.at(k)));
    }
    return out;
  }

  private static double weighted(KernelCall call, List<Tensor> at, List<Tensor> weights) {
    List<Tensor> results = call.evaluate(at);
    double sum = 0;
    for (int i = 0; i < results.size(); i++) {
      sum += results.get(i).type().dtype().isFloat() ? dot(results.get(i), weights.get(i)) : 0;
    }
    return sum;
  }

  private static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (long i = 0; i < a.type().size(); i++) {
      sum += a.at(i) * b.at(i);
    }
    return sum;
  }
}

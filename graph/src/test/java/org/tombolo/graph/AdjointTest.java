package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What is linear in an operand `x` must satisfy `sum(y * dy) = sum(x * dx)`: both are `dy` times
/// the Jacobian times `x`. That holds for any shape and costs one run, so it is tried on many.
class AdjointTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int TRIES = 150;

  /// Sums of up to 1e4 terms, each rounded at 2^-53.
  private static final double TOLERANCE = 1e-11;

  private final SplittableRandom random = new SplittableRandom(SEED);

  /// Checks a formula that is linear in each operand by itself.
  ///
  /// @return the magnitude of what was compared
  private double check(String what, List<Shape> operands, Function<List<Node>, Node> formula) {
    GraphBuilder g = new GraphBuilder(what);
    List<Node> x = new ArrayList<>();
    List<Tensor> at = new ArrayList<>();
    for (Shape shape : operands) {
      x.add(g.input("x" + x.size(), new TensorType(DType.F64, shape)));
      at.add(Tensor.filled(x.getLast().type(), i -> random.nextDouble(-1, 1)));
    }
    Node y = formula.apply(x);
    Tensor weights = Tensor.filled(y.type(), i -> random.nextDouble(-1, 1));
    g.output("y", y);
    List<Node> gradients = Gradients.of(y, g.constant(weights), x);
    for (int i = 0; i < x.size(); i++) {
      g.output("dx" + i, gradients.get(i));
    }
    List<Tensor> out = CentralDifferences.run(Verifier.verify(g.build()), at);
    double expected = CentralDifferences.weighted(out.getFirst(), weights);
    double scale = CentralDifferences.magnitude(out.getFirst(), weights);
    for (int i = 0; i < x.size(); i++) {
      assertEquals(
          expected,
          CentralDifferences.weighted(out.get(1 + i), at.get(i)),
          TOLERANCE * (1 + scale),
          "%s of %s, operand %d, seed %d".formatted(what, operands, i, SEED));
    }
    return scale;
  }

  @Test
  void convolutions() {
    double compared = 0;
    for (int i = 0; i < TRIES; i++) {
      int spatial = random.nextInt(4);
      ConvDims dims = dims(spatial, random.nextBoolean());
      List<WindowDim> window = new ArrayList<>();
      long[] images = new long[dims.rank()];
      long[] kernel = new long[dims.rank()];
      images[dims.lhsBatch()] = random.nextInt(4);
      images[dims.lhsFeature()] = random.nextInt(1, 4);
      kernel[dims.rhsIn()] = images[dims.lhsFeature()];
      kernel[dims.rhsOut()] = random.nextInt(1, 4);
      int groups = random.nextInt(1, 4);
      dims.group()
          .ifPresent(group -> {
            images[group.lhs()] = groups;
            kernel[group.rhs()] = groups;
          });
      for (int axis = 0; axis < spatial; axis++) {
        int extent = random.nextInt(1, 8);
        window.add(window(extent));
        images[dims.lhsSpatial().get(axis)] = extent;
        kernel[dims.rhsSpatial().get(axis)] = window.getLast().size();
      }
      Op conv = new Op.Conv(window, random.nextBoolean(), dims);
      List<Shape> operands = List.of(Shape.of(images), Shape.of(kernel));
      compared += check(conv.toString(), operands, in -> in.get(0).builder().add(conv, in));
    }
    assertTrue(compared > TRIES, "most convolutions see something");
  }

  private ConvDims dims(int spatial, boolean grouped) {
    int rank = spatial + (grouped ? 3 : 2);
    List<Integer> images = shuffled(rank);
    List<Integer> kernel = shuffled(rank);
    List<Integer> out = shuffled(rank);
    return new ConvDims(
        images.get(0),
        images.get(1),
        images.subList(2, spatial + 2),
        kernel.get(0),
        kernel.get(1),
        kernel.subList(2, spatial + 2),
        out.get(0),
        out.get(1),
        out.subList(2, spatial + 2),
        grouped
            ? Optional.of(new ConvDims.Group(images.getLast(), kernel.getLast(), out.getLast()))
            : Optional.empty());
  }

  private List<Integer> shuffled(int count) {
    Integer[] out = IntStream.range(0, count).boxed().toArray(Integer[]::new);
    for (int i = count - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      Integer held = out[i];
      out[i] = out[j];
      out[j] = held;
    }
    return List.of(out);
  }

  /// Any window that fits somewhere on an axis.
  private WindowDim window(long extent) {
    while (true) {
      WindowDim window =
          new WindowDim(
              random.nextInt(1, 5),
              random.nextInt(1, 4),
              random.nextInt(-2, 4),
              random.nextInt(-2, 4),
              random.nextInt(1, 4),
              random.nextInt(1, 4));
      if (window.dilatedExtent(extent) + window.padLow() + window.padHigh() >= window.span()) {
        return window;
      }
    }
  }

  @Test
  void windows() {
    double compared = 0;
    for (int i = 0; i < TRIES; i++) {
      List<WindowDim> window = new ArrayList<>();
      long[] dims = new long[random.nextInt(4)];
      for (int axis = 0; axis < dims.length; axis++) {
        dims[axis] = random.nextInt(1, 6);
        window.add(window(dims[axis]));
      }
      Shape x = Shape.of(dims);
      compared +=
          check("sum" + window, List.of(x), in -> in.get(0).reduceWindow(ReduceFn.SUM, window));
      // The maximum is linear as long as the places of the maxima stay.
      for (ReduceFn fn : List.of(ReduceFn.MAX, ReduceFn.MIN)) {
        check(fn + "" + window, List.of(x), in -> finite(in.get(0).reduceWindow(fn, window)));
      }
      Tensor places = Tensor.filled(new TensorType(DType.F64, x), p -> random.nextInt(5));
      long[] out =
          IntStream.range(0, dims.length)
              .mapToLong(axis -> window.get(axis).outputExtent(dims[axis]))
              .toArray();
      compared +=
          check(
              "max grad" + window,
              List.of(Shape.of(out)),
              in -> {
                GraphBuilder g = in.get(0).builder();
                return g.add(new Op.WindowMaxGrad(window), List.of(g.constant(places), in.get(0)));
              });
    }
    assertTrue(compared > TRIES, "most windows see something");
  }

  private static Node finite(Node x) {
    return x.abs()
        .compare(CompareFn.LT, Double.POSITIVE_INFINITY)
        .select(x, x.builder().scalar(DType.F64, 0));
  }

  @Test
  void dots() {
    double compared = 0;
    for (int i = 0; i < TRIES; i++) {
      int batch = random.nextInt(3);
      int contract = random.nextInt(3);
      int[] free = {random.nextInt(3), random.nextInt(3)};
      List<List<Integer>> axes =
          List.of(shuffled(batch + contract + free[0]), shuffled(batch + contract + free[1]));
      long[][] dims = {new long[batch + contract + free[0]], new long[batch + contract + free[1]]};
      for (int side = 0; side < 2; side++) {
        for (int place = 0; place < dims[side].length; place++) {
          int axis = axes.get(side).get(place);
          boolean paired = side == 1 && place < batch + contract;
          dims[side][axis] = paired ? dims[0][axes.get(0).get(place)] : random.nextInt(1, 4);
        }
      }
      Op dot =
          new Op.Dot(
              axes.get(0).subList(0, batch),
              axes.get(1).subList(0, batch),
              axes.get(0).subList(batch, batch + contract),
              axes.get(1).subList(batch, batch + contract));
      compared +=
          check(
              dot.toString(),
              List.of(Shape.of(dims[0]), Shape.of(dims[1])),
              in -> in.get(0).builder().add(dot, in));
    }
    assertTrue(compared > TRIES, "most products see something");
  }

  @Test
  void movements() {
    for (int i = 0; i < TRIES; i++) {
      long[] dims = new long[random.nextInt(1, 4)];
      int[] axes = shuffled(dims.length).stream().mapToInt(Integer::intValue).toArray();
      long[][] around = new long[3][dims.length];
      long[][] kept = new long[3][dims.length];
      long[] more = new long[dims.length];
      for (int axis = 0; axis < dims.length; axis++) {
        dims[axis] = random.nextInt(0, 6);
        more[axis] = dims[axis] == 1 ? random.nextInt(0, 4) : dims[axis];
        for (int k = 0; k < 3; k++) {
          around[k][axis] = random.nextInt(3);
        }
        kept[0][axis] = random.nextLong(dims[axis] + 1);
        kept[1][axis] = random.nextLong(kept[0][axis], dims[axis] + 1);
        kept[2][axis] = random.nextInt(1, 4);
      }
      List<Shape> x = List.of(Shape.of(dims));
      check("pad", x, in -> in.get(0).pad(around[0], around[1], around[2], 0));
      check("slice", x, in -> in.get(0).slice(kept[0], kept[1], kept[2]));
      check("permute", x, in -> in.get(0).permute(axes));
      check("reverse", x, in -> in.get(0).reverse(axes));
      check("broadcast", x, in -> in.get(0).broadcastTo(Shape.of(more)));
      check("sum", x, in -> in.get(0).sum(axes[0]));
      check("concat", x, in -> in.get(0).builder().concat(0, in.get(0), in.get(0).mul(3)));
    }
  }
}

package org.tombolo.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

class ConvTest {

  static IntStream rounds() {
    return IntStream.range(0, 120);
  }

  /// Any rank, order of axes, stride, dilation of either side, padding or cropping, direction.
  @ParameterizedTest
  @MethodSource("rounds")
  void anyLegalConvolutionAgreesWithTheReference(int round) {
    long seed = Check.SEED * 1000 + round;
    Random random = new Random(seed);
    int spatial = round % 4;
    ConvDims dims = randomDims(random, spatial);
    long[] image = new long[dims.rank()];
    long[] filter = new long[dims.rank()];
    int groups = random.nextInt(5);
    dims.group()
        .ifPresent(group -> {
          image[group.lhs()] = groups;
          filter[group.rhs()] = groups;
        });
    image[dims.lhsBatch()] = 1L + random.nextInt(4);
    image[dims.lhsFeature()] = 1L + random.nextInt(5);
    filter[dims.rhsIn()] = image[dims.lhsFeature()];
    filter[dims.rhsOut()] = 1L + random.nextInt(20);
    List<WindowDim> window = new ArrayList<>();
    long taps = 1;
    for (int i = 0; i < spatial; i++) {
      long extent = 1L + random.nextInt(9);
      WindowDim dim = randomWindow(random, extent);
      window.add(dim);
      image[dims.lhsSpatial().get(i)] = extent;
      filter[dims.rhsSpatial().get(i)] = dim.size();
      taps *= dim.size();
    }
    SplittableRandom values = new SplittableRandom(seed);
    Check.everywhere(
        new Op.Conv(window, random.nextBoolean(), dims),
        Check.random(TensorType.f32(image), values),
        Check.random(TensorType.f32(filter), values),
        taps * image[dims.lhsFeature()]);
  }

  private static ConvDims randomDims(Random random, int spatial) {
    boolean grouped = random.nextInt(3) == 0;
    List<List<Integer>> orders = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int rank = spatial + (grouped ? 3 : 2);
      List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
      Collections.shuffle(order, random);
      orders.add(order);
    }
    List<Integer> x = orders.get(0);
    List<Integer> w = orders.get(1);
    List<Integer> y = orders.get(2);
    return new ConvDims(
        x.get(0),
        x.get(1),
        x.subList(2, spatial + 2),
        w.get(0),
        w.get(1),
        w.subList(2, spatial + 2),
        y.get(0),
        y.get(1),
        y.subList(2, spatial + 2),
        grouped
            ? Optional.of(new ConvDims.Group(x.getLast(), w.getLast(), y.getLast()))
            : Optional.empty());
  }

  /// A window that fits at least once.
  private static WindowDim randomWindow(Random random, long extent) {
    while (true) {
      WindowDim dim =
          new WindowDim(
              1L + random.nextInt(5),
              1L + random.nextInt(3),
              random.nextInt(6) - 2L,
              random.nextInt(6) - 2L,
              1L + random.nextInt(4),
              1L + random.nextInt(3));
      if (dim.dilatedExtent(extent) + dim.padLow() + dim.padHigh() >= dim.span()) {
        return dim;
      }
    }
  }

  /// The convolutions of training, as differentiation makes them.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void layersForwardAndBackward(int stride) {
    record Layer(long side, long in, long taps, long features, long pad) {}
    for (Layer layer :
        List.of(
            new Layer(28, 1, 5, 16, 2), new Layer(14, 16, 5, 32, 2), new Layer(9, 6, 3, 17, 0))) {
      GraphBuilder g = new GraphBuilder("layer");
      Node x = g.input("x", TensorType.f32(3, layer.side, layer.side, layer.in));
      Node w = g.input("w", TensorType.f32(layer.taps, layer.taps, layer.in, layer.features));
      WindowDim slide = WindowDim.of(layer.taps, stride, layer.pad, layer.pad);
      Op forward = new Op.Conv(List.of(slide, slide), false, ConvDims.channelsLast(2));
      Node y = g.add(forward, List.of(x, w));
      Node loss = y.mul(y).sum(0, 1, 2, 3);
      List<Node> gradients = Gradients.of(loss, List.of(x, w));
      g.output("dx", gradients.get(0));
      g.output("dw", gradients.get(1));
      List<Node> convolutions =
          g.build().nodes().stream().filter(node -> node.op() instanceof Op.Conv).toList();
      assertEquals(3, convolutions.size());
      SplittableRandom random = new SplittableRandom(Check.SEED);
      for (Node node : convolutions) {
        Op.Conv op = (Op.Conv) node.op();
        long taps = op.window().stream().mapToLong(WindowDim::size).reduce(1, (m, n) -> m * n);
        Check.everywhere(
            op,
            Check.random(node.input(0).type(), random),
            Check.random(node.input(1).type(), random),
            taps * node.input(0).type().dim(op.dims().lhsFeature()));
      }
    }
  }

  /// Channels first or last, each by itself, in groups or all together, at planes that end anywhere
  /// in a vector: sums of shifted planes or channels, and their gradients in the images.
  @ParameterizedTest
  @MethodSource("rounds")
  void convolutionsWithFewProductsPerElement(int round) {
    long seed = Check.SEED * 7000 + round;
    Random random = new Random(seed);
    boolean last = random.nextBoolean();
    boolean grouped = random.nextInt(4) > 0;
    int spatial = 1 + random.nextInt(2);
    ConvDims dims = last ? channelsLast(spatial, grouped) : channelsFirst(spatial, grouped);
    long[] image = new long[dims.rank()];
    long[] filter = new long[dims.rank()];
    long groups = random.nextInt(5) == 0 ? 33 : 1L + random.nextInt(20);
    dims.group()
        .ifPresent(group -> {
          image[group.lhs()] = groups;
          filter[group.rhs()] = groups;
        });
    image[dims.lhsBatch()] = 1L + random.nextInt(3);
    image[dims.lhsFeature()] = grouped && random.nextInt(3) > 0 ? 1 : random.nextInt(5);
    filter[dims.rhsIn()] = image[dims.lhsFeature()];
    filter[dims.rhsOut()] = grouped && random.nextInt(3) > 0 ? 1 : 1L + random.nextInt(9);
    List<WindowDim> window = new ArrayList<>();
    long terms = image[dims.lhsFeature()];
    for (int i = 0; i < spatial; i++) {
      long extent = spatial == 1 ? 33L + random.nextInt(300) : 6L + random.nextInt(40);
      boolean plain = random.nextInt(3) > 0;
      WindowDim dim =
          plain
              ? WindowDim.of(3, 1 + random.nextInt(2), 1, 1)
              : round % 5 == 0 ? WindowDim.each() : randomWindow(random, extent);
      window.add(dim);
      image[dims.lhsSpatial().get(i)] = extent;
      filter[dims.rhsSpatial().get(i)] = dim.size();
      terms *= dim.size();
    }
    SplittableRandom values = new SplittableRandom(seed);
    Check.everywhere(
        new Op.Conv(window, random.nextBoolean(), dims),
        Check.random(TensorType.f32(image), values),
        Check.random(TensorType.f32(filter), values),
        terms);
  }

  /// Forward and both gradients of a convolution of each channel by itself, channels last.
  @ParameterizedTest
  @CsvSource({"1,1,7,1,1", "2,33,12,2,1", "67,16,9,1,0", "3,5,20,3,2"})
  void channelsByThemselvesForwardAndBackward(
      long images, long channels, long side, long stride, long pad) {
    GraphBuilder g = new GraphBuilder("depthwise");
    Node x = g.input("x", TensorType.f32(images, side, side + 3, channels, 1));
    Node w = g.input("w", TensorType.f32(3, 3, 1, channels, 1));
    WindowDim slide = WindowDim.of(3, stride, pad, pad);
    Op forward = new Op.Conv(List.of(slide, slide), false, ConvDims.groupedChannelsLast(2));
    Node y = g.add(forward, List.of(x, w));
    List<Node> gradients = Gradients.of(y.mul(y).sum(0, 1, 2, 3, 4), List.of(x, w));
    g.output("dx", gradients.get(0));
    g.output("dw", gradients.get(1));
    SplittableRandom random = new SplittableRandom(Check.SEED);
    int found = 0;
    for (Node node : g.build().nodes()) {
      if (node.op() instanceof Op.Conv op) {
        long taps = op.window().stream().mapToLong(WindowDim::size).reduce(1, (m, n) -> m * n);
        Check.everywhere(
            op,
            Check.random(node.input(0).type(), random),
            Check.random(node.input(1).type(), random),
            taps * node.input(0).type().dim(op.dims().lhsFeature()));
        found++;
      }
    }
    assertEquals(3, found);
  }

  private static ConvDims channelsLast(int spatial, boolean grouped) {
    return grouped ? ConvDims.groupedChannelsLast(spatial) : ConvDims.channelsLast(spatial);
  }

  private static ConvDims channelsFirst(int spatial, boolean grouped) {
    int first = grouped ? 3 : 2;
    List<Integer> places = IntStream.range(first, first + spatial).boxed().toList();
    return new ConvDims(
        0,
        first - 1,
        places,
        first - 1,
        first - 2,
        places,
        0,
        first - 1,
        places,
        grouped ? Optional.of(new ConvDims.Group(1, 0, 1)) : Optional.empty());
  }

  /// More terms than are summed in one chain, which is what gradients of kernels have.
  @Test
  void longSumsOfSmallResultsAreCutAlikeEverywhere() {
    long n = 128;
    Op.Conv op =
        new Op.Conv(
            List.of(WindowDim.of(12, 1, 1, 1), WindowDim.of(13, 1, 1, 1)),
            false,
            new ConvDims(3, 0, List.of(1, 2), 0, 3, List.of(1, 2), 2, 3, List.of(0, 1)));
    SplittableRandom random = new SplittableRandom(Check.SEED);
    Tensor x = Check.random(TensorType.f32(n, 12, 13, 2), random);
    Tensor dy = Check.random(TensorType.f32(n, 12, 13, 5), random);
    long terms = n * 12 * 13;
    assertTrue(Blocking.termsPerPart(9 * 10, 5, terms) < terms);
    Check.everywhere(op, x, dy, terms);
  }

  @Test
  void whatLiesOutsideCountsForNothingEvenUnderAnInfiniteKernel() {
    WindowDim slide = WindowDim.of(3, 1, 1, 1);
    Op op = new Op.Conv(List.of(slide, slide), false, ConvDims.channelsLast(2));
    Tensor x = Tensor.filled(TensorType.f32(2, 5, 5, 2), i -> 1 + i % 3);
    for (double odd :
        new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
      for (int place = 0; place < 9; place++) {
        int at = place * 2 * 3 + 4;
        Tensor w = Tensor.filled(TensorType.f32(3, 3, 2, 3), i -> i == at ? odd : 0.5);
        Tensor want = Reference.evaluate(op, List.of(x, w));
        try (WorkerTeam team = new WorkerTeam(1)) {
          float[] got = Check.compute(new Contractions(team), op, x, w);
          for (int i = 0; i < got.length; i++) {
            assertEquals(want.at(i), got[i], 1e-3, odd + " at tap " + place + ", element " + i);
          }
        }
      }
    }
  }

  @Test
  void emptyImagesGiveZerosOrNothing() {
    WindowDim slide = WindowDim.of(2, 1, 2, 2);
    Op op = new Op.Conv(List.of(slide), false, ConvDims.channelsLast(1));
    Tensor kernel = Tensor.full(TensorType.f32(2, 3, 4), 1);
    SplittableRandom random = new SplittableRandom(Check.SEED);
    Check.everywhere(op, Check.random(TensorType.f32(2, 0, 3), random), kernel, 6);
    Check.everywhere(op, Check.random(TensorType.f32(0, 5, 3), random), kernel, 6);
    Check.everywhere(
        op,
        Check.random(TensorType.f32(2, 5, 0), random),
        Tensor.full(TensorType.f32(2, 0, 4), 1),
        0);
    Check.everywhere(
        op,
        Check.random(TensorType.f32(2, 5, 3), random),
        Tensor.full(TensorType.f32(2, 3, 0), 1),
        6);
  }
}

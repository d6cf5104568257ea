package org.tombolo.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// The library's kernels against the reference.
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class OneDnnTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final OneDnn ONEDNN = new OneDnn();

  @BeforeAll
  static void isThere() {
    System.out.println("OneDnnTest: seed " + SEED);
    assertEquals(Optional.empty(), ONEDNN.missing());
  }

  /// Dots of any order of axes, with and without batch axes.
  @Test
  void anyProductAgreesWithTheReference() {
    int found = 0;
    for (int round = 0; round < 200; round++) {
      Random random = new Random(SEED * 1000 + round);
      int batches = random.nextInt(3);
      List<Integer> left = shuffled(random, batches + 2);
      List<Integer> right = shuffled(random, batches + 2);
      long[] a = new long[batches + 2];
      long[] b = new long[batches + 2];
      for (int i = 0; i < batches + 1; i++) { // the last of them is summed over
        a[left.get(i)] = 1L + random.nextInt(i < batches ? 3 : 33);
        b[right.get(i)] = a[left.get(i)];
      }
      a[left.getLast()] = 1L + random.nextInt(19);
      b[right.getLast()] = 1L + random.nextInt(35);
      Op.Dot op =
          new Op.Dot(
              left.subList(0, batches),
              right.subList(0, batches),
              List.of(left.get(batches)),
              List.of(right.get(batches)));
      found += agreeing(op, TensorType.f32(a), TensorType.f32(b), random, 40);
    }
    assertTrue(found > 100, "kernels for " + found + " of 200 products");
  }

  /// Convolutions of any rank, order of axes, stride, dilation of either side, padding or cropping,
  /// direction; those that are no pass of a layer have no kernel.
  @Test
  void anyConvolutionAgreesWithTheReference() {
    int found = 0;
    for (int round = 0; round < 300; round++) {
      Random random = new Random(SEED * 1000 + round);
      int spatial = 1 + round % 3;
      boolean grouped = random.nextInt(3) == 0;
      int rank = spatial + (grouped ? 3 : 2);
      List<Integer> x = shuffled(random, rank);
      List<Integer> w = shuffled(random, rank);
      List<Integer> y = shuffled(random, rank);
      if (round % 2 == 0) { // as layers have them
        x = shuffled(new Random(3), rank);
        w = x;
        y = x;
      }
      ConvDims dims =
          new ConvDims(
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
      long[] image = new long[rank];
      long[] filter = new long[rank];
      dims.group()
          .ifPresent(group -> {
            image[group.lhs()] = 1L + random.nextInt(4);
            filter[group.rhs()] = image[group.lhs()];
          });
      image[dims.lhsBatch()] = 1L + random.nextInt(4);
      image[dims.lhsFeature()] = 1L + random.nextInt(5);
      filter[dims.rhsIn()] = image[dims.lhsFeature()];
      filter[dims.rhsOut()] = 1L + random.nextInt(20);
      List<WindowDim> window = new ArrayList<>();
      boolean reversed = random.nextBoolean();
      for (int i = 0; i < spatial; i++) {
        long extent = 1L + random.nextInt(9);
        WindowDim dim;
        do {
          dim =
              new WindowDim(
                  1L + random.nextInt(5),
                  reversed ? 1 : 1L + random.nextInt(3),
                  random.nextInt(6) - 2L,
                  random.nextInt(6) - 2L,
                  random.nextInt(4) == 0 || reversed ? 1L + random.nextInt(3) : 1,
                  1L + random.nextInt(3));
        } while (dim.dilatedExtent(extent) + dim.padLow() + dim.padHigh() < dim.span());
        window.add(dim);
        image[dims.lhsSpatial().get(i)] = extent;
        filter[dims.rhsSpatial().get(i)] = dim.size();
      }
      Op.Conv op = new Op.Conv(window, reversed, dims);
      found += agreeing(op, TensorType.f32(image), TensorType.f32(filter), random, 800);
    }
    assertTrue(found > 30, "kernels for " + found + " of 300 convolutions");
  }

  /// What training makes of a layer has kernels, in all three passes.
  @Test
  void layersHaveKernelsForwardAndBackward() {
    for (int stride = 1; stride <= 2; stride++) {
      GraphBuilder g = new GraphBuilder("layer");
      Node x = g.input("x", TensorType.f32(3, 14, 14, 16));
      Node w = g.input("w", TensorType.f32(3, 3, 16, 24));
      WindowDim slide = WindowDim.of(3, stride, 1, 1);
      Op forward = new Op.Conv(List.of(slide, slide), false, ConvDims.channelsLast(2));
      Node y = g.add(forward, List.of(x, w));
      List<Node> gradients = Gradients.of(y.mul(y).sum(0, 1, 2, 3), List.of(x, w));
      g.output("dx", gradients.get(0));
      g.output("dw", gradients.get(1));
      for (Node node : g.build().nodes()) {
        if (node.op() instanceof Op.Conv op) {
          TensorType images = node.input(0).type();
          TensorType kernel = node.input(1).type();
          assertFalse(ONEDNN.kernels(op, List.of(images, kernel), 2).isEmpty(), op::toString);
          agreeing(op, images, kernel, new Random(SEED), 3 * 14 * 14);
        }
      }
    }
  }

  /// One kernel may be run by several threads, each with its own memory.
  @Test
  void threadsMayShareAKernel() throws Exception {
    TensorType type = TensorType.f32(64, 64);
    Op.Dot op = new Op.Dot(List.of(), List.of(), List.of(1), List.of(0));
    HostKernel kernel = ONEDNN.kernels(op, List.of(type, type), 1).get(0);
    Tensor a = Memory.random(type, new Random(SEED));
    float[] wanted = Memory.run(kernel, type, a, a);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<float[]>> runs = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Callable<float[]> one = () -> Memory.run(kernel, type, a, a);
        runs.add(threads.submit(one));
      }
      for (Future<float[]> each : runs) {
        assertArrayEquals(wanted, each.get());
      }
    }
  }

  /// Compares all kernels for an operation of two operands with the reference.
  ///
  /// @return 1 if there is any
  private static int agreeing(Op op, TensorType a, TensorType b, Random random, int terms) {
    List<HostKernel> kernels = ONEDNN.kernels(op, List.of(a, b), 2);
    if (kernels.isEmpty()) {
      return 0;
    }
    TensorType out = op.infer(List.of(a, b));
    Tensor left = Memory.random(a, random);
    Tensor right = Memory.random(b, random);
    Tensor wanted = Reference.evaluate(op, List.of(left, right));
    Tensor sizes = Reference.evaluate(op, List.of(absolute(left), absolute(right)));
    for (HostKernel kernel : kernels) {
      float[] seen = Memory.run(kernel, out, left, right);
      for (int i = 0; i < seen.length; i++) {
        assertEquals(
            wanted.at(i),
            seen[i],
            0x1p-24 * (terms + 2) * sizes.at(i) + Float.MIN_NORMAL,
            "%s of %s and %s, element %d, seed %d".formatted(op, a, b, i, SEED));
      }
    }
    return 1;
  }

  private static Tensor absolute(Tensor x) {
    return Tensor.filled(x.type(), i -> Math.abs(x.at(i)));
  }

  private static List<Integer> shuffled(Random random, int count) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
    Collections.shuffle(order, random);
    return order;
  }
}

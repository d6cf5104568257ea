package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Fused loops made up at random: several inputs seen through chains of movement, a tangle of
/// operations, then some outputs or a fold.
///
/// Values stay small whole numbers, also in floats, so that every order of operations gives the
/// same bits and nothing has to be tolerated.
final class RandomLoops {
  private static final int BOUND = 8;

  private final Random random;
  private final Samples samples;

  RandomLoops(long seed) {
    random = new Random(seed);
    samples = new Samples(seed);
  }

  OpCase next(String name) {
    Shape space = shape();
    List<Tensor> inputs = new ArrayList<>();
    GraphBuilder g = new GraphBuilder(name);
    List<Node> floats = new ArrayList<>();
    List<Node> ints = new ArrayList<>();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      DType dtype = random.nextBoolean() ? DType.F32 : DType.I32;
      Node seen = moved(g, inputs, dtype, space);
      (dtype == DType.F32 ? floats : ints).add(seen);
    }
    floats.add(g.full(new TensorType(DType.F32, space), random.nextInt(5) - 2));
    ints.add(g.full(new TensorType(DType.I32, space), random.nextInt(5) - 2));
    int steps = 1 + random.nextInt(20);
    for (int i = 0; i < steps; i++) {
      step(floats, ints);
    }
    if (random.nextInt(3) == 0) {
      Node last = random.nextBoolean() ? floats.getLast() : ints.getLast();
      ReduceFn[] folds = {ReduceFn.SUM, ReduceFn.MAX, ReduceFn.MIN};
      List<Integer> axes =
          IntStream.range(0, space.rank()).filter(axis -> random.nextBoolean()).boxed().toList();
      g.output("out", g.add(new Op.Reduce(folds[random.nextInt(3)], axes), List.of(last)));
    } else {
      int outputs = 1 + random.nextInt(3);
      for (int i = 0; i < outputs; i++) {
        g.output("out" + i, pick(random.nextBoolean() ? floats : ints));
      }
      g.output("last", floats.getLast());
    }
    return new OpCase(name, g.build(), inputs, Tolerance.EXACT);
  }

  private Shape shape() {
    int rank = random.nextInt(5);
    long[] dims = new long[rank];
    for (int i = 0; i < rank; i++) {
      dims[i] = random.nextInt(4) == 0 ? 1 : 1 + random.nextInt(rank < 2 ? 3000 : 14);
    }
    return Shape.of(dims);
  }

  private Node pick(List<Node> nodes) {
    return nodes.get(random.nextInt(nodes.size()));
  }

  private void step(List<Node> floats, List<Node> ints) {
    boolean real = random.nextBoolean();
    List<Node> own = real ? floats : ints;
    Node a = pick(own);
    Node b = pick(own);
    Node next =
        switch (random.nextInt(8)) {
          case 0 -> a.add(b);
          case 1 -> a.sub(b);
          case 2 -> a.mul(b);
          case 3 -> a.binary(random.nextBoolean() ? BinaryFn.MAX : BinaryFn.MIN, b);
          case 4 -> a.neg();
          case 5 -> a.abs();
          case 6 -> {
            Node other = pick(real ? ints : floats);
            yield other.cast(real ? DType.F32 : DType.I32);
          }
          default -> a.compare(pick(List.of(CompareFn.values()), 0), b).select(b, pick(own));
        };
    own.add(next.max(-BOUND).min(BOUND));
  }

  private <E> E pick(List<E> list, int from) {
    return list.get(from + random.nextInt(list.size() - from));
  }

  /// An input seen as the space: cut, with axes exchanged and turned, then repeated.
  private Node moved(GraphBuilder g, List<Tensor> inputs, DType dtype, Shape space) {
    int rank = space.rank();
    List<Integer> axes = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
    if (random.nextBoolean()) {
      Collections.shuffle(axes, random);
    }
    long[] extents = new long[rank];
    long[] starts = new long[rank];
    long[] limits = new long[rank];
    long[] strides = new long[rank];
    boolean cut = random.nextInt(3) == 0;
    for (int i = 0; i < rank; i++) {
      // Axis i of the space is axis axes[i] of the input.
      long extent = random.nextInt(4) == 0 ? 1 : space.dim(i);
      int axis = axes.get(i);
      starts[axis] = cut ? random.nextInt(3) : 0;
      strides[axis] = cut ? 1 + random.nextInt(3) : 1;
      limits[axis] = starts[axis] + (extent - 1) * strides[axis] + 1;
      extents[axis] = limits[axis] + (cut ? random.nextInt(3) : 0);
    }
    TensorType type = TensorType.of(dtype, extents);
    Node node = g.input("in" + inputs.size(), type);
    inputs.add(samples.between(type, -BOUND, BOUND));
    if (cut) {
      node = node.slice(starts, limits, strides);
    }
    node = node.permute(axes.stream().mapToInt(Integer::intValue).toArray());
    int[] turned = IntStream.range(0, rank).filter(axis -> random.nextInt(4) == 0).toArray();
    if (turned.length > 0) {
      node = node.reverse(turned);
    }
    return node.broadcastTo(space);
  }
}

package org.tombolo.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

class StridedViewTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  /// Positions of a view in row-major order.
  private static long[] positions(StridedView view) {
    List<Long> all = new ArrayList<>();
    walk(view, 0, view.offset(), all);
    return all.stream().mapToLong(Long::longValue).toArray();
  }

  private static void walk(StridedView view, int axis, long at, List<Long> all) {
    if (axis == view.shape().rank()) {
      all.add(at);
      return;
    }
    for (long i = 0; i < view.shape().dim(axis); i++) {
      walk(view, axis + 1, at + i * view.stride(axis), all);
    }
  }

  /// A random movement of a tensor of this shape.
  private static Op movement(SplittableRandom random, Shape shape) {
    int rank = shape.rank();
    return switch (random.nextInt(5)) {
      case 0 -> {
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
          axes.add(random.nextInt(axes.size() + 1), i);
        }
        yield new Op.Permute(axes);
      }
      case 1 -> {
        long[] dims = shape.toArray();
        for (int i = 0; i < rank; i++) {
          dims[i] = dims[i] == 1 ? random.nextInt(1, 4) : dims[i];
        }
        yield new Op.Broadcast(Shape.of(dims));
      }
      case 2 -> {
        List<Long> starts = new ArrayList<>();
        List<Long> limits = new ArrayList<>();
        List<Long> strides = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
          long start = random.nextLong(shape.dim(i) + 1);
          starts.add(start);
          limits.add(start + random.nextLong(shape.dim(i) - start + 1));
          strides.add(random.nextLong(1, 4));
        }
        yield new Op.Slice(starts, limits, strides);
      }
      case 3 ->
          rank == 0 ? new Op.Reverse(List.of()) : new Op.Reverse(List.of(random.nextInt(rank)));
      default -> {
        List<Long> dims = new ArrayList<>();
        long left = shape.size();
        while (left > 1) {
          long size = left;
          long[] divisors = LongStream.rangeClosed(2, left).filter(d -> size % d == 0).toArray();
          long dim = divisors[random.nextInt(divisors.length)];
          dims.add(dim);
          left /= dim;
        }
        if (left == 0) {
          dims.add(0L);
        }
        if (random.nextBoolean()) {
          dims.add(random.nextInt(dims.size() + 1), 1L);
        }
        yield new Op.Reshape(Shape.of(dims));
      }
    };
  }

  @Test
  void movesAsTheReferenceDoes() {
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
      SplittableRandom random = new SplittableRandom(SEED + round);
      Shape shape = Shape.of(2, 3, 4);
      Tensor moved = Tensor.filled(new TensorType(DType.I32, shape), i -> i);
      StridedView view = StridedView.dense(shape);
      for (int step = 0; step < 5; step++) {
        Op op = movement(random, view.shape());
        Optional<StridedView> next = view.apply(op);
        if (next.isEmpty()) {
          assertTrue(op instanceof Op.Reshape, "only a reshape may be refused, not " + op);
          refused++;
          break;
        }
        view = next.get();
        moved = Reference.evaluate(op, List.of(moved));
        assertEquals(moved.shape(), view.shape());
        long[] positions = positions(view);
        for (int i = 0; i < positions.length; i++) {
          String where = op + " in round " + round + ", seed " + SEED;
          assertEquals(moved.longAt(i), positions[i], where);
        }
        boolean counts = true;
        for (int i = 0; i < positions.length; i++) {
          counts &= positions[i] == i;
        }
        if (view.isDense()) {
          assertTrue(counts, "dense in round " + round + ", seed " + SEED);
        } else {
          assertFalse(counts && view.shape().size() > 1, "not dense in round " + round);
        }
      }
    }
    assertTrue(refused > 0 && refused < 1000, refused + " reshapes refused");
  }

  @Test
  void joinsAndSplitsEvenAxes() {
    StridedView turned =
        StridedView.dense(Shape.of(2, 3)).apply(new Op.Permute(List.of(1, 0))).orElseThrow();
    assertEquals(Optional.empty(), turned.apply(new Op.Reshape(Shape.of(6))));
    assertEquals(
        "[3,1,2]@0+(1,0,3)",
        turned.apply(new Op.Reshape(Shape.of(3, 1, 2))).orElseThrow().toString());
  }

  @Test
  void otherOperationsMoveNothing() {
    StridedView view = StridedView.dense(Shape.of(2));
    assertEquals(Optional.empty(), view.apply(new Op.Concat(0)));
  }

  @Test
  void needsAStrideForEachAxis() {
    assertThrows(IllegalArgumentException.class, () -> StridedView.of(Shape.of(2, 2), 0, 1));
  }
}

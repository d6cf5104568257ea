package org.tombolo.cpu.kernel;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.DType;

/// Makes interpreted steps, each of which computes one value of a loop into the working array that
/// is its slot.
final class LoopSteps {
  private final LoopSpace space;
  private final int[] slot;
  private final List<Long> walkStrides = new ArrayList<>();

  /// @param slot for each value, which array of its lane holds it
  LoopSteps(LoopSpace space, int[] slot) {
    this.space = space;
    this.slot = slot;
  }

  /// For each walk that was made, the step along the innermost axis.
  long[] walkStrides() {
    return walkStrides.stream().mapToLong(Long::longValue).toArray();
  }

  /// A walk over the positions of a view.
  Walk walk(StridedView view) {
    long[] strides = space.strides(view);
    walkStrides.add(strides[strides.length - 1]);
    return new Walk(walkStrides.size() - 1, space.dims, strides, view.offset());
  }

  /// The step for a value.
  Step step(int value) {
    DType dtype = space.dtype(value);
    int y = slot[value];
    return switch (space.loop.body().get(value)) {
      case LoopKernel.Load(int input, StridedView view) ->
          Sources.load(dtype, input, walk(view), y);
      case LoopKernel.Index(StridedView view) -> Sources.index(dtype, walk(view), y);
      case LoopKernel.Random(int key, StridedView position) ->
          Sources.random(key, walk(position), y);
      case LoopKernel.Literal(var constant) -> Sources.literal(constant, y);
      case LoopKernel.Unary unary -> unary(unary, dtype, slot[unary.a()], y);
      case LoopKernel.Binary binary -> binary(binary, dtype, slot[binary.a()], slot[binary.b()], y);
      case LoopKernel.Compare compare -> compare(compare, y);
      case LoopKernel.Select select -> select(select, dtype, y);
      case LoopKernel.Cast(int a) -> Conversions.cast(space.dtype(a), dtype, slot[a], y);
    };
  }

  private Step unary(LoopKernel.Unary unary, DType dtype, int a, int y) {
    var fn = unary.fn();
    return switch (Lane.of(dtype)) {
      case FLOAT -> on -> FloatLanes.unary(fn, on.floats[a], on.floats[y], on.count, space.math);
      case DOUBLE ->
          on -> DoubleLanes.unary(fn, on.doubles[a], on.doubles[y], on.count, space.math);
      case INT -> on -> IntLanes.unary(fn, dtype, on.ints[a], on.ints[y], on.count);
      case LONG -> on -> LongLanes.unary(fn, on.longs[a], on.longs[y], on.count);
    };
  }

  private Step binary(LoopKernel.Binary binary, DType dtype, int a, int b, int y) {
    var fn = binary.fn();
    return switch (Lane.of(dtype)) {
      case FLOAT ->
          on ->
              FloatLanes.binary(fn, on.floats[a], on.floats[b], on.floats[y], on.count, space.math);
      case DOUBLE ->
          on ->
              DoubleLanes.binary(
                  fn, on.doubles[a], on.doubles[b], on.doubles[y], on.count, space.math);
      case INT -> on -> IntLanes.binary(fn, dtype, on.ints[a], on.ints[b], on.ints[y], on.count);
      case LONG -> on -> LongLanes.binary(fn, on.longs[a], on.longs[b], on.longs[y], on.count);
    };
  }

  private Step compare(LoopKernel.Compare compare, int y) {
    var fn = compare.fn();
    int a = slot[compare.a()];
    int b = slot[compare.b()];
    return switch (space.lane(compare.a())) {
      case FLOAT -> on -> FloatLanes.compare(fn, on.floats[a], on.floats[b], on.ints[y], on.count);
      case DOUBLE ->
          on -> DoubleLanes.compare(fn, on.doubles[a], on.doubles[b], on.ints[y], on.count);
      case INT -> on -> IntLanes.compare(fn, on.ints[a], on.ints[b], on.ints[y], on.count);
      case LONG -> on -> LongLanes.compare(fn, on.longs[a], on.longs[b], on.ints[y], on.count);
    };
  }

  private Step select(LoopKernel.Select select, DType dtype, int y) {
    int c = slot[select.condition()];
    int a = slot[select.yes()];
    int b = slot[select.no()];
    return switch (Lane.of(dtype)) {
      case FLOAT ->
          on -> space.math.select(on.ints[c], on.floats[a], on.floats[b], on.floats[y], on.count);
      case DOUBLE ->
          on ->
              DoubleLanes.select(on.ints[c], on.doubles[a], on.doubles[b], on.doubles[y], on.count);
      case INT -> on -> IntLanes.select(on.ints[c], on.ints[a], on.ints[b], on.ints[y], on.count);
      case LONG ->
          on -> LongLanes.select(on.ints[c], on.longs[a], on.longs[b], on.longs[y], on.count);
    };
  }
}

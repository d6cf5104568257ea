package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.tombolo.cpu.math.VectorMath;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.DType;

/// The body of a loop as steps over working arrays.
///
/// A loop is interpreted as column stores interpret queries (Boncz, Zukowski and Nes,
/// *MonetDB/X100: hyper-pipelining query execution*, CIDR 2005): each operation runs over a few
/// thousand points at once, from and to arrays that stay in the first-level cache, so that memory
/// is read and written once, as in a loop compiled for the purpose, while the cost of stepping from
/// operation to operation is spread over the run. Arrays are shared by values that are not needed
/// at the same time.
final class LoopCode {
  private final LoopKernel loop;
  private final VectorMath math;
  private final long[] dims;
  private final int[] order;
  private final int[] slot;
  private final Map<Lane, Integer> slots = new EnumMap<>(Lane.class);
  private final List<Step> constants = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final long[] walkStrides;
  private int walks;

  /// Code for the points of a space, in row-major order of axes that are exchanged and of extents
  /// that may be smaller than the loop's.
  ///
  /// @param loop what is computed
  /// @param order axes of the loop's space, outermost first; each at most once
  /// @param dims extents along these axes, none of them 0
  /// @param math transcendental functions
  LoopCode(LoopKernel loop, int[] order, long[] dims, VectorMath math) {
    this.loop = loop;
    this.math = math;
    this.order = order.length == 0 ? new int[] {-1} : order;
    this.dims = order.length == 0 ? new long[] {1} : dims;
    this.slot = new int[loop.body().size()];
    this.walkStrides = new long[loop.body().size()];
    build();
  }

  /// Registers of the calling thread, ready for [#run] up to so many points at a time.
  Registers registers(MemorySegment[] inputs, int longest) {
    Registers on = Registers.mine(slots, dims.length);
    on.inputs = inputs;
    if (on.shifts.length < walks) {
      on.shifts = new long[walks];
    } else {
      Arrays.fill(on.shifts, 0, walks, 0);
    }
    on.count = longest;
    for (Step constant : constants) {
      constant.run(on);
    }
    return on;
  }

  /// Moves where walks begin by some points along the innermost axis.
  void shift(Registers on, long points) {
    for (int i = 0; i < walks; i++) {
      on.shifts[i] = points * walkStrides[i];
    }
  }

  /// Computes all values for points from `start` on.
  void run(Registers on, long start, int count) {
    on.start = start;
    on.count = count;
    for (Step step : steps) {
      step.run(on);
    }
  }

  /// Where a value is found after [#run].
  int slot(int value) {
    return slot[value];
  }

  /// Stores a value at consecutive positions.
  void store(Registers on, int value, MemorySegment to, long position) {
    DType dtype = loop.dtypes().get(value);
    switch (Lane.of(dtype)) {
      case FLOAT -> Elements.store(dtype, on.floats[slot[value]], to, position, on.count);
      case DOUBLE -> Elements.store(on.doubles[slot[value]], to, position, on.count);
      case INT -> Elements.store(dtype, on.ints[slot[value]], to, position, on.count);
      case LONG -> Elements.store(on.longs[slot[value]], to, position, on.count);
    }
  }

  private void build() {
    int[] lastUse = lastUses();
    Map<Lane, List<Integer>> free = new EnumMap<>(Lane.class);
    for (int value = 0; value < slot.length; value++) {
      // Operands that are not needed again make room for the result.
      for (int operand : operands(value)) {
        boolean constant = loop.body().get(operand) instanceof LoopKernel.Literal;
        if (lastUse[operand] == value && !constant) {
          List<Integer> freed = places(free, operand);
          if (!freed.contains(slot[operand])) {
            freed.add(slot[operand]);
          }
        }
      }
      List<Integer> places = places(free, value);
      boolean reuse = !places.isEmpty() && !(loop.body().get(value) instanceof LoopKernel.Literal);
      slot[value] = reuse ? places.removeLast() : slots.merge(lane(value), 1, Integer::sum) - 1;
      if (loop.body().get(value) instanceof LoopKernel.Literal literal) {
        constants.add(Sources.literal(literal.value(), slot[value]));
      } else {
        steps.add(step(value));
      }
    }
  }

  private List<Integer> places(Map<Lane, List<Integer>> free, int value) {
    return free.computeIfAbsent(lane(value), lane -> new ArrayList<>());
  }

  /// For each value, the last one that reads it; past the end for those that are stored.
  private int[] lastUses() {
    int[] last = new int[slot.length];
    for (int value = 0; value < slot.length; value++) {
      last[value] = value;
      for (int operand : operands(value)) {
        last[operand] = value;
      }
    }
    loop.stores().forEach(value -> last[value] = slot.length);
    return last;
  }

  private int[] operands(int value) {
    return switch (loop.body().get(value)) {
      case LoopKernel.Unary(var _, int a) -> new int[] {a};
      case LoopKernel.Cast(int a) -> new int[] {a};
      case LoopKernel.Binary(var _, int a, int b) -> new int[] {a, b};
      case LoopKernel.Compare(var _, int a, int b) -> new int[] {a, b};
      case LoopKernel.Select(int condition, int yes, int no) -> new int[] {condition, yes, no};
      case LoopKernel.Load _, LoopKernel.Literal _, LoopKernel.Index _, LoopKernel.Random _ ->
          new int[0];
    };
  }

  private Lane lane(int value) {
    return Lane.of(loop.dtypes().get(value));
  }

  private Walk walk(StridedView view) {
    long[] strides = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      strides[i] = order[i] < 0 ? 0 : view.stride(order[i]);
    }
    walkStrides[walks] = strides[strides.length - 1];
    return new Walk(walks++, dims, strides, view.offset());
  }

  private Step step(int value) {
    DType dtype = loop.dtypes().get(value);
    int y = slot[value];
    return switch (loop.body().get(value)) {
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
      case LoopKernel.Cast(int a) -> Conversions.cast(loop.dtypes().get(a), dtype, slot[a], y);
    };
  }

  private Step unary(LoopKernel.Unary unary, DType dtype, int a, int y) {
    var fn = unary.fn();
    return switch (Lane.of(dtype)) {
      case FLOAT -> on -> FloatLanes.unary(fn, on.floats[a], on.floats[y], on.count, math);
      case DOUBLE -> on -> DoubleLanes.unary(fn, on.doubles[a], on.doubles[y], on.count, math);
      case INT -> on -> IntLanes.unary(fn, dtype, on.ints[a], on.ints[y], on.count);
      case LONG -> on -> LongLanes.unary(fn, on.longs[a], on.longs[y], on.count);
    };
  }

  private Step binary(LoopKernel.Binary binary, DType dtype, int a, int b, int y) {
    var fn = binary.fn();
    return switch (Lane.of(dtype)) {
      case FLOAT ->
          on -> FloatLanes.binary(fn, on.floats[a], on.floats[b], on.floats[y], on.count, math);
      case DOUBLE ->
          on -> DoubleLanes.binary(fn, on.doubles[a], on.doubles[b], on.doubles[y], on.count, math);
      case INT -> on -> IntLanes.binary(fn, dtype, on.ints[a], on.ints[b], on.ints[y], on.count);
      case LONG -> on -> LongLanes.binary(fn, on.longs[a], on.longs[b], on.longs[y], on.count);
    };
  }

  private Step compare(LoopKernel.Compare compare, int y) {
    var fn = compare.fn();
    int a = slot[compare.a()];
    int b = slot[compare.b()];
    return switch (lane(compare.a())) {
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
          on -> math.select(on.ints[c], on.floats[a], on.floats[b], on.floats[y], on.count);
      case DOUBLE ->
          on ->
              DoubleLanes.select(on.ints[c], on.doubles[a], on.doubles[b], on.doubles[y], on.count);
      case INT -> on -> IntLanes.select(on.ints[c], on.ints[a], on.ints[b], on.ints[y], on.count);
      case LONG ->
          on -> LongLanes.select(on.ints[c], on.longs[a], on.longs[b], on.longs[y], on.count);
    };
  }
}

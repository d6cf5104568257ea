package org.tombolo.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// A fused loop: for each point of an iteration space, compute a list of values, then either store
/// some of them at that point of the outputs or fold one of them along some axes into the only
/// output.
///
/// Values are numbered by their place in [#body]; operands come before users. Outputs are dense:
/// over the whole space, or over the axes that are not folded.
///
/// @param inputs types of the region's inputs
/// @param outputs types of the region's outputs
/// @param space extents of the iteration space
/// @param body how each value is computed
/// @param dtypes element type of each value
/// @param stores for each output, the value it holds; with a reduction, the single folded value
/// @param reduction how values are folded, if they are
public record LoopKernel(
    List<TensorType> inputs,
    List<TensorType> outputs,
    Shape space,
    List<Value> body,
    List<DType> dtypes,
    List<Integer> stores,
    @Nullable Reduction reduction)
    implements Kernel {

  /// Copies the lists.
  public LoopKernel {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    body = List.copyOf(body);
    dtypes = List.copyOf(dtypes);
    stores = List.copyOf(stores);
  }

  /// How one value comes about at a point of the iteration space.
  public sealed interface Value {}

  /// An element of an input.
  ///
  /// @param input position among the inputs
  /// @param view its place, over the iteration space
  public record Load(int input, StridedView view) implements Value {}

  /// The same number everywhere.
  ///
  /// @param value a tensor of one element
  public record Literal(Tensor value) implements Value {}

  /// The position that a view gives, as a number.
  ///
  /// @param view over the iteration space
  public record Index(StridedView view) implements Value {}

  /// Random bits; see [org.tombolo.graph.Op.RandomBits].
  ///
  /// @param key input that holds the key, `i64[2]`
  /// @param position element number, over the iteration space
  public record Random(int key, StridedView position) implements Value {}

  /// A function of one value.
  public record Unary(UnaryFn fn, int a) implements Value {}

  /// A function of two values of one type.
  public record Binary(BinaryFn fn, int a, int b) implements Value {}

  /// A test of two values of one type.
  public record Compare(CompareFn fn, int a, int b) implements Value {}

  /// One value or another.
  public record Select(int condition, int yes, int no) implements Value {}

  /// A value as another type, that of this value.
  public record Cast(int a) implements Value {}

  /// A fold of one value along axes.
  ///
  /// @param fn how
  /// @param axes of the iteration space, ascending
  public record Reduction(ReduceFn fn, List<Integer> axes) {
    /// Copies the list.
    public Reduction {
      axes = List.copyOf(axes);
    }
  }

  /// The reduction, if there is one.
  public Optional<Reduction> fold() {
    return Optional.ofNullable(reduction);
  }

  /// Whether an output may overwrite an input: every read of the input is at the very point that is
  /// written, and the elements are of one size.
  public boolean inPlace(int output, int input) {
    if (reduction != null || inputs.get(input).bytes() != outputs.get(output).bytes()) {
      return false;
    }
    return body.stream()
        .allMatch(value ->
            switch (value) {
              case Load(int from, StridedView view) -> from != input || view.isDense();
              case Random(int key, StridedView _) -> key != input;
              case Literal _, Index _, Unary _, Binary _, Compare _, Select _, Cast _ -> true;
            });
  }

  /// The same loop over as few axes as possible: axes of extent 1 go, and neighbours that every
  /// view walks evenly become one. A folded axis joins folded ones only.
  public LoopKernel collapsed() {
    LoopKernel loop = this;
    for (int axis = 0; axis < loop.space.rank(); ) {
      if (loop.space.dim(axis) == 1) {
        loop = loop.reshaped(axis, -1);
      } else if (axis + 1 < loop.space.rank()
          && (loop.space.dim(axis + 1) == 1 || loop.joinable(axis))) {
        loop =
            loop.space.dim(axis + 1) == 1 ? loop.reshaped(axis + 1, -1) : loop.reshaped(-1, axis);
      } else {
        axis++;
      }
    }
    return loop;
  }

  private boolean joinable(int axis) {
    if (folded(axis) != folded(axis + 1)) {
      return false;
    }
    long inner = space.dim(axis + 1);
    return body.stream()
        .map(LoopKernel::viewOf)
        .flatMap(Optional::stream)
        .allMatch(view -> view.stride(axis) == view.stride(axis + 1) * inner);
  }

  private boolean folded(int axis) {
    return reduction != null && reduction.axes().contains(axis);
  }

  private static Optional<StridedView> viewOf(Value value) {
    return switch (value) {
      case Load(int _, StridedView view) -> Optional.of(view);
      case Index(StridedView view) -> Optional.of(view);
      case Random(int _, StridedView position) -> Optional.of(position);
      case Literal _, Unary _, Binary _, Compare _, Select _, Cast _ -> Optional.empty();
    };
  }

  /// Drops an axis of extent 1 (`drop >= 0`), or joins an axis with the next (`join >= 0`).
  private LoopKernel reshaped(int drop, int join) {
    int gone = drop >= 0 ? drop : join;
    List<Long> dims = new ArrayList<>(space.toList());
    long extent = dims.remove(gone);
    if (join >= 0) {
      dims.set(join, dims.get(join) * extent);
    }
    Shape joined = Shape.of(dims);
    UnaryOperator<StridedView> change =
        view -> {
          List<Long> strides = new ArrayList<>();
          for (int i = 0; i < space.rank(); i++) {
            if (i != gone) {
              strides.add(view.stride(i));
            }
          }
          long[] steps = strides.stream().mapToLong(Long::longValue).toArray();
          return StridedView.of(joined, view.offset(), steps);
        };
    List<Value> values = body.stream().map(value -> withView(value, change)).toList();
    Reduction fold =
        reduction == null
            ? null
            : new Reduction(
                reduction.fn(),
                reduction.axes().stream()
                    .filter(axis -> axis != gone)
                    .map(axis -> axis > gone ? axis - 1 : axis)
                    .toList());
    return new LoopKernel(inputs, outputs, joined, values, dtypes, stores, fold);
  }

  private static Value withView(Value value, UnaryOperator<StridedView> change) {
    return switch (value) {
      case Load(int input, StridedView view) -> new Load(input, change.apply(view));
      case Index(StridedView view) -> new Index(change.apply(view));
      case Random(int key, StridedView position) -> new Random(key, change.apply(position));
      case Literal _, Unary _, Binary _, Compare _, Select _, Cast _ -> value;
    };
  }
}

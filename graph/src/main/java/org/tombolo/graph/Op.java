package org.tombolo.graph;

import static org.tombolo.graph.ShapeRules.concat;
import static org.tombolo.graph.ShapeRules.requireAxes;
import static org.tombolo.graph.ShapeRules.requireAxis;
import static org.tombolo.graph.ShapeRules.requireOperands;
import static org.tombolo.graph.ShapeRules.requireSameTypes;
import static org.tombolo.graph.ShapeRules.requireThat;
import static org.tombolo.graph.ShapeRules.rest;
import static org.tombolo.graph.ShapeRules.sizes;
import static org.tombolo.graph.ShapeRules.slide;
import static org.tombolo.graph.ShapeRules.windowed;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// An operation of a graph: immutable, compared by value, ignorant of devices.
///
/// The set is closed. Whoever handles operations switches over it without a `default`, so that the
/// compiler lists every place that a new record has to be added to. Each operation has one result.
public sealed interface Op {

  /// Result type for operands of these types.
  ///
  /// @throws ShapeException if they do not fit, and nothing else
  TensorType infer(List<TensorType> in);

  /// The name of the operation in messages and in the text form.
  String mnemonic();

  /// A value given anew at each run.
  ///
  /// @param name how the caller feeds it, unique among the inputs of a graph
  /// @param type what must be fed
  record Input(String name, TensorType type) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 0);
      return type;
    }

    @Override
    public String mnemonic() {
      return "input";
    }
  }

  /// A value known when the graph is built.
  ///
  /// @param value the elements
  record Constant(Tensor value) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 0);
      return value.type();
    }

    @Override
    public String mnemonic() {
      return "constant";
    }
  }

  /// The value that a variable has when a run begins. An [Assign] in the same run does not change
  /// what this reads; the assigned value is seen by the next run.
  ///
  /// @param name identity of the variable, unique among the variables of a graph
  /// @param type of the value, now and after every assignment
  record Variable(String name, TensorType type) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 0);
      return type;
    }

    @Override
    public String mnemonic() {
      return "variable";
    }
  }

  /// Positions along one axis: element `[i0, i1, ..]` is `i_axis`.
  ///
  /// @param type of the result; not bool
  /// @param axis counted axis
  record Iota(TensorType type, int axis) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 0);
      requireAxis(this, axis, type);
      requireThat(
          type.dtype() != DType.BOOL,
          this,
          () -> "result is " + type,
          () -> "numbers",
          () -> "i32 and a compare");
      return type;
    }

    @Override
    public String mnemonic() {
      return "iota";
    }
  }

  /// Random bits as a pure function of a key and the position: word `i % 4` of block `i / 4` of the
  /// Philox 4x32-10 generator, whose key is operand element 0 and whose upper counter half is
  /// operand element 1 (Salmon et al., *Parallel random numbers: as easy as 1, 2, 3*, SC 2011). So
  /// every device yields the same bits and nothing has to be carried along.
  ///
  /// The operand is `i64[2]`: `[seed, stream]`. The result holds 32 random bits in each `i32`.
  ///
  /// @param shape of the result
  record RandomBits(Shape shape) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      requireThat(
          in.get(0).equals(TensorType.of(DType.I64, 2)),
          this,
          () -> "key is " + in.get(0),
          () -> "i64[2], a seed and a stream number",
          () -> "constant(Tensor.of(new long[] {seed, stream}, 2))");
      return new TensorType(DType.I32, shape);
    }

    @Override
    public String mnemonic() {
      return "random_bits";
    }
  }

  /// A function of each element.
  ///
  /// @param fn which
  record Unary(UnaryFn fn) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      requireThat(
          fn.accepts(in.get(0).dtype()),
          this,
          () -> "operand is " + in.get(0),
          () -> "a type that %s is defined for".formatted(fn),
          () -> "cast(DType.F32) first");
      return in.get(0);
    }

    @Override
    public String mnemonic() {
      return fn.toString();
    }
  }

  /// A function of each pair of elements of two tensors of one type and shape.
  ///
  /// @param fn which
  record Binary(BinaryFn fn) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireSameTypes(this, in);
      requireThat(
          fn.accepts(in.get(0).dtype()),
          this,
          () -> "operands are " + in.get(0),
          () -> "a type that %s is defined for".formatted(fn),
          () -> "cast to another type first");
      return in.get(0);
    }

    @Override
    public String mnemonic() {
      return fn.toString();
    }
  }

  /// A test of each pair of elements of two tensors of one type and shape; gives bools.
  ///
  /// @param fn which
  record Compare(CompareFn fn) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireSameTypes(this, in);
      return in.get(0).withDType(DType.BOOL);
    }

    @Override
    public String mnemonic() {
      return fn.toString();
    }
  }

  /// For each element the second operand where the first is true, else the third.
  record Select() implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 3);
      TensorType yes = in.get(1);
      requireThat(
          in.get(0).dtype() == DType.BOOL
              && in.get(0).shape().equals(yes.shape())
              && yes.equals(in.get(2)),
          this,
          () -> "condition is %s, choices are %s and %s".formatted(in.get(0), yes, in.get(2)),
          () -> "a bool condition and two choices of one type, all of one shape",
          () -> "broadcastTo(shape) for what is smaller");
      return yes;
    }

    @Override
    public String mnemonic() {
      return "select";
    }
  }

  /// Each element as the nearest value of another type. Floats become integers by truncation, with
  /// NaN as 0 and saturation at the ends; integers wrap; anything but zero becomes true.
  ///
  /// @param to element type of the result
  record Cast(DType to) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      return in.get(0).withDType(to);
    }

    @Override
    public String mnemonic() {
      return "cast";
    }
  }

  /// The same elements in row-major order under other extents.
  ///
  /// @param to shape of the result, of the same size
  record Reshape(Shape to) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      requireThat(
          in.get(0).size() == to.size(),
          this,
          () ->
              "operand is %s with %d elements, target is %s with %d"
                  .formatted(in.get(0), in.get(0).size(), to, to.size()),
          () -> "the same number of elements",
          () -> "Shape.of(%d)".formatted(in.get(0).size()));
      return in.get(0).withShape(to);
    }

    @Override
    public String mnemonic() {
      return "reshape";
    }
  }

  /// Axes in another order: axis `i` of the result is axis `axes[i]` of the operand.
  ///
  /// @param axes each axis of the operand once
  record Permute(List<Integer> axes) implements Op {
    /// Copies the list.
    public Permute {
      axes = List.copyOf(axes);
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      TensorType x = in.get(0);
      requireThat(
          axes.size() == x.rank()
              && Set.copyOf(axes)
                  .equals(IntStream.range(0, x.rank()).boxed().collect(Collectors.toSet())),
          this,
          () -> "operand is %s, axes are %s".formatted(x, axes),
          () -> "each axis of the operand once",
          () -> IntStream.range(0, x.rank()).boxed().toList().reversed() + " to turn all around");
      return x.withShape(Shape.of(axes.stream().mapToLong(x::dim).toArray()));
    }

    @Override
    public String mnemonic() {
      return "permute";
    }
  }

  /// Repeats axes of extent 1; rank and all other extents stay.
  ///
  /// @param to shape of the result
  record Broadcast(Shape to) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      TensorType x = in.get(0);
      requireThat(
          x.rank() == to.rank()
              && IntStream.range(0, to.rank())
                  .allMatch(i -> x.dim(i) == to.dim(i) || x.dim(i) == 1),
          this,
          () -> "operand is %s, target is %s".formatted(x, to),
          () -> "the same rank, and extent 1 wherever the target differs",
          () -> "reshape(...) to add axes of extent 1");
      return x.withShape(to);
    }

    @Override
    public String mnemonic() {
      return "broadcast";
    }
  }

  /// Every `stride`-th element from `start` up to but not including `limit`, per axis.
  ///
  /// @param starts first index, per axis
  /// @param limits one past the last index, per axis
  /// @param strides step of at least 1, per axis
  record Slice(List<Long> starts, List<Long> limits, List<Long> strides) implements Op {
    /// Copies the lists.
    public Slice {
      starts = List.copyOf(starts);
      limits = List.copyOf(limits);
      strides = List.copyOf(strides);
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      TensorType x = in.get(0);
      int rank = x.rank();
      boolean fits = starts.size() == rank && limits.size() == rank && strides.size() == rank;
      long[] dims = new long[rank];
      for (int i = 0; fits && i < rank; i++) {
        long start = starts.get(i);
        long limit = limits.get(i);
        long stride = strides.get(i);
        fits = 0 <= start && start <= limit && limit <= x.dim(i) && stride >= 1;
        dims[i] = fits ? (limit - start + stride - 1) / stride : 0;
      }
      requireThat(
          fits,
          this,
          () ->
              "operand is %s, starts %s, limits %s, strides %s"
                  .formatted(x, starts, limits, strides),
          () -> "0 <= start <= limit <= extent and stride >= 1 for each of %d axes".formatted(rank),
          () -> "limits %s for all of it".formatted(x.shape()));
      return x.withShape(Shape.of(dims));
    }

    @Override
    public String mnemonic() {
      return "slice";
    }
  }

  /// Adds a constant around and between elements.
  ///
  /// @param low elements before the first, per axis, at least 0
  /// @param high elements after the last, per axis, at least 0
  /// @param interior elements between neighbours, per axis, at least 0
  /// @param value the constant, converted to the operand's type
  record Pad(List<Long> low, List<Long> high, List<Long> interior, double value) implements Op {
    /// Copies the lists.
    public Pad {
      low = List.copyOf(low);
      high = List.copyOf(high);
      interior = List.copyOf(interior);
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      TensorType x = in.get(0);
      int rank = x.rank();
      boolean fits = low.size() == rank && high.size() == rank && interior.size() == rank;
      long[] dims = new long[rank];
      for (int i = 0; fits && i < rank; i++) {
        fits = low.get(i) >= 0 && high.get(i) >= 0 && interior.get(i) >= 0;
        long between = Math.max(0, x.dim(i) - 1) * interior.get(i);
        dims[i] = low.get(i) + x.dim(i) + between + high.get(i);
      }
      requireThat(
          fits,
          this,
          () -> "operand is %s, low %s, high %s, interior %s".formatted(x, low, high, interior),
          () -> "0 or more for each of %d axes".formatted(rank),
          () -> "slice(...) to take elements away");
      return x.withShape(Shape.of(dims));
    }

    @Override
    public String mnemonic() {
      return "pad";
    }
  }

  /// Turns axes end to end.
  ///
  /// @param axes which, each at most once
  record Reverse(List<Integer> axes) implements Op {
    /// Copies the list.
    public Reverse {
      axes = List.copyOf(axes);
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      requireAxes(this, axes, in.get(0));
      return in.get(0);
    }

    @Override
    public String mnemonic() {
      return "reverse";
    }
  }

  /// Operands one after the other along an axis; all other extents agree.
  ///
  /// @param axis that is joined
  record Concat(int axis) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireThat(
          !in.isEmpty(),
          this,
          () -> "no operands",
          () -> "at least one",
          () -> "a list of tensors");
      TensorType first = in.get(0);
      requireAxis(this, axis, first);
      long extent = 0;
      for (TensorType x : in) {
        boolean fits = x.rank() == first.rank() && x.dtype() == first.dtype();
        requireThat(
            fits && x.shape().withDim(axis, 0).equals(first.shape().withDim(axis, 0)),
            this,
            () -> "operands are " + in,
            () -> "one type and equal extents on every axis but " + axis,
            () -> "reshape(...) or pad(...) before joining");
        extent += x.dim(axis);
      }
      return first.withShape(first.shape().withDim(axis, extent));
    }

    @Override
    public String mnemonic() {
      return "concat";
    }
  }

  /// Folds axes away, in index order.
  ///
  /// @param fn how elements are folded
  /// @param axes which axes disappear, each at most once
  record Reduce(ReduceFn fn, List<Integer> axes) implements Op {
    /// Copies the list.
    public Reduce {
      axes = List.copyOf(axes);
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      TensorType x = in.get(0);
      requireAxes(this, axes, x);
      requireThat(
          fn.accepts(x.dtype()),
          this,
          () -> "operand is " + x,
          () -> "numbers",
          () -> "cast(DType.I32) first");
      return x.withShape(
          Shape.of(
              IntStream.range(0, x.rank())
                  .filter(i -> !axes.contains(i))
                  .mapToLong(x::dim)
                  .toArray()));
    }

    @Override
    public String mnemonic() {
      return "reduce_" + fn;
    }
  }

  /// The general product of two tensors: sums over pairs of contracted axes, keeps pairs of batch
  /// axes, and crosses the rest. The result has the batch axes, then the free axes of the left
  /// operand, then those of the right one. Matrix product of `[m,k]` and `[k,n]`: contract `[1]`
  /// with `[0]`.
  ///
  /// @param lhsBatch batch axes of the left operand
  /// @param rhsBatch their partners in the right operand
  /// @param lhsContract summed axes of the left operand
  /// @param rhsContract their partners in the right operand
  record Dot(
      List<Integer> lhsBatch,
      List<Integer> rhsBatch,
      List<Integer> lhsContract,
      List<Integer> rhsContract)
      implements Op {
    /// Copies the lists.
    public Dot {
      lhsBatch = List.copyOf(lhsBatch);
      rhsBatch = List.copyOf(rhsBatch);
      lhsContract = List.copyOf(lhsContract);
      rhsContract = List.copyOf(rhsContract);
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 2);
      TensorType a = in.get(0);
      TensorType b = in.get(1);
      List<Integer> lhsPaired = concat(lhsBatch, lhsContract);
      List<Integer> rhsPaired = concat(rhsBatch, rhsContract);
      requireAxes(this, lhsPaired, a);
      requireAxes(this, rhsPaired, b);
      boolean fits =
          a.dtype() == b.dtype()
              && a.dtype() != DType.BOOL
              && lhsBatch.size() == rhsBatch.size()
              && lhsContract.size() == rhsContract.size();
      for (int i = 0; fits && i < lhsPaired.size(); i++) {
        fits = a.dim(lhsPaired.get(i)) == b.dim(rhsPaired.get(i));
      }
      requireThat(
          fits,
          this,
          () ->
              "a is %s, b is %s, batch axes %s with %s, contracted axes %s with %s"
                  .formatted(a, b, lhsBatch, rhsBatch, lhsContract, rhsContract),
          () -> "one type of numbers and equal extents on paired axes",
          () -> "permute(...) or other axes");
      List<Long> dims = new ArrayList<>();
      lhsBatch.forEach(axis -> dims.add(a.dim(axis)));
      lhsFree(a.rank()).forEach(axis -> dims.add(a.dim(axis)));
      rhsFree(b.rank()).forEach(axis -> dims.add(b.dim(axis)));
      return a.withShape(Shape.of(dims));
    }

    /// Axes of a left operand of this rank that are neither batch nor contracted, ascending.
    public List<Integer> lhsFree(int rank) {
      return rest(rank, concat(lhsBatch, lhsContract));
    }

    /// Axes of a right operand of this rank that are neither batch nor contracted, ascending.
    public List<Integer> rhsFree(int rank) {
      return rest(rank, concat(rhsBatch, rhsContract));
    }

    @Override
    public String mnemonic() {
      return "dot";
    }
  }

  /// Slides a kernel over images and sums products over the window and the input features: the
  /// cross-correlation that networks call convolution. Dilation, cropping and free axis roles make
  /// both gradients convolutions too.
  ///
  /// @param window how it slides, per spatial axis
  /// @param reversed whether window positions index the kernel from its far end, which makes it a
  ///   true convolution
  /// @param dims roles of the axes
  record Conv(List<WindowDim> window, boolean reversed, ConvDims dims) implements Op {
    /// Copies the list.
    public Conv {
      window = List.copyOf(window);
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 2);
      TensorType x = in.get(0);
      TensorType kernel = in.get(1);
      int spatial = dims.spatialRank();
      boolean fits =
          x.rank() == dims.rank()
              && kernel.rank() == dims.rank()
              && window.size() == spatial
              && x.dtype() == kernel.dtype()
              && x.dtype() != DType.BOOL
              && x.dim(dims.lhsFeature()) == kernel.dim(dims.rhsIn())
              && dims.group().stream().allMatch(g -> x.dim(g.lhs()) == kernel.dim(g.rhs()));
      for (int i = 0; fits && i < spatial; i++) {
        fits = window.get(i).size() == kernel.dim(dims.rhsSpatial().get(i));
      }
      requireThat(
          fits,
          this,
          () ->
              "images are %s with features on axis %d, kernel is %s with features on axis %d, window %s"
                  .formatted(x, dims.lhsFeature(), kernel, dims.rhsIn(), sizes(window)),
          () -> "one type of numbers, equal feature counts, and the kernel's extents as window",
          () -> "images [n,h,w,cin] with a kernel [kh,kw,cin,cout]");
      long[] out = new long[dims.rank()];
      dims.group().ifPresent(group -> out[group.out()] = x.dim(group.lhs()));
      out[dims.outBatch()] = x.dim(dims.lhsBatch());
      out[dims.outFeature()] = kernel.dim(dims.rhsOut());
      for (int i = 0; i < spatial; i++) {
        out[dims.outSpatial().get(i)] =
            slide(this, in, window.get(i), x.dim(dims.lhsSpatial().get(i)));
      }
      return x.withShape(Shape.of(out));
    }

    @Override
    public String mnemonic() {
      return "conv";
    }
  }

  /// Folds the elements under a window that slides along every axis.
  ///
  /// @param fn how elements are folded; positions outside the operand are left out
  /// @param window how it slides, per axis
  record ReduceWindow(ReduceFn fn, List<WindowDim> window) implements Op {
    /// Copies the list.
    public ReduceWindow {
      window = List.copyOf(window);
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      requireThat(
          fn.accepts(in.get(0).dtype()),
          this,
          () -> "operand is " + in.get(0),
          () -> "numbers",
          () -> "cast first");
      return windowed(this, in, in.get(0), window);
    }

    @Override
    public String mnemonic() {
      return "reduce_window_" + fn;
    }
  }

  /// The gradient of a window maximum: adds each element of the second operand to the place of the
  /// first operand that was largest in its window, the earliest of equals in index order (a NaN is
  /// largest of all). Windows that see no element pass nothing on.
  ///
  /// @param window how it slides over the first operand, per axis
  record WindowMaxGrad(List<WindowDim> window) implements Op {
    /// Copies the list.
    public WindowMaxGrad {
      window = List.copyOf(window);
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 2);
      TensorType places = windowed(this, in, in.get(0), window);
      requireThat(
          places.equals(in.get(1)) && places.dtype() != DType.BOOL,
          this,
          () -> "operands are %s and %s".formatted(in.get(0), in.get(1)),
          () -> "the second to be " + places,
          () -> "the gradient of the window maximum");
      return in.get(0);
    }

    @Override
    public String mnemonic() {
      return "window_max_grad";
    }
  }

  /// Picks elements along an axis by index. With batch axes `B`, outer axes `O`, extent `n` of the
  /// axis and inner axes `F`: data `[B.., O.., n, F..]`, indices `i32` or `i64` `[B.., I..]`;
  /// result `[B.., O.., I.., F..]`. An index outside `0 .. n-1` gives NaN, or 0 in a type that has
  /// none.
  ///
  /// @param batch number of leading axes that data and indices share
  /// @param axis of the data, at least `batch`
  record Gather(int batch, int axis) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 2);
      return IndexedAxis.of(this, batch, axis, in.get(0), in.get(1)).picked(in.get(0));
    }

    @Override
    public String mnemonic() {
      return "gather";
    }
  }

  /// Adds updates to elements along an axis by index: the transpose of [Gather] in its data.
  /// Operands: data and indices as for [Gather], and updates of the type that it gives for them;
  /// result as data. Updates of one element are added in the order of their indices; those of an
  /// index outside are left out.
  ///
  /// @param batch number of leading axes that data and indices share
  /// @param axis of the data, at least `batch`
  record ScatterAdd(int batch, int axis) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 3);
      TensorType data = in.get(0);
      TensorType updates = IndexedAxis.of(this, batch, axis, data, in.get(1)).picked(data);
      requireThat(
          updates.equals(in.get(2)) && data.dtype() != DType.BOOL,
          this,
          () -> "data is %s, updates are %s".formatted(data, in.get(2)),
          () -> "numbers, and updates of type " + updates,
          () -> "broadcastTo(shape) or cast(dtype) of the updates");
      return data;
    }

    @Override
    public String mnemonic() {
      return "scatter_add";
    }
  }

  /// Folds from one end of an axis to each of its elements: running sums, products, maxima.
  ///
  /// @param fn how elements are folded
  /// @param axis along which
  /// @param exclusive whether an element's own value is left out, so that the first result is the
  ///   fold of nothing
  /// @param reverse whether to begin at the far end
  record Scan(ReduceFn fn, int axis, boolean exclusive, boolean reverse) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      requireAxis(this, axis, in.get(0));
      requireThat(
          fn.accepts(in.get(0).dtype()),
          this,
          () -> "operand is " + in.get(0),
          () -> "numbers",
          () -> "cast(DType.I32) first");
      return in.get(0);
    }

    @Override
    public String mnemonic() {
      return "scan_" + fn;
    }
  }

  /// Index of the largest or smallest element along an axis, as `i32`: the first of equals, and of
  /// NaNs, which count as extreme.
  ///
  /// @param largest or smallest
  /// @param axis that disappears; its extent is 1 or more unless the result is empty
  record ArgReduce(boolean largest, int axis) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      TensorType x = in.get(0);
      requireAxis(this, axis, x);
      List<Long> dims = new ArrayList<>(x.shape().toList());
      dims.remove(axis);
      TensorType out = new TensorType(DType.I32, Shape.of(dims));
      requireThat(
          out.size() == 0 || (x.dim(axis) > 0 && x.dim(axis) <= Integer.MAX_VALUE),
          this,
          () -> "operand is %s, axis %d".formatted(x, axis),
          () -> "an extent from 1 to 2^31 - 1 on that axis",
          () -> "another axis");
      return out;
    }

    @Override
    public String mnemonic() {
      return largest ? "arg_max" : "arg_min";
    }
  }

  /// Indices that sort an axis, as `i32`, or the first of them. The order is stable both ways:
  /// equals, `-0` and `0` among them, keep the order of their indices. NaN is larger than all
  /// numbers.
  ///
  /// @param axis along which
  /// @param descending whether the largest comes first
  /// @param count how many indices, at most the extent of the axis: all to sort, k for the top k
  record ArgSort(int axis, boolean descending, long count) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      TensorType x = in.get(0);
      requireAxis(this, axis, x);
      requireThat(
          0 <= count && count <= x.dim(axis) && x.dim(axis) <= Integer.MAX_VALUE,
          this,
          () -> "operand is %s, axis %d, count %d".formatted(x, axis, count),
          () -> "a count from 0 to the extent of the axis, which is below 2^31",
          () -> "count %d for all".formatted(x.dim(axis)));
      return new TensorType(DType.I32, x.shape().withDim(axis, count));
    }

    @Override
    public String mnemonic() {
      return "arg_sort";
    }
  }

  /// Gives a variable a new value, seen from the next run on. The result is the new value.
  ///
  /// @param variable name of a variable of the same graph, assigned at most once in it
  record Assign(String variable) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      requireOperands(this, in, 1);
      return in.get(0);
    }

    @Override
    public String mnemonic() {
      return "assign";
    }
  }

  /// A named function with a decomposition into operations. A device may have a kernel for the
  /// name; elsewhere the decomposition runs.
  ///
  /// @param function which
  record Call(Composite function) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      return function.infer(in);
    }

    @Override
    public String mnemonic() {
      return function.name();
    }
  }

  /// One of the results of [ControlFlow]. Nodes of the same control flow and the same operands are
  /// the results of one run of it.
  ///
  /// @param flow what decides which graphs run
  /// @param result position of the result
  record Control(ControlFlow flow, int result) implements Op {
    @Override
    public TensorType infer(List<TensorType> in) {
      List<TensorType> results = flow.infer(in);
      requireThat(
          result >= 0 && result < results.size(),
          this,
          () -> "result is " + result,
          () -> "one of %d results".formatted(results.size()),
          () -> "0 for the first");
      return results.get(result);
    }

    @Override
    public String mnemonic() {
      return flow.name();
    }
  }

  /// One of the results of a function from outside of this set. Nodes of equal functions and the
  /// same operands are the results of one run of it.
  ///
  /// @param function what runs
  /// @param result position of the result
  record Custom(CustomFunction function, int result) implements Op {
    static final String MNEMONIC = "custom";

    @Override
    public TensorType infer(List<TensorType> in) {
      List<TensorType> results = function.infer(in);
      requireThat(
          result >= 0 && result < results.size(),
          this,
          () -> "result of %s is %d".formatted(function.name(), result),
          () -> "one of %d results".formatted(results.size()),
          () -> "0 for the first");
      return results.get(result);
    }

    @Override
    public String mnemonic() {
      return MNEMONIC;
    }
  }
}

package org.tombolo.graph;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// One operation in a graph with its operands and the type of its result. Compared by identity.
///
/// The methods add operations to the builder that the node came from. Two-operand methods accept a
/// scalar beside a tensor; other operands must agree in shape, so that nothing is ever repeated by
/// accident: say [#broadcastTo] where repetition is meant.
public final class Node {
  private final GraphBuilder builder;
  private final int id;
  private final Op op;
  private final List<Node> inputs;
  private final TensorType type;
  private final String scope;
  private final String where;

  Node(
      GraphBuilder builder,
      int id,
      Op op,
      List<Node> inputs,
      TensorType type,
      String scope,
      String where) {
    this.builder = builder;
    this.id = id;
    this.op = op;
    this.inputs = List.copyOf(inputs);
    this.type = type;
    this.scope = scope;
    this.where = where;
  }

  /// The operation.
  public Op op() {
    return op;
  }

  /// Operands, in order.
  public List<Node> inputs() {
    return inputs;
  }

  /// The operand at a position.
  public Node input(int index) {
    return inputs.get(index);
  }

  /// Type of the result.
  public TensorType type() {
    return type;
  }

  /// Shape of the result.
  public Shape shape() {
    return type.shape();
  }

  /// Element type of the result.
  public DType dtype() {
    return type.dtype();
  }

  /// Number of dimensions of the result.
  public int rank() {
    return type.rank();
  }

  /// Scope that the node was added in, such as `conv1/relu`; may be empty.
  public String scope() {
    return scope;
  }

  /// Source line that added the node, as `Class:line`; may be empty.
  public String where() {
    return where;
  }

  /// The builder that the node belongs to.
  public GraphBuilder builder() {
    return builder;
  }

  int id() {
    return id;
  }

  private static ShapeException mistake(String problem, String remedy) {
    return new ShapeException(problem, remedy).at(GraphBuilder.callSite());
  }

  private void requireAxis(String op, int axis) {
    if (axis < 0 || axis >= rank()) {
      throw mistake(
          "%s: axis %d of %s; need one of its %d axes".formatted(op, axis, type, rank()),
          "axes counted from 0, outermost first");
    }
  }

  private Node apply(Op op, Node... operands) {
    return builder.add(op, List.of(operands));
  }

  // Elementwise, one operand.

  /// A function of each element.
  public Node unary(UnaryFn fn) {
    return apply(new Op.Unary(fn), this);
  }

  /// `-x`.
  public Node neg() {
    return unary(UnaryFn.NEG);
  }

  /// Magnitude.
  public Node abs() {
    return unary(UnaryFn.ABS);
  }

  /// Square root.
  public Node sqrt() {
    return unary(UnaryFn.SQRT);
  }

  /// Natural exponential.
  public Node exp() {
    return unary(UnaryFn.EXP);
  }

  /// Natural logarithm.
  public Node log() {
    return unary(UnaryFn.LOG);
  }

  /// Hyperbolic tangent.
  public Node tanh() {
    return unary(UnaryFn.TANH);
  }

  /// Logical or bitwise complement.
  public Node not() {
    return unary(UnaryFn.NOT);
  }

  /// `x*x`.
  public Node square() {
    return mul(this);
  }

  /// `max(x, 0)`; NaN stays NaN.
  public Node relu() {
    return max(0);
  }

  /// `1 / (1 + exp(-x))`, computed as `(tanh(x/2) + 1) / 2`, which cannot overflow.
  public Node sigmoid() {
    return mul(0.5).tanh().add(1).mul(0.5);
  }

  /// `x * P(Z <= x)` for a standard normal `Z`, by the error function (Hendrycks and Gimpel,
  /// *Gaussian error linear units*, 2016).
  public Node gelu() {
    return Activations.gelu(this);
  }

  /// [#gelu] by the authors' approximation with a hyperbolic tangent; off by less than 0.0005.
  public Node geluTanh() {
    return Activations.geluTanh(this);
  }

  /// `x * sigmoid(x)`, also called swish.
  public Node silu() {
    return mul(sigmoid());
  }

  /// `log(1 + exp(x))`, computed as `max(x, 0) + log1p(exp(-|x|))`, which cannot overflow.
  public Node softplus() {
    return Activations.softplus(this);
  }

  /// `x * tanh(softplus(x))` (Misra, *Mish*, BMVC 2020).
  public Node mish() {
    return mul(softplus().tanh());
  }

  /// `min(max(x + 3, 0), 6) / 6`.
  public Node hardSigmoid() {
    return Activations.hardSigmoid(this);
  }

  /// `x * hardSigmoid(x)` (Howard et al., *Searching for MobileNetV3*, ICCV 2019).
  public Node hardSwish() {
    return mul(hardSigmoid());
  }

  /// `x` above 0, `alpha * (exp(x) - 1)` elsewhere.
  public Node elu(double alpha) {
    return Activations.elu(this, alpha);
  }

  /// [#elu] scaled so that mean 0 and variance 1 are kept (Klambauer et al., *Self-normalizing
  /// neural networks*, NeurIPS 2017).
  public Node selu() {
    return elu(1.6732632423543772).mul(1.0507009873554805);
  }

  /// `x` above 0, `slope * x` elsewhere.
  public Node leakyRelu(double slope) {
    return Activations.leakyRelu(this, slope);
  }

  /// Elements as another type.
  public Node cast(DType to) {
    return to == dtype() ? this : apply(new Op.Cast(to), this);
  }

  // Elementwise, two operands.

  /// A function of two elements; a scalar operand is repeated.
  public Node binary(BinaryFn fn, Node other) {
    Node[] pair = paired(other);
    return apply(new Op.Binary(fn), pair);
  }

  private Node binary(BinaryFn fn, double other) {
    return binary(fn, builder.scalar(dtype(), other));
  }

  private Node[] paired(Node other) {
    if (rank() == 0 && other.rank() > 0) {
      return new Node[] {broadcastTo(other.shape()), other};
    }
    if (other.rank() == 0 && rank() > 0) {
      return new Node[] {this, other.broadcastTo(shape())};
    }
    return new Node[] {this, other};
  }

  /// Sum.
  public Node add(Node other) {
    return binary(BinaryFn.ADD, other);
  }

  /// Sum with a number.
  public Node add(double other) {
    return binary(BinaryFn.ADD, other);
  }

  /// Difference.
  public Node sub(Node other) {
    return binary(BinaryFn.SUB, other);
  }

  /// Difference from a number.
  public Node sub(double other) {
    return binary(BinaryFn.SUB, other);
  }

  /// Product of elements.
  public Node mul(Node other) {
    return binary(BinaryFn.MUL, other);
  }

  /// Product with a number.
  public Node mul(double other) {
    return binary(BinaryFn.MUL, other);
  }

  /// Quotient of elements.
  public Node div(Node other) {
    return binary(BinaryFn.DIV, other);
  }

  /// Quotient by a number.
  public Node div(double other) {
    return binary(BinaryFn.DIV, other);
  }

  /// Power of elements.
  public Node pow(Node other) {
    return binary(BinaryFn.POW, other);
  }

  /// The larger of two elements.
  public Node max(Node other) {
    return binary(BinaryFn.MAX, other);
  }

  /// The larger of an element and a number.
  public Node max(double other) {
    return binary(BinaryFn.MAX, other);
  }

  /// The smaller of two elements.
  public Node min(Node other) {
    return binary(BinaryFn.MIN, other);
  }

  /// The smaller of an element and a number.
  public Node min(double other) {
    return binary(BinaryFn.MIN, other);
  }

  /// Logical or bitwise and.
  public Node and(Node other) {
    return binary(BinaryFn.AND, other);
  }

  /// Logical or bitwise or.
  public Node or(Node other) {
    return binary(BinaryFn.OR, other);
  }

  /// A test of two elements; a scalar operand is repeated.
  public Node compare(CompareFn fn, Node other) {
    return apply(new Op.Compare(fn), paired(other));
  }

  /// A test of each element against a number.
  public Node compare(CompareFn fn, double other) {
    return compare(fn, builder.scalar(dtype(), other));
  }

  /// Elements of `yes` where this bool is true, of `no` elsewhere; scalars are repeated.
  public Node select(Node yes, Node no) {
    return apply(
        new Op.Select(),
        this,
        yes.rank() == 0 ? yes.broadcastTo(shape()) : yes,
        no.rank() == 0 ? no.broadcastTo(shape()) : no);
  }

  // Movement.

  /// The same elements under other extents.
  public Node reshape(long... dims) {
    return reshape(Shape.of(dims));
  }

  /// The same elements under another shape.
  public Node reshape(Shape to) {
    return to.equals(shape()) ? this : apply(new Op.Reshape(to), this);
  }

  /// Axes in another order: axis `i` of the result is `axes[i]` of this.
  public Node permute(int... axes) {
    return apply(new Op.Permute(Arrays.stream(axes).boxed().toList()), this);
  }

  /// The last two axes exchanged.
  public Node transpose() {
    int[] axes = IntStream.range(0, rank()).toArray();
    if (axes.length < 2) {
      throw mistake(
          "transpose: operand is %s; need 2 axes or more".formatted(type), "reshape(...) first");
    }
    axes[rank() - 1] = rank() - 2;
    axes[rank() - 2] = rank() - 1;
    return permute(axes);
  }

  /// Repeated to a shape. Axes are matched from the last one; new leading axes and axes of extent 1
  /// are repeated.
  public Node broadcastTo(Shape to) {
    if (to.equals(shape())) {
      return this;
    }
    if (rank() > to.rank()) {
      throw mistake(
          "broadcast: operand is %s, target is %s; need a target of rank %d or more"
              .formatted(type, to, rank()),
          "a sum over the axes that are too many");
    }
    long[] dims = new long[to.rank()];
    Arrays.fill(dims, 1);
    System.arraycopy(shape().toArray(), 0, dims, to.rank() - rank(), rank());
    Node aligned = reshape(dims);
    return aligned.shape().equals(to) ? aligned : apply(new Op.Broadcast(to), aligned);
  }

  /// Elements from `start` up to but not including `limit` along one axis.
  public Node slice(int axis, long start, long limit) {
    requireAxis("slice", axis);
    long[] starts = new long[rank()];
    long[] limits = shape().toArray();
    long[] strides = new long[rank()];
    Arrays.fill(strides, 1);
    starts[axis] = start;
    limits[axis] = limit;
    return slice(starts, limits, strides);
  }

  /// Every `stride`-th element from `start` up to but not including `limit`, per axis.
  public Node slice(long[] starts, long[] limits, long[] strides) {
    return apply(new Op.Slice(boxed(starts), boxed(limits), boxed(strides)), this);
  }

  /// Adds a constant around (`low`, `high`) and between (`interior`) elements, per axis.
  public Node pad(long[] low, long[] high, long[] interior, double value) {
    return apply(new Op.Pad(boxed(low), boxed(high), boxed(interior), value), this);
  }

  /// Axes end to end.
  public Node reverse(int... axes) {
    return apply(new Op.Reverse(Arrays.stream(axes).boxed().toList()), this);
  }

  private static List<Long> boxed(long[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  // Reduction. Without axes, over all of them.

  /// Folds axes away.
  public Node reduce(ReduceFn fn, int... axes) {
    int[] all = axes.length == 0 ? IntStream.range(0, rank()).toArray() : axes;
    return apply(new Op.Reduce(fn, Arrays.stream(all).boxed().toList()), this);
  }

  /// Folds axes to extent 1, so that the result can be repeated beside the operand.
  public Node reduceKeeping(ReduceFn fn, int... axes) {
    Shape kept = shape();
    for (int axis : axes.length == 0 ? IntStream.range(0, rank()).toArray() : axes) {
      requireAxis("reduce_" + fn, axis);
      kept = kept.withDim(axis, 1);
    }
    return reduce(fn, axes).reshape(kept);
  }

  /// Sum over axes.
  public Node sum(int... axes) {
    return reduce(ReduceFn.SUM, axes);
  }

  /// Arithmetic mean over axes; NaN of nothing.
  public Node mean(int... axes) {
    Node sum = sum(axes);
    return sum.div((double) shape().size() / sum.shape().size());
  }

  /// Index of the largest element along an axis, the first of equals or of NaNs, as `i32`.
  public Node argMax(int axis) {
    requireAxis("arg_max", axis);
    return apply(new Op.ArgReduce(true, axis), this);
  }

  /// Index of the smallest element along an axis, the first of equals or of NaNs, as `i32`.
  public Node argMin(int axis) {
    requireAxis("arg_min", axis);
    return apply(new Op.ArgReduce(false, axis), this);
  }

  /// Running fold along an axis, each element's own value included: `scan(ReduceFn.SUM, axis)` is
  /// the cumulative sum.
  public Node scan(ReduceFn fn, int axis) {
    return apply(new Op.Scan(fn, axis, false, false), this);
  }

  // Indices.

  /// Elements along an axis by index: the axis gives way to the axes of the indices, `i32` or
  /// `i64`. An index outside gives NaN, or 0 in a type that has none.
  public Node gather(int axis, Node indices) {
    return apply(new Op.Gather(0, axis), this, indices);
  }

  /// Elements along an axis by an index of their own each: indices have the extents of this node,
  /// but any on that axis, and so has the result.
  public Node gatherAlong(int axis, Node indices) {
    requireAlong("gather_along", axis, indices);
    int last = rank() - 1;
    Node picked = apply(new Op.Gather(last, last), axisLast(axis), indices.axisLast(axis));
    return picked.lastToAxis(axis);
  }

  /// This node with updates added at indices along an axis; the transpose of [#gather]. Indices
  /// outside add nothing.
  public Node scatterAdd(int axis, Node indices, Node updates) {
    return apply(new Op.ScatterAdd(0, axis), this, indices, updates);
  }

  /// The same with an index of its own for each update; the transpose of [#gatherAlong].
  public Node scatterAddAlong(int axis, Node indices, Node updates) {
    requireAlong("scatter_add_along", axis, indices);
    requireAlong("scatter_add_along", axis, updates);
    int last = rank() - 1;
    Node sum =
        apply(
            new Op.ScatterAdd(last, last),
            axisLast(axis),
            indices.axisLast(axis),
            updates.axisLast(axis));
    return sum.lastToAxis(axis);
  }

  /// Indices that sort an axis, stable, as `i32`; see [Op.ArgSort].
  public Node argSort(int axis, boolean descending) {
    requireAxis("arg_sort", axis);
    return apply(new Op.ArgSort(axis, descending, shape().dim(axis)), this);
  }

  /// Indices of the `k` largest elements along an axis, the largest first, as `i32`.
  public Node topK(int axis, long k) {
    return apply(new Op.ArgSort(axis, true, k), this);
  }

  /// The elements sorted along an axis.
  public Node sort(int axis, boolean descending) {
    return gatherAlong(axis, argSort(axis, descending));
  }

  private void requireAlong(String op, int axis, Node other) {
    requireAxis(op, axis);
    if (other.rank() != rank()
        || !other.shape().withDim(axis, 1).equals(shape().withDim(axis, 1))) {
      throw mistake(
          "%s: data is %s, the other is %s; need the extents of the data on every axis but %d"
              .formatted(op, type, other.type, axis),
          "broadcastTo(shape)");
    }
  }

  private Node axisLast(int axis) {
    int[] axes = IntStream.range(0, rank()).toArray();
    System.arraycopy(axes, axis + 1, axes, axis, rank() - 1 - axis);
    axes[rank() - 1] = axis;
    return axis == rank() - 1 ? this : permute(axes);
  }

  private Node lastToAxis(int axis) {
    int[] axes = IntStream.range(0, rank()).toArray();
    System.arraycopy(axes, axis, axes, axis + 1, rank() - 1 - axis);
    axes[axis] = rank() - 1;
    return axis == rank() - 1 ? this : permute(axes);
  }

  // Contraction and windows.

  /// Matrix product of `[m,k]` and `[k,n]`, or of stacks of matrices `[b..,m,k]` and `[b..,k,n]`.
  public Node matmul(Node other) {
    int batch = rank() - 2;
    if (batch < 0 || other.rank() != rank() || type.dim(rank() - 1) != other.type.dim(batch)) {
      throw mistake(
          "matmul: a is %s, b is %s; need a[m,k] and b[k,n]".formatted(type, other.type),
          "b.transpose() if b is stored as [n,k]");
    }
    List<Integer> stack = IntStream.range(0, batch).boxed().toList();
    return apply(new Op.Dot(stack, stack, List.of(rank() - 1), List.of(batch)), this, other);
  }

  /// Slides a kernel `[kh, kw, cin, cout]` over images `[n, h, w, cin]`.
  ///
  /// The result is `[n, oh, ow, cout]` with `oh = floor((h + 2*pad - kh) / stride) + 1`; it costs
  /// `2*n*oh*ow*kh*kw*cin*cout` floating-point operations.
  ///
  /// @param kernel one filter per output channel
  /// @param stride elements between windows, at least 1
  /// @param pad zeros on each side, in elements
  /// @throws ShapeException if the channel counts differ or no window fits
  public Node conv2d(Node kernel, int stride, int pad) {
    return conv2d(kernel, stride, pad, 1);
  }

  /// The same in groups: output channel `i` sees the input channels of group `i / (cout / groups)`
  /// only. As many groups as channels make a depthwise convolution.
  ///
  /// @param kernel `[kh, kw, cin / groups, cout]`
  /// @param groups divides both channel counts
  /// @throws ShapeException if it does not, or channel counts differ, or no window fits
  public Node conv2d(Node kernel, int stride, int pad, int groups) {
    requireFit(kernel, groups);
    Shape k = kernel.shape();
    return conv2d(
        kernel,
        List.of(WindowDim.of(k.dim(0), stride, pad, pad), WindowDim.of(k.dim(1), stride, pad, pad)),
        groups);
  }

  /// The same with windows of any kind.
  ///
  /// @param window along `h` and `w`, of the kernel's size
  /// @throws ShapeException as for the others
  public Node conv2d(Node kernel, List<WindowDim> window, int groups) {
    requireFit(kernel, groups);
    if (groups == 1) {
      return apply(new Op.Conv(window, false, ConvDims.channelsLast(2)), this, kernel);
    }
    Shape k = kernel.shape();
    Node image = reshape(type.dim(0), type.dim(1), type.dim(2), groups, k.dim(2));
    Node filters = kernel.reshape(k.dim(0), k.dim(1), k.dim(2), groups, k.dim(3) / groups);
    Node out = apply(new Op.Conv(window, false, ConvDims.groupedChannelsLast(2)), image, filters);
    return out.reshape(out.type.dim(0), out.type.dim(1), out.type.dim(2), k.dim(3));
  }

  private void requireFit(Node kernel, int groups) {
    if (rank() != 4 || kernel.rank() != 4) {
      throw mistake(
          "conv2d: images are %s, kernel is %s; need [n,h,w,cin] and [kh,kw,cin/groups,cout]"
              .formatted(type, kernel.type),
          "reshape(n, h, w, 1) for images of one channel");
    }
    boolean divide =
        groups >= 1
            && type.dim(3) == kernel.type.dim(2) * groups
            && kernel.type.dim(3) % groups == 0;
    if (groups != 1 && !divide) {
      throw mistake(
          "conv2d: images are %s, kernel is %s, %d groups; need [n,h,w,cin], [kh,kw,cin/groups,cout] and groups that divide cout"
              .formatted(type, kernel.type, groups),
          "groups = cin for a filter per channel");
    }
  }

  /// Folds the elements under a window that slides along every axis.
  public Node reduceWindow(ReduceFn fn, List<WindowDim> window) {
    return apply(new Op.ReduceWindow(fn, window), this);
  }

  /// Softmax along an axis.
  public Node softmax(int axis) {
    return builder.call(new Composite.Softmax(axis), this);
  }

  /// Logarithm of the softmax along an axis.
  public Node logSoftmax(int axis) {
    return builder.call(new Composite.LogSoftmax(axis), this);
  }

  /// Operation and result type, such as `exp: f32[2,3]`.
  @Override
  public String toString() {
    return (scope.isEmpty() ? "" : scope + "/") + op.mnemonic() + ": " + type;
  }
}

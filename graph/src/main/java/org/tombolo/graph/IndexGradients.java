package org.tombolo.graph;

import java.util.List;

/// Gradients of operations that pick, add or fold along one axis.
final class IndexGradients {
  private IndexGradients() {}

  static Node gather(Op.Gather gather, Node y, Node dy) {
    Node x = y.input(0);
    Node zeros = y.builder().full(x.type(), 0);
    return y.builder()
        .add(new Op.ScatterAdd(gather.batch(), gather.axis()), List.of(zeros, y.input(1), dy));
  }

  /// Updates that were left out gain nothing, where a gather alone would give NaN.
  static Node scatterUpdates(Op.ScatterAdd scatter, Node y, Node dy) {
    Node indices = y.input(1);
    Node updates = y.input(2);
    Node known =
        indices
            .compare(CompareFn.GE, 0)
            .and(indices.compare(CompareFn.LT, y.shape().dim(scatter.axis())));
    int batch = scatter.batch();
    int outer = scatter.axis() - batch;
    // The axes of the indices lie in the updates after the outer ones.
    long[] spread = new long[updates.rank()];
    for (int i = 0; i < spread.length; i++) {
      int of = i < batch ? i : i - outer;
      boolean own = i < batch || (i >= scatter.axis() && of < indices.rank());
      spread[i] = own ? indices.shape().dim(of) : 1;
    }
    Node picked = y.builder().add(new Op.Gather(batch, scatter.axis()), List.of(dy, indices));
    return known
        .reshape(spread)
        .broadcastTo(updates.shape())
        .select(picked, y.builder().scalar(dy.dtype(), 0));
  }

  static Node scan(Op.Scan scan, Node y, Node dy) {
    int axis = scan.axis();
    if (scan.fn() == ReduceFn.SUM) {
      Op back = new Op.Scan(ReduceFn.SUM, axis, scan.exclusive(), !scan.reverse());
      return y.builder().add(back, List.of(dy));
    }
    Node x = y.input(0);
    Node forwardX = scan.reverse() ? x.reverse(axis) : x;
    Node forwardDy = scan.reverse() ? dy.reverse(axis) : dy;
    // What an exclusive scan gives at one place, an inclusive one gives at the place before.
    Node inclusiveDy = scan.exclusive() ? shiftedBack(forwardDy, axis, 1) : forwardDy;
    Node dx =
        scan.fn() == ReduceFn.PROD
            ? product(forwardX, inclusiveDy, axis)
            : extreme(scan.fn(), forwardX, inclusiveDy, axis);
    return scan.reverse() ? dx.reverse(axis) : dx;
  }

  /// `dx[i]` is the product before `i` times `s[i] = dy[i] + x[i+1] s[i+1]`. The recurrence is
  /// solved by doubling: `s[i] = b[i] + a[i] s[i+step]`. Right where there are zeros, too.
  private static Node product(Node x, Node dy, int axis) {
    Node a = shiftedBack(x, axis, 1);
    Node b = dy;
    for (long step = 1; step < x.shape().dim(axis); step *= 2) {
      b = b.add(a.mul(shiftedBack(b, axis, step)));
      a = a.mul(shiftedBack(a, axis, step));
    }
    Op before = new Op.Scan(ReduceFn.PROD, axis, true, false);
    return x.builder().add(before, List.of(x)).mul(b);
  }

  /// The gradient goes to the first of the elements that are the extreme so far.
  private static Node extreme(ReduceFn fn, Node x, Node dy, int axis) {
    GraphBuilder g = x.builder();
    Node before = g.add(new Op.Scan(fn, axis, true, false), List.of(x));
    Node isNew = x.compare(fn == ReduceFn.MAX ? CompareFn.GT : CompareFn.LT, before);
    Node places = g.iota(x.type().withDType(DType.I32), axis);
    Node place =
        g.add(
            new Op.Scan(ReduceFn.MAX, axis, false, false),
            List.of(isNew.select(places, g.scalar(DType.I32, 0))));
    return g.full(x.type(), 0).scatterAddAlong(axis, place, dy);
  }

  /// Element `i` becomes element `i + by`; the last ones become 0.
  private static Node shiftedBack(Node x, int axis, long by) {
    long extent = x.shape().dim(axis);
    long kept = Math.max(0, extent - by);
    long[] none = new long[x.rank()];
    long[] high = new long[x.rank()];
    high[axis] = extent - kept;
    return x.slice(axis, extent - kept, extent).pad(none, high, none, 0);
  }
}

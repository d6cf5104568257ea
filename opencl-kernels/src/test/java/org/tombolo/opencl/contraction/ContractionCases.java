package org.tombolo.opencl.contraction;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// Operations whose kernels are compared with the reference. Few programs serve many of them, since
/// sizes are arguments.
final class ContractionCases {
  private ContractionCases() {}

  /// An operation and the types of its operands.
  record Case(String name, Op op, TensorType a, TensorType b) {
    TensorType result() {
      return op.infer(List.of(a, b));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /// Matrix products below, at and above the sizes of tiles (12 by 32 and 6 by 16 on processors, 64
  /// and 128 on graphics processors), of slices (16) and of blocks of depth (256).
  static List<Case> products() {
    long[][] sizes = {
      {1, 1, 1},
      {0, 3, 4},
      {3, 4, 0},
      {7, 0, 65},
      {2, 3, 37},
      {12, 256, 32},
      {13, 257, 33},
      {11, 255, 63},
      {97, 513, 65},
      {64, 16, 64},
      {65, 17, 127},
      {129, 31, 257},
      {5, 4099, 67},
      {67, 100, 1},
      {1, 300, 70},
    };
    List<Case> cases = new ArrayList<>();
    for (long[] s : sizes) {
      cases.add(product(false, false, s[0], s[1], s[2]));
    }
    for (boolean left : List.of(false, true)) {
      for (boolean right : List.of(false, true)) {
        cases.add(product(left, right, 13, 257, 70));
        cases.add(product(left, right, 131, 33, 61));
      }
    }
    return cases;
  }

  /// Products with other than two axes.
  static List<Case> arrangements() {
    return List.of(
        dot("two batch axes", op("1,2|0,3|3|2"), f32(9, 2, 3, 20), f32(2, 33, 20, 3)),
        dot("two contracted axes", op("||0,2|2,0"), f32(7, 19, 5), f32(5, 40, 7)),
        dot("batch", op("0|0|2|1"), f32(5, 13, 21), f32(5, 21, 37)),
        dot("free axes apart", op("||1|1"), f32(4, 33, 5), f32(3, 33, 14)),
        dot("outer", op("|||"), f32(9), f32(35)),
        dot("inner", op("||0|0"), f32(777), f32(777)),
        dot("scalars", op("|||"), f32(), f32()),
        dot("elementwise", op("0,1|1,0||"), f32(6, 7), f32(7, 6)));
  }

  /// Convolutions of every arrangement of axes, stride, dilation and padding.
  static List<Case> convolutions() {
    ConvDims last = ConvDims.channelsLast(2);
    ConvDims first = new ConvDims(0, 1, List.of(2, 3), 1, 0, List.of(2, 3), 0, 1, List.of(2, 3));
    ConvDims mixed = new ConvDims(3, 0, List.of(2, 1), 2, 1, List.of(0, 3), 1, 2, List.of(3, 0));
    WindowDim same = WindowDim.of(3, 1, 1, 1);
    List<Case> cases = new ArrayList<>();
    cases.add(conv("same", last, false, f32(3, 9, 7, 5), f32(3, 3, 5, 33), same, same));
    cases.add(conv("one feature", last, false, f32(3, 9, 17, 1), f32(3, 3, 1, 8), same, same));
    cases.add(conv("channels first", first, true, f32(2, 5, 9, 7), f32(6, 5, 3, 3), same, same));
    cases.add(
        conv(
            "one by one, strided",
            last,
            false,
            f32(2, 9, 8, 40),
            f32(1, 1, 40, 35),
            WindowDim.of(1, 2, 0, 0),
            WindowDim.of(1, 3, 0, 0)));
    cases.add(
        conv(
            "mixed axes, strided, cropped and padded",
            mixed,
            false,
            f32(5, 15, 13, 2),
            f32(3, 33, 5, 2),
            WindowDim.of(3, 2, -1, 2),
            WindowDim.of(2, 3, 3, -2)));
    cases.add(
        conv(
            "dilated window",
            last,
            false,
            f32(2, 13, 11, 3),
            f32(3, 4, 3, 33),
            new WindowDim(3, 1, 2, 2, 1, 2),
            new WindowDim(4, 1, 4, 0, 1, 3)));
    cases.add(
        conv(
            "dilated images, reversed",
            last,
            true,
            f32(2, 6, 5, 7),
            f32(3, 3, 7, 33),
            new WindowDim(3, 1, 1, 2, 2, 1),
            new WindowDim(3, 2, 2, 1, 3, 2)));
    cases.add(
        conv(
            "one spatial axis",
            ConvDims.channelsLast(1),
            false,
            f32(3, 29, 6),
            f32(5, 6, 9),
            WindowDim.of(5, 1, 2, 2)));
    cases.add(
        conv(
            "three spatial axes",
            ConvDims.channelsLast(3),
            false,
            f32(2, 5, 4, 6, 3),
            f32(2, 3, 2, 3, 5),
            WindowDim.of(2, 1, 1, 0),
            WindowDim.of(3, 1, 1, 1),
            WindowDim.of(2, 2, 0, 1)));
    cases.add(conv("no images", last, false, f32(0, 9, 7, 5), f32(3, 3, 5, 33), same, same));
    cases.add(conv("no features", last, false, f32(2, 9, 7, 0), f32(3, 3, 0, 33), same, same));
    cases.add(
        conv(
            "nothing but padding",
            last,
            false,
            f32(2, 0, 7, 5),
            f32(3, 3, 5, 33),
            WindowDim.of(3, 1, 3, 3),
            same));
    return cases;
  }

  /// The convolutions and products of a training step of a LeNet: forward, and both gradients of
  /// each as differentiation makes them.
  static List<Case> lenet() {
    GraphBuilder g = new GraphBuilder("lenet");
    Node x = g.input("x", f32(3, 28, 28, 1));
    Node w1 = g.input("w1", f32(5, 5, 1, 6));
    Node w2 = g.input("w2", f32(5, 5, 6, 16));
    Node w3 = g.input("w3", f32(10, 12, 12, 16));
    Node h1 = x.conv2d(w1, 1, 2);
    Node h2 = h1.conv2d(w2, 2, 0);
    Node y =
        g.add(
            new Op.Dot(List.of(), List.of(), List.of(1, 2, 3), List.of(1, 2, 3)), List.of(h2, w3));
    Map<Node, Boolean> seen = new HashMap<>();
    Set<Case> cases = new LinkedHashSet<>();
    for (Node gradient : Gradients.of(y.mul(y).sum(), List.of(x, w1, w2, w3))) {
      collect(gradient, seen, cases);
    }
    return List.copyOf(cases);
  }

  private static void collect(Node node, Map<Node, Boolean> seen, Set<Case> cases) {
    if (seen.put(node, true) != null) {
      return;
    }
    node.inputs().forEach(operand -> collect(operand, seen, cases));
    if (node.op() instanceof Op.Conv || node.op() instanceof Op.Dot) {
      TensorType a = node.inputs().get(0).type();
      TensorType b = node.inputs().get(1).type();
      cases.add(
          new Case("lenet %s %s by %s".formatted(node.op().mnemonic(), a, b), node.op(), a, b));
    }
  }

  private static Case product(boolean left, boolean right, long m, long k, long n) {
    return dot(
        "%s[%d,%d] by %s[%d,%d]"
            .formatted(left ? "transposed " : "", m, k, right ? "transposed " : "", k, n),
        new Op.Dot(List.of(), List.of(), List.of(left ? 0 : 1), List.of(right ? 1 : 0)),
        left ? f32(k, m) : f32(m, k),
        right ? f32(n, k) : f32(k, n));
  }

  private static Case dot(String name, Op.Dot op, TensorType a, TensorType b) {
    return new Case("dot " + name, op, a, b);
  }

  private static Case conv(
      String name,
      ConvDims dims,
      boolean reversed,
      TensorType x,
      TensorType w,
      WindowDim... window) {
    return new Case("conv " + name, new Op.Conv(List.of(window), reversed, dims), x, w);
  }

  /// From batch axes of both operands and contracted axes of both, such as `0|0|2|1`.
  private static Op.Dot op(String axes) {
    String[] parts = axes.split("\\|", -1);
    return new Op.Dot(axes(parts[0]), axes(parts[1]), axes(parts[2]), axes(parts[3]));
  }

  private static List<Integer> axes(String list) {
    return list.isEmpty()
        ? List.of()
        : List.of(list.split(",")).stream().map(Integer::valueOf).toList();
  }

  private static TensorType f32(long... dims) {
    return TensorType.f32(dims);
  }
}

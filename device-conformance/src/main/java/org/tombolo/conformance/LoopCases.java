package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Loops over views: movement alone and fused with arithmetic, at sizes around those that drivers
/// cut work into.
final class LoopCases {
  private static final long[] SIZES = {
    0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 251, 255, 256, 257, 511, 513, 1023, 1024,
    1025, 2047, 2048, 2049, 4095, 4096, 4097, 16411, 65537, 150001
  };
  private static final DType[] WIDTHS = {DType.I8, DType.F16, DType.F32, DType.F64};

  private final Samples samples;
  private final List<OpCase> cases = new ArrayList<>();

  LoopCases(Samples samples) {
    this.samples = samples;
  }

  List<OpCase> all() {
    sizes();
    movement();
    generators();
    fused();
    return cases;
  }

  private Tensor f32(long... dims) {
    return samples.ordinary(TensorType.f32(dims));
  }

  private void sizes() {
    for (long size : SIZES) {
      cases.add(
          OpCases.one(
              "size/add/" + size,
              Tolerance.EXACT,
              List.of(f32(size), f32(size)),
              (g, in) -> in.get(0).add(in.get(1))));
    }
    for (long size : new long[] {1, 257, 2047}) {
      cases.add(
          OpCases.one(
              "size/xor/" + size,
              Tolerance.EXACT,
              List.of(
                  samples.ordinary(TensorType.of(DType.U8, size)),
                  samples.ordinary(TensorType.of(DType.U8, size))),
              (g, in) -> in.get(0).binary(BinaryFn.XOR, in.get(1))));
    }
    cases.add(
        OpCases.one(
            "size/scalar",
            Tolerance.EXACT,
            List.of(f32(), f32()),
            (g, in) -> in.get(0).mul(in.get(1))));
  }

  private void movement() {
    for (DType dtype : DType.values()) {
      move("transpose", Tolerance.BITS, of(dtype, 37, 53), in -> in.transpose());
      move("copy", Tolerance.BITS, of(dtype, 1531), in -> in.reshape(1531, 1).reshape(1531));
    }
    for (DType dtype : WIDTHS) {
      move("rotate", Tolerance.BITS, of(dtype, 5, 7, 11), in -> in.permute(2, 0, 1));
      move("middle", Tolerance.BITS, of(dtype, 3, 5, 4, 67), in -> in.permute(0, 2, 1, 3));
      move("reverse-last", Tolerance.BITS, of(dtype, 3, 129), in -> in.reverse(1));
      move("reverse-all", Tolerance.BITS, of(dtype, 3, 5, 19), in -> in.reverse(0, 1, 2));
      move("slice-rows", Tolerance.BITS, of(dtype, 9, 31), in -> in.slice(0, 2, 7));
      move(
          "slice-steps",
          Tolerance.BITS,
          of(dtype, 17, 100),
          in -> in.slice(new long[] {1, 3}, new long[] {16, 98}, new long[] {5, 7}));
      move("slice-nothing", Tolerance.BITS, of(dtype, 6, 5), in -> in.slice(1, 2, 2));
      move("repeat-rows", Tolerance.BITS, of(dtype, 41), in -> in.broadcastTo(Shape.of(13, 41)));
      move(
          "repeat-columns",
          Tolerance.BITS,
          of(dtype, 13, 1),
          in -> in.broadcastTo(Shape.of(13, 41)));
      move("repeat-scalar", Tolerance.BITS, of(dtype), in -> in.broadcastTo(Shape.of(3, 1, 700)));
      move("repeat-long", Tolerance.BITS, of(dtype, 3, 1), in -> in.broadcastTo(Shape.of(3, 5003)));
      move(
          "reverse-slice-transpose",
          Tolerance.BITS,
          of(dtype, 23, 29),
          in -> in.reverse(0).slice(1, 3, 20).transpose().reverse(0));
    }
  }

  private Tensor of(DType dtype, long... dims) {
    return samples.special(TensorType.of(dtype, dims));
  }

  private interface Movement {
    Node of(Node in);
  }

  private void move(String name, Tolerance tolerance, Tensor input, Movement movement) {
    cases.add(
        OpCases.one(
            "move/" + name + "/" + input.type().dtype(),
            tolerance,
            List.of(input),
            (g, in) -> movement.of(in.get(0))));
  }

  private void generators() {
    for (DType dtype : DType.values()) {
      if (dtype != DType.BOOL) {
        for (int axis = 0; axis < 2; axis++) {
          TensorType type = TensorType.of(dtype, 11, 97);
          int along = axis;
          cases.add(
              OpCases.one(
                  "random/iota" + axis + "/" + dtype,
                  Tolerance.BITS,
                  List.of(),
                  (g, in) -> g.iota(type, along)));
        }
      }
    }
    Tensor key = Tensor.of(new long[] {0x123456789ABCDEFL, -7}, 2);
    for (long size : new long[] {0, 1, 3, 4, 5, 1023, 1024, 1025, 4099}) {
      cases.add(
          OpCases.one(
              "random/bits/" + size,
              Tolerance.BITS,
              List.of(key),
              (g, in) -> g.randomBits(in.get(0), Shape.of(size))));
    }
    cases.add(
        OpCases.one(
            "random/bits-moved",
            Tolerance.BITS,
            List.of(key),
            (g, in) -> g.randomBits(in.get(0), Shape.of(31, 43)).transpose().reverse(1)));
    cases.add(
        OpCases.one(
            "random/uniform",
            Tolerance.BITS,
            List.of(key),
            (g, in) -> g.randomUniform(in.get(0), Shape.of(3001))));
    cases.add(
        OpCases.one(
            "random/constants",
            Tolerance.EXACT,
            List.of(f32(77)),
            (g, in) -> in.get(0).mul(0).add(g.full(TensorType.f32(77), -3.5))));
  }

  private void fused() {
    cases.add(
        OpCases.one(
            "fused/bias-relu",
            Tolerance.EXACT,
            List.of(f32(33, 65), f32(65)),
            (g, in) -> in.get(0).add(in.get(1).broadcastTo(Shape.of(33, 65))).relu()));
    cases.add(
        OpCases.one(
            "fused/bias-per-row",
            Tolerance.EXACT,
            List.of(f32(65, 31), f32(65, 1)),
            (g, in) -> in.get(0).sub(in.get(1).broadcastTo(Shape.of(65, 31))).abs()));
    cases.add(
        OpCases.one(
            "fused/sigmoid",
            Tolerance.ulps(8),
            List.of(f32(1001)),
            (g, in) -> in.get(0).sigmoid()));
    cases.add(
        OpCases.several(
            "fused/adam",
            new Tolerance(16, 8, 1e-7),
            List.of(f32(1777), f32(1777), f32(1777), positive(1777), positive()),
            (g, in) -> {
              Node gradient = in.get(1);
              Node mean = in.get(2).mul(0.9).add(gradient.mul(0.1));
              Node spread = in.get(3).mul(0.999).add(gradient.square().mul(0.001));
              Node rate = in.get(4).broadcastTo(gradient.shape());
              Node step = mean.mul(rate).div(spread.sqrt().add(1e-3));
              return List.of(in.get(0).sub(step), mean, spread);
            }));
    cases.add(
        OpCases.several(
            "fused/types",
            Tolerance.EXACT,
            List.of(f32(1300), samples.ordinary(TensorType.of(DType.I64, 1300))),
            (g, in) -> {
              Node mask = in.get(0).compare(CompareFn.GT, 0);
              Node picked = mask.select(in.get(1), g.scalar(DType.I64, 42));
              return List.of(mask, picked.cast(DType.U8), picked, in.get(0).cast(DType.F64));
            }));
    cases.add(
        OpCases.several(
            "fused/same-value-twice",
            Tolerance.EXACT,
            List.of(f32(259)),
            (g, in) -> {
              Node twice = in.get(0).add(in.get(0));
              return List.of(twice, twice);
            }));
    cases.add(
        OpCases.several(
            "fused/inputs-through",
            Tolerance.BITS,
            List.of(f32(5, 6), f32(6, 5)),
            (g, in) -> List.of(in.get(1).transpose(), in.get(0))));
    cases.add(
        OpCases.one(
            "fused/one-input-two-ways",
            Tolerance.EXACT,
            List.of(f32(40, 40)),
            (g, in) -> in.get(0).add(in.get(0).transpose())));
    deep();
    cases.add(
        OpCases.one(
            "fused/halves",
            new Tolerance(1, 8, 0x1p-24),
            List.of(
                samples.ordinary(TensorType.of(DType.F16, 999)),
                samples.ordinary(TensorType.of(DType.F16, 999))),
            (g, in) -> in.get(0).mul(in.get(1)).add(in.get(0)).relu()));
    cases.add(
        OpCases.one(
            "fused/no-elements",
            Tolerance.EXACT,
            List.of(f32(4, 0, 3), f32(3)),
            (g, in) -> in.get(0).mul(in.get(1).broadcastTo(Shape.of(4, 0, 3)))));
    cases.add(
        OpCases.one(
            "fused/constant-tensor-of-one",
            Tolerance.EXACT,
            List.of(f32(70)),
            (g, in) ->
                in.get(0)
                    .mul(
                        g.add(
                            new Op.Broadcast(Shape.of(70)),
                            List.of(g.constant(Tensor.of(new float[] {2.5f}, 1)))))));
  }

  /// More values alive at once than any register file holds.
  private void deep() {
    cases.add(
        OpCases.one(
            "fused/deep",
            new Tolerance(2, 64, 0),
            List.of(f32(1100), f32(1100)),
            (g, in) -> {
              List<Node> alive = new ArrayList<>(in);
              for (int i = 0; i < 40; i++) {
                Node next = alive.get(i).mul(0.25).add(alive.get(i + 1).max(i * 0.01));
                alive.add(next);
              }
              Node sum = alive.get(0);
              for (Node each : alive.subList(1, alive.size())) {
                sum = sum.add(each);
              }
              return sum;
            }));
  }

  private Tensor positive(long... dims) {
    return Samples.absolute(samples.ordinary(TensorType.f32(dims)));
  }
}

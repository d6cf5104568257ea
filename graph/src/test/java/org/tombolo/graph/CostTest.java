package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CostTest {

  private static Cost of(Op op, String... in) {
    List<TensorType> types = List.of(in).stream().map(OpCases::type).toList();
    return Cost.of(op, types, op.infer(types));
  }

  @Test
  void elementwiseReadsAndWritesEveryElement() {
    assertEquals(new Cost(6, 48, 24), of(new Op.Binary(BinaryFn.ADD), "f32[2,3]", "f32[2,3]"));
    assertEquals(new Cost(60, 24, 24), of(new Op.Unary(UnaryFn.EXP), "f32[2,3]"));
    assertEquals(new Cost(3, 6, 3), of(new Op.Cast(DType.U8), "f16[3]"));
    assertEquals(new Cost(5, 45, 20), of(new Op.Select(), "bool[5]", "f32[5]", "f32[5]"));
  }

  @Test
  void whatIsThereOrOnlyRenamedCostsNothing() {
    assertEquals(Cost.NONE, of(new Op.Input("x", TensorType.f32(5))));
    assertEquals(Cost.NONE, of(new Op.Variable("x", TensorType.f32(5))));
    assertEquals(Cost.NONE, of(new Op.Constant(Tensor.scalar(1))));
    assertEquals(Cost.NONE, of(new Op.Reshape(Shape.of(5)), "f32[5,1]"));
    assertEquals(Cost.NONE, of(new Op.Assign("x"), "f32[5]"));
  }

  @Test
  void movementCostsTrafficOnly() {
    assertEquals(new Cost(0, 24, 24), of(new Op.Permute(List.of(1, 0)), "f32[2,3]"));
    assertEquals(new Cost(0, 12, 60), of(new Op.Broadcast(Shape.of(5, 3)), "f32[1,3]"));
    assertEquals(
        new Cost(0, 8, 8), of(new Op.Slice(List.of(0L), List.of(4L), List.of(2L)), "f32[100]"));
    assertEquals(new Cost(0, 0, 28), of(new Op.Iota(TensorType.f32(7), 0)));
  }

  @ParameterizedTest
  @CsvSource({"2, 3, 5", "1, 1, 1", "0, 3, 5", "7, 0, 5"})
  void dotCostsTwoFlopsForEachProduct(long m, long k, long n) {
    assertEquals(
        new Cost(2 * m * k * n, 4 * (m * k + k * n), 4 * m * n),
        of(
            new Op.Dot(List.of(), List.of(), List.of(1), List.of(0)),
            "f32[%d,%d]".formatted(m, k),
            "f32[%d,%d]".formatted(k, n)));
  }

  @Test
  void convCountsProductsInsideTheImagesOnly() {
    Op unpadded =
        new Op.Conv(
            List.of(WindowDim.of(3, 2, 0, 0), WindowDim.of(3, 2, 0, 0)),
            false,
            ConvDims.channelsLast(2));
    assertEquals(2 * 2 * 3 * 3 * 9 * 4 * 5, of(unpadded, "f32[2,7,7,4]", "f32[3,3,4,5]").flops());
    Op padded = new Op.Conv(List.of(WindowDim.of(3, 1, 1, 1)), false, ConvDims.channelsLast(1));
    // Of 5 windows of 3 the first and the last have one position outside.
    assertEquals(2 * (5 * 3 - 2), of(padded, "f32[1,5,1]", "f32[3,1,1]").flops());
    Op dilated =
        new Op.Conv(List.of(new WindowDim(1, 1, 0, 0, 3, 1)), false, ConvDims.channelsLast(1));
    assertEquals(2 * 5, of(dilated, "f32[1,5,1]", "f32[1,1,1]").flops());
  }

  @Test
  void windowsCountWhatTheyTouch() {
    List<WindowDim> window = List.of(WindowDim.of(2, 2, 0, 0));
    assertEquals(new Cost(6, 28, 12), of(new Op.ReduceWindow(ReduceFn.MAX, window), "f32[7]"));
    assertEquals(new Cost(9, 40, 28), of(new Op.WindowMaxGrad(window), "f32[7]", "f32[3]"));
  }

  @Test
  void compositesCostTheArithmeticOfTheirPartsAndTheTrafficOfOne() {
    // max 6, sub 6, exp 60, sum 6, div 24
    assertEquals(new Cost(102, 24, 24), of(new Op.Call(new Composite.Softmax(1)), "f32[2,3]"));
  }

  @Test
  void graphsCostWhatTheirNodesCost() {
    GraphBuilder g = new GraphBuilder("two");
    Node x = g.input("x", TensorType.f32(3));
    g.output("y", x.neg().exp());
    assertEquals(new Cost(33, 24, 24), Cost.of(g.build()));
    assertEquals(48, Cost.of(g.build()).bytes());
  }
}

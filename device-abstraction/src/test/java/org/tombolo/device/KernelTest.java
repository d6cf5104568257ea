package org.tombolo.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

class KernelTest {
  private final GraphBuilder g = new GraphBuilder("region");

  private Region region(Node... outputs) {
    for (int i = 0; i < outputs.length; i++) {
      g.output("out" + i, outputs[i]);
    }
    return new Region("region", g.build());
  }

  private Node input(String name, long... dims) {
    return g.input(name, TensorType.f32(dims));
  }

  @Test
  void movementBecomesPartOfTheRead() {
    Node x = input("x", 2, 3);
    Node b = input("b", 2);
    LoopKernel loop =
        (LoopKernel) Kernel.of(region(x.transpose().add(b.broadcastTo(Shape.of(3, 2))).exp()));
    assertEquals(Shape.of(3, 2), loop.space());
    assertEquals(
        List.of(
            new LoopKernel.Load(0, StridedView.of(Shape.of(3, 2), 0, 1, 3)),
            new LoopKernel.Load(1, StridedView.of(Shape.of(3, 2), 0, 0, 1)),
            new LoopKernel.Binary(BinaryFn.ADD, 0, 1),
            new LoopKernel.Unary(UnaryFn.EXP, 2)),
        loop.body());
    assertEquals(List.of(3), loop.stores());
  }

  @Test
  void aValueReadTwiceIsComputedOnce() {
    Node x = input("x", 4);
    Node e = x.exp();
    LoopKernel loop = (LoopKernel) Kernel.of(region(e.mul(e), e));
    assertEquals(3, loop.body().size());
    assertEquals(List.of(2, 1), loop.stores());
  }

  @Test
  void aReductionFoldsTheWholeSpace() {
    Node x = input("x", 2, 3, 4);
    LoopKernel loop = (LoopKernel) Kernel.of(region(x.square().reduce(ReduceFn.SUM, 2, 0)));
    assertEquals(Shape.of(2, 3, 4), loop.space());
    assertEquals(new LoopKernel.Reduction(ReduceFn.SUM, List.of(0, 2)), loop.fold().orElseThrow());
    assertEquals(List.of(TensorType.f32(3)), loop.outputs());
  }

  @Test
  void countersAndRandomBitsFollowTheirViews() {
    Node key = g.input("key", TensorType.of(DType.I64, 2));
    Node places = g.iota(TensorType.of(DType.I32, 2, 3), 1);
    LoopKernel loop = (LoopKernel) Kernel.of(region(g.randomBits(key, Shape.of(2, 3)).add(places)));
    assertEquals(new LoopKernel.Random(0, StridedView.dense(Shape.of(2, 3))), loop.body().get(0));
    assertEquals(new LoopKernel.Index(StridedView.of(Shape.of(2, 3), 0, 0, 1)), loop.body().get(1));
  }

  @Test
  void collapsesToAsFewAxesAsEveryReadAllows() {
    Node x = input("x", 2, 3, 1, 4);
    Node b = input("b", 4);
    LoopKernel dense = (LoopKernel) Kernel.of(region(x.exp()));
    assertEquals(Shape.of(24), dense.collapsed().space());
    GraphBuilder other = new GraphBuilder("bias");
    Node y = other.input("y", TensorType.f32(2, 3, 1, 4));
    Node c = other.input("c", b.type());
    other.output("out", y.add(c.broadcastTo(y.shape())));
    LoopKernel bias = (LoopKernel) Kernel.of(new Region("bias", other.build()));
    assertEquals(Shape.of(6, 4), bias.collapsed().space());
    assertEquals(
        new LoopKernel.Load(1, StridedView.of(Shape.of(6, 4), 0, 0, 1)),
        bias.collapsed().body().get(1));
  }

  @Test
  void foldedAxesJoinFoldedOnesOnly() {
    Node x = input("x", 2, 3, 4, 5);
    LoopKernel loop = ((LoopKernel) Kernel.of(region(x.sum(2, 3)))).collapsed();
    assertEquals(Shape.of(6, 20), loop.space());
    assertEquals(List.of(1), loop.fold().orElseThrow().axes());
  }

  @Test
  void overwritesAnInputOnlyWhereItIsReadInPlace() {
    Node x = input("x", 3, 3);
    LoopKernel same = (LoopKernel) Kernel.of(region(x.exp()));
    assertTrue(same.inPlace(0, 0));
    GraphBuilder other = new GraphBuilder("turned");
    Node y = other.input("y", TensorType.f32(3, 3));
    other.output("out", y.add(y.transpose()));
    assertFalse(((LoopKernel) Kernel.of(new Region("turned", other.build()))).inPlace(0, 0));
  }

  @Test
  void oneOperationOfAnotherKindStandsAlone() {
    Node a = input("a", 2, 3);
    Node b = input("b", 3, 4);
    Kernel.Single single = (Kernel.Single) Kernel.of(region(a.matmul(b)));
    assertEquals(TensorType.f32(2, 4), single.result());
    assertEquals(TensorType.f32(3, 4), single.operand(1));
    assertEquals(List.of(0, 1), single.operands());
  }

  @Test
  void aLoopFinishesAProduct() {
    Node a = input("a", 2, 3);
    Node b = input("b", 3, 4);
    Kernel.Finished finished = (Kernel.Finished) Kernel.of(region(a.matmul(b).exp()));
    assertEquals(List.of(TensorType.f32(2, 4)), finished.outputs());
    assertEquals(List.of(a.type(), b.type()), finished.inputs());
  }

  @Test
  void refusesWhatIsNeitherALoopNorSingle() {
    Node a = input("a", 2, 2);
    Region mixed = region(a.matmul(a).matmul(a));
    assertThrows(IllegalArgumentException.class, () -> Kernel.of(mixed));
    GraphBuilder other = new GraphBuilder("moved");
    Node y = other.input("y", TensorType.f32(2, 2));
    other.output("out", y.exp().transpose());
    Region moved = new Region("moved", other.build());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Kernel.of(moved));
    assertTrue(e.getMessage().startsWith("region moved: has exp: f32[2,2]"), e.getMessage());
  }

  @Test
  void regionsHoldNoState() {
    GraphBuilder other = new GraphBuilder("state");
    other.output("out", other.variable("v", TensorType.f32(2)));
    var graph = other.build();
    assertThrows(IllegalArgumentException.class, () -> new Region("state", graph));
  }
}

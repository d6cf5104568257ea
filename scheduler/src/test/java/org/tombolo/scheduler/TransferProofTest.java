package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.device.simulated.SimulatedMachine;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Graphs that simple methods do badly on.
class TransferProofTest {
  private static final TensorType BLOCK = TensorType.f32(64, 64);

  /// Accelerators without sines.
  private static SimulatedMachine machine(int devices) {
    return SimulatedMachine.of(devices)
        .refusing(op ->
            op.equals(new Op.Unary(UnaryFn.SIN)) ? Optional.of("no sines") : Optional.empty());
  }

  private static TransferProof proof(Graph graph, SimulatedMachine machine) {
    Map<String, Tensor> feeds = new HashMap<>();
    graph
        .inputs()
        .forEach(node -> feeds.put(((Op.Input) node.op()).name(), Tensor.full(node.type(), 1)));
    return TransferProof.of(graph, machine, feeds, Map.of());
  }

  /// Every other operation runs on the first device alone.
  private static Graph alternatingChain() {
    GraphBuilder g = new GraphBuilder("alternating chain");
    Node x = g.input("x", BLOCK);
    for (int i = 0; i < 12; i++) {
      x = i % 2 == 0 ? x.matmul(x) : x.unary(UnaryFn.SIN);
    }
    g.output("y", x);
    return g.build();
  }

  /// Two branches, of which one is held to the first device in its middle.
  private static Graph diamond() {
    GraphBuilder g = new GraphBuilder("diamond");
    Node x = g.input("x", BLOCK).exp();
    Node free = x.matmul(x).matmul(x).matmul(x);
    Node held = x.matmul(x).unary(UnaryFn.SIN).matmul(x);
    g.output("y", free.add(held));
    return g.build();
  }

  /// One value with fifty readers, every third of which is held to the first device.
  private static Graph fanOut() {
    GraphBuilder g = new GraphBuilder("fan-out");
    Node x = g.input("x", BLOCK).exp();
    Node sum = x;
    for (int i = 0; i < 50; i++) {
      Node read = x.matmul(x.mul(i + 1.0));
      sum = sum.add(i % 3 == 0 ? read.unary(UnaryFn.SIN) : read);
    }
    g.output("y", sum);
    return g.build();
  }

  /// A chain on the accelerator whose factors come from counts that it cannot compute.
  private static Graph shapeArithmetic() {
    GraphBuilder g = new GraphBuilder("shape arithmetic");
    Node x = g.input("x", BLOCK);
    Node lengths = g.input("lengths", TensorType.of(DType.I64, 64));
    Node ends = lengths.scan(ReduceFn.SUM, 0);
    for (int i = 1; i <= 4; i++) {
      Node share = ends.mul(i).add(1).cast(DType.F32);
      Node rows = share.reshape(64, 1).broadcastTo(BLOCK.shape());
      x = x.matmul(x).div(rows);
    }
    g.output("y", x);
    return g.build();
  }

  static List<Graph> graphs() {
    return List.of(alternatingChain(), diamond(), fanOut(), shapeArithmetic());
  }

  @ParameterizedTest
  @MethodSource("graphs")
  void everyClaimHolds(Graph graph) {
    for (int devices = 2; devices <= 4; devices++) {
      TransferProof proof = proof(graph, machine(devices));
      assertEquals(List.of(), proof.failures(), graph.name() + " on " + devices);
      assertTrue(proof.lowerBoundSeconds() > 0);
      assertEquals(TransferProof.Method.values().length, proof.outcomes().size());
      proof
          .outcomes()
          .forEach(outcome ->
              assertTrue(outcome instanceof TransferProof.Outcome.Ran, outcome.toString()));
      System.out.printf(
          "%s on %d devices: gap %.4f, %s%n",
          graph.name(),
          devices,
          proof.gap(),
          proof.ran(TransferProof.Method.TOMBOLO).orElseThrow());
    }
  }

  @Test
  void aChainDoesNotGoBackAndForth() {
    TransferProof proof = proof(alternatingChain(), machine(2));
    long ours = proof.ran(TransferProof.Method.TOMBOLO).orElseThrow().bytes();
    long greedy = proof.ran(TransferProof.Method.ACCELERATOR).orElseThrow().bytes();
    assertEquals(2 * BLOCK.bytes(), ours); // up once, down once
    assertEquals(24 * BLOCK.bytes(), greedy); // up and down for each product
  }

  @Test
  void aValueWithManyReadersGoesToEachDeviceOnce() {
    for (int devices = 2; devices <= 4; devices++) {
      TransferProof proof = proof(fanOut(), machine(devices));
      for (TransferProof.Outcome outcome : proof.outcomes()) {
        if (outcome instanceof TransferProof.Outcome.Ran ran) {
          assertEquals(0, ran.redundant());
          assertTrue(ran.isMetered());
        }
      }
    }
  }

  @Test
  void whatDoesNotHoldIsSaid() {
    TransferProof good = proof(diamond(), machine(2));
    TransferProof.Outcome.Ran ours = good.ran(TransferProof.Method.TOMBOLO).orElseThrow();
    List<TransferProof.Outcome> outcomes = new ArrayList<>();
    outcomes.add(
        new TransferProof.Outcome.Ran(
            TransferProof.Method.TOMBOLO, 8, 8, 5, 1, 2 * ours.costSeconds(), 1, 0, false));
    outcomes.addAll(good.outcomes().subList(1, good.outcomes().size()));
    TransferProof bad = new TransferProof("bad", 2, outcomes, good.lowerBoundSeconds(), false);
    List<String> failures = bad.failures();
    assertEquals("TOMBOLO: metered is not what was planned", failures.get(0));
    assertEquals("TOMBOLO: 1 redundant copies", failures.get(1));
    assertTrue(failures.get(2).startsWith("costs "), failures.toString());
    assertEquals("gap to the lower bound is 1.00; need 0", failures.getLast());
  }

  @Test
  void aPlanThatDoesNotFitIsAFailureOfOursAlone() {
    TransferProof good = proof(diamond(), machine(3));
    List<TransferProof.Outcome> outcomes = new ArrayList<>(good.outcomes());
    outcomes.set(1, new TransferProof.Outcome.Failed(TransferProof.Method.ACCELERATOR, "memory"));
    TransferProof theirs =
        new TransferProof("theirs", 3, outcomes, good.lowerBoundSeconds(), false);
    assertEquals(List.of(), theirs.failures());
    outcomes.set(0, new TransferProof.Outcome.Failed(TransferProof.Method.TOMBOLO, "memory"));
    TransferProof ours = new TransferProof("ours", 3, outcomes, good.lowerBoundSeconds(), false);
    assertEquals(List.of("no plan: memory"), ours.failures());
  }

  @Test
  void withLittleMemoryAllStaysWhereThereIsRoom() {
    SimulatedMachine tiny = machine(2).withAcceleratorBytes(OptionalLong.of(100));
    TransferProof proof = proof(diamond(), tiny);
    assertEquals(List.of(), proof.failures());
    assertEquals(2, proof.ran(TransferProof.Method.ACCELERATOR).orElseThrow().transfers());
  }
}

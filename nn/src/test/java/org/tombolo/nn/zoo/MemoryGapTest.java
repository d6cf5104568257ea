package org.tombolo.nn.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tombolo.device.simulated.SimulatedMachine;
import org.tombolo.graph.Graph;
import org.tombolo.nn.Network;
import org.tombolo.scheduler.LimitProof;

/// The known networks at their small size in 90, 70 and 50 % of the memory that they take on the
/// faster of two devices: what their placements cost beside the bound.
///
/// The 60 cases take minutes, so that each run checks those of least work, and `-Dtombolo.gap=all`
/// all of them.
class MemoryGapTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final boolean ALL = "all".equals(System.getProperty("tombolo.gap"));
  private static final List<Double> SHARES = List.of(0.9, 0.7, 0.5);
  private static final double MOST_ON_AVERAGE = 0.02;

  /// What is looked at in each run, forward and in training.
  private static final Set<Architecture> FORWARD =
      EnumSet.complementOf(
          EnumSet.of(Architecture.BERT, Architecture.GPT, Architecture.MIXTURE_OF_EXPERTS));

  private static final Set<Architecture> TRAINING =
      EnumSet.of(Architecture.MLP, Architecture.EMBEDDING);

  private static final SimulatedMachine.Slowness SLOW_FIRST =
      new SimulatedMachine.Slowness(List.of(1000.0, 1.0, 1.0, 1.0), List.of(1.0, 1.0, 1.0, 1.0));

  @Test
  void theGapIsAFewPercentOnAverage() {
    List<Double> gaps = new ArrayList<>();
    System.out.println(
        "| network | graph | operations | limit, bytes | cost ms | without limit | bound | gap % |");
    for (Architecture architecture : Architecture.values()) {
      Network network = architecture.network(Architecture.Size.SMALL);
      SimulatedMachine machine =
          architecture.machine(2, Architecture.Size.SMALL).withSlowness(SLOW_FIRST);
      for (boolean training : new boolean[] {false, true}) {
        Graph graph =
            training ? network.training(architecture.optimizer(), SEED) : network.forward();
        if (ALL || (training ? TRAINING : FORWARD).contains(architecture)) {
          for (double share : SHARES) {
            gaps.add(gap(architecture, training, LimitProof.of(graph, machine, share)));
          }
        }
      }
    }
    double mean = gaps.stream().mapToDouble(gap -> gap).average().orElseThrow();
    double worst = gaps.stream().mapToDouble(gap -> gap).max().orElseThrow();
    System.out.printf(
        "gap under limits to memory: %.2f %% on average of %d, at most %.2f %%%n",
        100 * mean, gaps.size(), 100 * worst);
    int graphs = ALL ? 2 * Architecture.values().length : FORWARD.size() + TRAINING.size();
    assertEquals(graphs * SHARES.size(), gaps.size());
    assertTrue(mean <= MOST_ON_AVERAGE, "mean gap " + mean);
  }

  private static double gap(Architecture architecture, boolean training, LimitProof proof) {
    System.out.printf(
        "| %s | %s | %d | %,d | %.4f | %.4f | %.4f | %.2f |%n",
        architecture,
        training ? "training" : "forward",
        proof.operations(),
        proof.limitBytes(),
        proof.seconds() * 1e3,
        proof.freeSeconds() * 1e3,
        proof.lowerBoundSeconds() * 1e3,
        100 * proof.gap());
    assertTrue(proof.fits(), proof.toString());
    assertTrue(proof.lowerBoundSeconds() > proof.freeSeconds() * 1.01, proof.toString());
    assertTrue(proof.seconds() >= proof.lowerBoundSeconds() * (1 - 1e-9), proof.toString());
    return proof.gap();
  }
}

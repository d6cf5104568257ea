package org.tombolo.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.Run;
import org.tombolo.scheduler.Staged;
import org.tombolo.scheduler.State;

/// How much of the time that inputs take to the device is hidden behind the step before: steps
/// whose inputs lie there already, steps that bring theirs up first, and steps that bring up those
/// of the next one, in turns, with results compared.
public final class Overlap {
  private static final long ROWS = 2048;
  private static final long WIDTH = 2048;
  private static final long HIDDEN = 256;
  private static final int STEPS = 8;

  private Overlap() {}

  private static Node scores(GraphBuilder g, Node x) {
    TensorType weights = TensorType.f32(WIDTH, HIDDEN);
    Node h = x.matmul(g.variable("w", weights)).relu();
    Node y = h.matmul(g.variable("v", TensorType.f32(HIDDEN, WIDTH)));
    return y.mul(y).reshape(Shape.of(ROWS * WIDTH)).mean();
  }

  private static Tensor random(SplittableRandom random, long... dims) {
    return Tensor.filled(TensorType.f32(dims), _ -> random.nextDouble(-0.1, 0.1));
  }

  /// @param args name of the device (`opencl`), rounds (9)
  public static void main(String[] args) {
    String device = args.length > 0 ? args[0] : "opencl";
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 9;
    SplittableRandom random = new SplittableRandom(42);
    List<Map<String, Tensor>> batches = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      batches.add(Map.of("x", random(random, ROWS, WIDTH)));
    }
    GraphBuilder there = new GraphBuilder("resident");
    there.output("y", scores(there, there.variable("x", TensorType.f32(ROWS, WIDTH))));
    GraphBuilder fed = new GraphBuilder("fed");
    fed.output("y", scores(fed, fed.input("x", TensorType.f32(ROWS, WIDTH))));
    try (Engine engine = Engine.open(device);
        State state = engine.newState()) {
      state.set("w", random(random, WIDTH, HIDDEN));
      state.set("v", random(random, HIDDEN, WIDTH));
      state.set("x", Tensor.full(TensorType.f32(ROWS, WIDTH), 0.1));
      Plan resident = engine.compile(there.build(), state);
      Plan plan = engine.compile(fed.build(), state);
      List<Double> inTurn = new ArrayList<>();
      List<Double> ahead = new ArrayList<>();
      Race race = new Race();
      race.enter(() -> {
        for (int i = 0; i < STEPS; i++) {
          resident.run(Map.of());
        }
      });
      race.enter(() -> {
        inTurn.clear();
        for (int i = 0; i < STEPS; i++) {
          inTurn.add(value(plan.run(batches.get(i % 2))));
        }
      });
      race.enter(() -> {
        ahead.clear();
        Staged next = plan.stage(batches.getFirst());
        for (int i = 0; i < STEPS; i++) {
          Run run = next.start();
          next = plan.stage(batches.get((i + 1) % 2));
          ahead.add(value(run.await()));
        }
      });
      List<Race.Seconds> times = race.run(rounds);
      if (!inTurn.equals(ahead)) {
        System.err.printf("results differ: %s in turn, %s ahead%n", inTurn, ahead);
        System.exit(1);
      }
      double base = times.get(0).median() / STEPS * 1e3;
      double first = times.get(1).median() / STEPS * 1e3;
      // Ahead brings up one batch more than it has steps.
      double meanwhile = times.get(2).median() / STEPS * 1e3;
      System.out.printf(
          "%s, %,d bytes per step, median of %d rounds, milliseconds per step%n",
          engine.devices().getFirst().id(), 4 * ROWS * WIDTH, rounds);
      System.out.printf("  inputs on the device            %8.3f%n", base);
      System.out.printf("  inputs brought up first         %8.3f%n", first);
      System.out.printf("  inputs brought up a step ahead  %8.3f%n", meanwhile);
      System.out.printf(
          "  hidden: %.0f %% of %.3f%n", 100 * (first - meanwhile) / (first - base), first - base);
    }
  }

  private static double value(Map<String, Tensor> outputs) {
    Tensor y = outputs.get("y");
    return y == null ? Double.NaN : y.at(0);
  }
}

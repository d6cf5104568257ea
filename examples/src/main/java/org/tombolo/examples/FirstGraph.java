package org.tombolo.examples;

import java.util.List;
import java.util.Map;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// A first graph: builds one by hand, differentiates it, and runs it on a device.
///
/// The task is to find the line `y = 3x - 1` from eight of its points by gradient descent.
public final class FirstGraph {
  private static final int POINTS = 8;
  private static final int STEPS = 100;
  private static final double RATE = 0.5;

  private FirstGraph() {}

  // A graph says what is computed and nothing of where. It has two kinds of leaves: inputs, which
  // are fed anew at each run, and variables, which keep their values from one run to the next.
  //
  // Every operation checks its operands when it is added, so a mistake in shapes shows on the line
  // that makes it. Change matmul(slope) to matmul(y) below to see such a message.

  static Graph step() {
    GraphBuilder g = new GraphBuilder("line");
    Node x = g.input("x", TensorType.f32(POINTS, 1));
    Node y = g.input("y", TensorType.f32(POINTS, 1));
    Node slope = g.variable("slope", TensorType.f32(1, 1));
    Node offset = g.variable("offset", TensorType.f32());

    Node guess = x.matmul(slope).add(offset);
    Node loss = guess.sub(y).square().mean();

    // Gradients are more nodes of the same graph: there is no tape, and nothing special to run.
    List<Node> gradients = Gradients.of(loss, List.of(slope, offset));

    // An assign gives a variable its value for the next run. Everything in this run still sees the
    // value from before it, wherever in the graph it stands.
    g.assign("slope", slope.sub(gradients.get(0).mul(RATE)));
    g.assign("offset", offset.sub(gradients.get(1).mul(RATE)));
    g.output("loss", loss);
    return g.build();
  }

  // An engine is a set of devices. Compiling decides for each operation where it runs, fuses
  // neighbours, plans all memory, and builds the kernels; a run then only replays that plan.
  //
  // The variables live in a State. They move to the device once and stay there: what crosses in
  // each of the hundred runs below is x and y on the way up, and one number on the way down.

  static float[] fit(String devices) {
    try (Engine engine = Engine.open(devices);
        State state = engine.newState()) {
      state.set("slope", Tensor.of(new float[] {0}, 1, 1));
      state.set("offset", Tensor.scalar(0));
      try (Plan plan = engine.compile(step(), state)) {
        Tensor x = Tensor.filled(TensorType.f32(POINTS, 1), i -> i / 4.0 - 1);
        Tensor y = Tensor.filled(TensorType.f32(POINTS, 1), i -> 3 * (i / 4.0 - 1) - 1);
        for (int i = 0; i < STEPS; i++) {
          plan.run(Map.of("x", x, "y", y));
        }
      }
      return new float[] {state.get("slope").toFloats()[0], state.get("offset").toFloats()[0]};
    }
  }

  /// Prints the line that was found.
  ///
  /// @param arguments names of devices; without any, `auto`
  public static void main(String[] arguments) {
    float[] line = fit(arguments.length == 0 ? "auto" : arguments[0]);
    System.out.printf("y = %.3f x %+.3f%n", line[0], line[1]);
  }

  // How to run it, from the root of the repository:
  //
  //   ./tombolo --version    (builds the libraries where that has not been done yet)
  //   java --add-modules jdk.incubator.vector -cp 'cli/target/tombolo/lib/*' \
  //     examples/src/main/java/org/tombolo/examples/FirstGraph.java cpu
  //
  // It prints y = 3.000 x -1.000.
}

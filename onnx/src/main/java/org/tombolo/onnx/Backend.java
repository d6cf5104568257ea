package org.tombolo.onnx;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.tombolo.graph.Cost;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.PlanOptions;
import org.tombolo.scheduler.State;
import org.tombolo.scheduler.report.PlanReport;

/// What computes graphs for a session.
interface Backend extends AutoCloseable {

  /// A graph that is ready to run.
  interface Prepared extends AutoCloseable {
    /// The outputs for a tensor for each input.
    Map<String, Tensor> run(Map<String, Tensor> feeds);

    /// What a run does on devices and why; none on the reference.
    Optional<PlanReport> report();

    /// What a run costs on any machine.
    Cost cost();

    @Override
    void close();
  }

  /// Prepares a graph.
  ///
  /// @param variables elements of those of the graph, and maybe of others
  Prepared prepare(Graph graph, Map<String, Tensor> variables);

  @Override
  void close();

  /// The reference: double precision, slow, on the host.
  static Backend reference() {
    return new Backend() {
      @Override
      public Prepared prepare(Graph graph, Map<String, Tensor> variables) {
        Map<String, Tensor> own = own(graph, variables);
        return new Prepared() {
          @Override
          public Map<String, Tensor> run(Map<String, Tensor> feeds) {
            return Reference.run(graph, feeds, own).outputs();
          }

          @Override
          public Optional<PlanReport> report() {
            return Optional.empty();
          }

          @Override
          public Cost cost() {
            return Cost.of(graph);
          }

          @Override
          public void close() {}
        };
      }

      @Override
      public void close() {}
    };
  }

  /// The devices of an engine, which stays open. Variables are on them once for all graphs.
  static Backend on(Engine engine, PlanOptions options) {
    State state = engine.newState();
    Set<String> set = new HashSet<>();
    return new Backend() {
      @Override
      public Prepared prepare(Graph graph, Map<String, Tensor> variables) {
        own(graph, variables)
            .forEach((name, value) -> {
              if (set.add(name)) {
                state.set(name, value);
              }
            });
        Plan plan = engine.compile(graph, state, options);
        return new Prepared() {
          @Override
          public Map<String, Tensor> run(Map<String, Tensor> feeds) {
            return plan.run(feeds);
          }

          @Override
          public Optional<PlanReport> report() {
            return Optional.of(plan.report());
          }

          @Override
          public Cost cost() {
            return Cost.of(graph);
          }

          @Override
          public void close() {
            plan.close();
          }
        };
      }

      @Override
      public void close() {
        state.close();
      }
    };
  }

  private static Map<String, Tensor> own(Graph graph, Map<String, Tensor> variables) {
    Map<String, Tensor> own = new HashMap<>();
    for (Node node : graph.variables()) {
      if (node.op() instanceof Op.Variable(String name, var _)) {
        own.put(name, Objects.requireNonNull(variables.get(name)));
      }
    }
    return own;
  }
}

package org.tombolo.peers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Optimizer;
import org.tombolo.nn.Parameter;
import org.tombolo.peers.Models.Model;
import org.tombolo.peers.Numbers.Spread;
import org.tombolo.scheduler.Binding;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Ourselves, on one device. What stays on the device are variables that the run assigns.
final class TomboloPeer implements Peer {
  private static final String X = "x";
  private static final String RESULT = "result";
  private static final String LOSS = "loss";

  private final Engine engine;
  private final State state;

  /// @param device name of the device, such as `cpu`
  TomboloPeer(String device) {
    engine = Engine.open(device);
    state = engine.newState();
  }

  @Override
  public String version() {
    return "Tombolo on " + engine.devices().getFirst().model();
  }

  private Plan compiled(TomboloOps ops) {
    ops.initial.forEach(state::set);
    return engine.compile(ops.graph.build(), state);
  }

  private static void keep(TomboloOps ops, String name, Node value) {
    ops.initial.put(name, Tensor.full(value.type(), 0));
    ops.graph.variable(name, value.type());
    ops.graph.assign(name, value);
  }

  private double digestOf(String name, int... order) {
    Tensor value = state.get(name);
    float[] values = value.toFloats();
    return Numbers.digest(
        value.type().rank() == 4
            ? Numbers.permuted(values, value.shape().toArray(), order)
            : values);
  }

  @Override
  public Step forward(Model model) {
    TomboloOps ops = new TomboloOps("forward", false, _ -> false);
    keep(ops, RESULT, model.build(ops));
    Plan plan = compiled(ops);
    return new Step() {
      @Override
      public void run() {
        plan.run(Map.of());
      }

      @Override
      public double digest() {
        return digestOf(RESULT, 0, 3, 1, 2);
      }
    };
  }

  @Override
  public Step gradients(Model model) {
    TomboloOps ops = new TomboloOps("gradients", true, _ -> false);
    Node loss = model.build(ops);
    Node x = ops.graph.variable(X, type(ops, X));
    Node weights = ops.graph.variable("conv.weights", type(ops, "conv.weights"));
    List<Node> gradients = Gradients.of(loss, List.of(x, weights));
    keep(ops, RESULT, loss);
    keep(ops, "dx", gradients.get(0));
    keep(ops, "dw", gradients.get(1));
    Plan plan = compiled(ops);
    return new Step() {
      @Override
      public void run() {
        plan.run(Map.of());
      }

      @Override
      public double digest() {
        return digestOf("dx", 0, 3, 1, 2) + digestOf("dw", 3, 2, 0, 1);
      }
    };
  }

  private static TensorType type(TomboloOps ops, String name) {
    return Peer.named(ops.initial, name).type();
  }

  @Override
  public Step train(Model model, Training training) {
    Optimizer optimizer =
        switch (training) {
          case SGD -> Optimizer.Sgd.withRate(RATE_SGD).momentum(MOMENTUM);
          case ADAM -> new Optimizer.Adam(RATE_ADAM, BETA_1, BETA_2, EPSILON_ADAM);
        };
    TomboloOps ops = new TomboloOps("training", true, _ -> false);
    Node loss = model.build(ops);
    SequencedMap<String, Node> present = new LinkedHashMap<>();
    for (Parameter parameter : ops.learned) {
      present.put(
          parameter.name(), ops.graph.variable(parameter.name(), type(ops, parameter.name())));
    }
    List<Node> found = Gradients.of(loss, List.copyOf(present.values()));
    SequencedMap<String, Node> gradients = new LinkedHashMap<>();
    for (String name : present.keySet()) {
      gradients.put(name, found.get(gradients.size()));
    }
    for (Parameter slot : optimizer.variables(ops.learned)) {
      TensorType type = TensorType.f32(slot.shape().toArray());
      ops.initial.put(slot.name(), Tensor.full(type, 0));
      present.put(slot.name(), ops.graph.variable(slot.name(), type));
    }
    optimizer.next(present, gradients).forEach(ops.graph::assign);
    ops.statistics.forEach(ops.graph::assign);
    ops.graph.output(LOSS, loss);
    Plan plan = compiled(ops);
    return new Step() {
      private double last = Double.NaN;

      @Override
      public void run() {
        last = Peer.named(plan.run(Map.of()), LOSS).at(0);
      }

      @Override
      public double digest() {
        return last;
      }
    };
  }

  @Override
  public Step call(Model model) {
    TomboloOps ops = new TomboloOps("call", false, X::equals);
    ops.graph.output(RESULT, model.build(ops));
    TensorType type = TensorType.f32(1, 784);
    MemorySegment in = Tensor.allocate(type);
    Binding binding = compiled(ops).bind(Map.of(X, Tensor.wrap(type, in)));
    MemorySegment out = binding.output(RESULT).data();
    float[] x = Numbers.of(X, Spread.UNIT, 1, 784);
    float[] y = new float[10];
    return new Step() {
      @Override
      public void run() {
        MemorySegment.copy(x, 0, in, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, x.length);
        binding.run();
        MemorySegment.copy(out, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, y, 0, y.length);
      }

      @Override
      public double digest() {
        return Numbers.digest(y);
      }
    };
  }
}

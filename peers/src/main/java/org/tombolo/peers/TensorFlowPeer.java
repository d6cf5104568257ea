package org.tombolo.peers;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tombolo.peers.Models.Model;
import org.tombolo.peers.Numbers.Spread;

/// TensorFlow Java: a graph in a session. Compiles with XLA where the environment says so.
final class TensorFlowPeer implements Peer {
  private static final ConfigProto THREADS_ONLY =
      ConfigProto.newBuilder()
          .setIntraOpParallelismThreads(THREADS)
          .setInterOpParallelismThreads(1)
          .build();

  private final Graph graph = new Graph();

  @Override
  public String version() {
    return "TensorFlow " + TensorFlow.version();
  }

  private Session session(TensorFlowOps ops) {
    Session session = new Session(graph, THREADS_ONLY);
    ops.starts.forEach(start -> session.run((Op) start));
    return session;
  }

  private static Session.Runner fed(Session session, TensorFlowOps ops) {
    Session.Runner runner = session.runner();
    ops.inputs.forEach((name, input) -> runner.feed(input, Peer.named(ops.resident, name)));
    return runner;
  }

  private static float[] values(TFloat32 tensor, int... order) {
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return tensor.rank() == 4 ? Numbers.permuted(values, tensor.shape().asArray(), order) : values;
  }

  /// Runs what is fetched and keeps it until the next run.
  private abstract static class Fetching implements Step {
    private @Nullable Result last;

    abstract Session.Runner runner();

    @Override
    public void run() {
      if (last != null) {
        last.close();
      }
      last = runner().run();
    }

    float[] values(int index, int... order) {
      return last == null
          ? new float[] {Float.NaN}
          : TensorFlowPeer.values((TFloat32) last.get(index), order);
    }
  }

  @Override
  public Step forward(Model model) {
    TensorFlowOps ops = new TensorFlowOps(graph, false);
    Operand<TFloat32> result = model.build(ops);
    Session session = session(ops);
    return new Fetching() {
      @Override
      Session.Runner runner() {
        return fed(session, ops).fetch(result);
      }

      @Override
      public double digest() {
        return Numbers.digest(values(0, 0, 3, 1, 2));
      }
    };
  }

  @Override
  public Step gradients(Model model) {
    TensorFlowOps ops = new TensorFlowOps(graph, true);
    Operand<TFloat32> loss = model.build(ops);
    Output<?>[] gradients =
        graph.addGradients(
            loss.asOutput(),
            new Output<?>[] {
              Peer.named(ops.inputs, "x").asOutput(),
              Peer.named(ops.learned, "conv.weights").asOutput()
            });
    Session session = session(ops);
    return new Fetching() {
      @Override
      Session.Runner runner() {
        return fed(session, ops).fetch(loss).fetch(gradients[0]).fetch(gradients[1]);
      }

      @Override
      public double digest() {
        return Numbers.digest(values(1, 0, 3, 1, 2)) + Numbers.digest(values(2, 3, 2, 0, 1));
      }
    };
  }

  @Override
  public Step train(Model model, Training training) {
    TensorFlowOps ops = new TensorFlowOps(graph, true);
    Operand<TFloat32> loss = model.build(ops);
    List<Variable<TFloat32>> learned = List.copyOf(ops.learned.values());
    Output<?>[] gradients =
        graph.addGradients(
            loss.asOutput(), learned.stream().map(Variable::asOutput).toArray(Output<?>[]::new));
    // Variables change in place: not before every gradient has been computed with them.
    List<Op> before = new ArrayList<>(List.of((Op) loss));
    for (Output<?> gradient : gradients) {
      before.add(ops.tf.identity(gradient(gradient)));
    }
    org.tensorflow.op.Ops after = ops.tf.withControlDependencies(before);
    List<Op> updates = new ArrayList<>();
    switch (training) {
      case SGD -> descend(ops, after, learned, gradients, updates);
      case ADAM -> adapt(ops, after, learned, gradients, updates);
    }
    ops.statistics.forEach(each -> updates.add((Op) each));
    Session session = session(ops);
    return new Step() {
      private double last = Double.NaN;

      @Override
      public void run() {
        Session.Runner runner = fed(session, ops).fetch(loss);
        updates.forEach(runner::addTarget);
        try (Result result = runner.run()) {
          last = ((TFloat32) result.get(0)).getFloat();
        }
      }

      @Override
      public double digest() {
        return last;
      }
    };
  }

  @SuppressWarnings("unchecked") // gradients have the type of what they are gradients in
  private static Operand<TFloat32> gradient(Output<?> gradient) {
    return (Output<TFloat32>) gradient;
  }

  private static Variable<TFloat32> zeros(TensorFlowOps ops, Variable<TFloat32> like) {
    long[] shape = like.shape().asArray();
    return ops.variable(new float[Numbers.size(shape)], shape);
  }

  private static void descend(
      TensorFlowOps ops,
      org.tensorflow.op.Ops tf,
      List<Variable<TFloat32>> learned,
      Output<?>[] gradients,
      List<Op> updates) {
    Operand<TFloat32> rate = ops.tf.constant(RATE_SGD);
    Operand<TFloat32> momentum = ops.tf.constant(MOMENTUM);
    for (int i = 0; i < gradients.length; i++) {
      Variable<TFloat32> variable = learned.get(i);
      updates.add(
          tf.train.applyMomentum(
              variable, zeros(ops, variable), rate, gradient(gradients[i]), momentum));
    }
  }

  /// The powers of both shares change after everything that reads them.
  private static void adapt(
      TensorFlowOps ops,
      org.tensorflow.op.Ops tf,
      List<Variable<TFloat32>> learned,
      Output<?>[] gradients,
      List<Op> updates) {
    Operand<TFloat32> share1 = ops.tf.constant(BETA_1);
    Operand<TFloat32> share2 = ops.tf.constant(BETA_2);
    Variable<TFloat32> power1 = ops.variable(new float[] {BETA_1});
    Variable<TFloat32> power2 = ops.variable(new float[] {BETA_2});
    for (int i = 0; i < gradients.length; i++) {
      Variable<TFloat32> variable = learned.get(i);
      updates.add(
          tf.train.applyAdam(
              variable,
              zeros(ops, variable),
              zeros(ops, variable),
              power1,
              power2,
              ops.tf.constant(RATE_ADAM),
              share1,
              share2,
              ops.tf.constant(EPSILON_ADAM),
              gradient(gradients[i])));
    }
    org.tensorflow.op.Ops last = tf.withControlDependencies(List.copyOf(updates));
    updates.add(last.assign(power1, last.math.mul(power1, share1)));
    updates.add(last.assign(power2, last.math.mul(power2, share2)));
  }

  @Override
  public Step call(Model model) {
    TensorFlowOps ops = new TensorFlowOps(graph, false);
    Operand<TFloat32> result = model.build(ops);
    Session session = session(ops);
    float[] x = Numbers.of("x", Spread.UNIT, 1, 784);
    float[] y = new float[10];
    TFloat32 in = TensorFlowOps.tensor(x, 1, x.length);
    return new Step() {
      @Override
      public void run() {
        in.copyFrom(DataBuffers.of(x));
        try (Result made =
            session.runner().feed(Peer.named(ops.inputs, "x"), in).fetch(result).run()) {
          ((TFloat32) made.get(0)).asRawTensor().data().asFloats().read(y);
        }
      }

      @Override
      public double digest() {
        return Numbers.digest(y);
      }
    };
  }
}

package org.tombolo.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import org.jspecify.annotations.Nullable;
import org.tombolo.peers.Models.Model;
import org.tombolo.peers.Numbers.Spread;

/// PyTorch through DJL: arrays that are computed at once, DJL's gradients and optimizers. A scope
/// frees what a step made.
final class PyTorchPeer implements Peer {
  private final Engine engine;
  private final NDManager manager;

  PyTorchPeer() {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(THREADS));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    engine = Engine.getEngine("PyTorch");
    manager = engine.newBaseManager();
  }

  @Override
  public String version() {
    return "DJL " + Engine.getDjlVersion() + " with PyTorch " + engine.getVersion();
  }

  @Override
  public Step forward(Model model) {
    PyTorchOps ops = new PyTorchOps(manager, false);
    return new Step() {
      private @Nullable NDArray last;

      @Override
      public void run() {
        if (last != null) {
          last.close();
        }
        try (NDScope _ = new NDScope()) {
          last = model.build(ops);
          NDScope.unregister(last);
        }
      }

      @Override
      public double digest() {
        return last == null ? Double.NaN : Numbers.digest(last.toFloatArray());
      }
    };
  }

  @Override
  public Step gradients(Model model) {
    PyTorchOps ops = new PyTorchOps(manager, true);
    try (NDScope _ = new NDScope()) {
      model.build(ops);
      Peer.named(ops.resident, "x").setRequiresGradient(true);
    }
    return new Step() {
      @Override
      public void run() {
        try (NDScope _ = new NDScope()) {
          // It adds gradients up; only DJL's optimizers set them back.
          zero(Peer.named(ops.resident, "x"));
          zero(Peer.named(ops.learned, "conv.weights"));
          try (GradientCollector gradients = engine.newGradientCollector()) {
            gradients.backward(model.build(ops));
          }
        }
      }

      @Override
      public double digest() {
        return Numbers.digest(Peer.named(ops.resident, "x").getGradient().toFloatArray())
            + Numbers.digest(Peer.named(ops.learned, "conv.weights").getGradient().toFloatArray());
      }
    };
  }

  private static void zero(NDArray array) {
    if (array.hasGradient()) {
      NDArray gradient = array.getGradient();
      gradient.subi(gradient);
    }
  }

  @Override
  public Step train(Model model, Training training) {
    PyTorchOps ops = new PyTorchOps(manager, true);
    Optimizer optimizer =
        switch (training) {
          case SGD ->
              Optimizer.sgd()
                  .setLearningRateTracker(Tracker.fixed(RATE_SGD))
                  .optMomentum(MOMENTUM)
                  .build();
          case ADAM -> Optimizer.adam().optLearningRateTracker(Tracker.fixed(RATE_ADAM)).build();
        };
    return new Step() {
      private double last = Double.NaN;

      @Override
      public void run() {
        try (NDScope _ = new NDScope();
            GradientCollector gradients = engine.newGradientCollector()) {
          NDArray loss = model.build(ops);
          gradients.backward(loss);
          last = loss.getFloat();
        }
        // Outside the scope, which would take what the optimizer remembers.
        ops.learned.forEach((name, parameter) -> {
          try (NDArray gradient = parameter.getGradient()) {
            optimizer.update(name, parameter, gradient);
          }
        });
      }

      @Override
      public double digest() {
        return last;
      }
    };
  }

  @Override
  public Step call(Model model) {
    PyTorchOps ops = new PyTorchOps(manager, false);
    float[] x = Numbers.of("x", Spread.UNIT, 1, 784);
    return new Step() {
      private float[] y = {Float.NaN};

      @Override
      public void run() {
        try (NDScope _ = new NDScope()) {
          ops.resident.put("x", manager.create(x, new Shape(1, x.length)));
          y = model.build(ops).toFloatArray();
        }
      }

      @Override
      public double digest() {
        return Numbers.digest(y);
      }
    };
  }
}

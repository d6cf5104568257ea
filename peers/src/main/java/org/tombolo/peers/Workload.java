package org.tombolo.peers;

import java.util.Locale;
import org.tombolo.peers.Models.Model;

/// What is run on every engine.
enum Workload {
  MATMUL_1024(Kind.FORWARD, Models::matmul, "[1024,1024] times [1024,1024]"),
  MATMUL_TALL(Kind.FORWARD, Models::tallMatmul, "[4096,256] times [256,1024]"),
  ELEMENTWISE_4M(
      Kind.FORWARD, Models::elementwise, "tanh(a*x+b)*sigmoid(x)+relu(c) of arrays [2048,2048]"),
  SOFTMAX_ROWS(Kind.FORWARD, Models::softmax, "rows of [4096,1024]"),
  LAYERNORM(Kind.FORWARD, Models::layerNorm, "rows of [4096,1024]"),
  CONV2D_FWD(Kind.FORWARD, Models::conv, "[8,64,56,56] by [64,64,3,3], stride 1, pad 1"),
  CONV2D_FWDBWD(Kind.GRADIENTS, Models::convLoss, "the same and its two gradients"),
  MLP_TRAIN_STEP(
      Kind.TRAIN_SGD, Models::mlpLoss, "784-512-512-10, batch 128, SGD with momentum 0.9"),
  CNN_TRAIN_STEP(
      Kind.TRAIN_ADAM, Models::cnnLoss, "two 5x5 convolutions, two dense layers, batch 64, Adam"),
  RESNET18_TRAIN_STEP(
      Kind.TRAIN_SGD, Models::resnet18Loss, "[8,3,64,64], 10 classes, SGD with momentum 0.9"),
  RESNET18_INFER(Kind.FORWARD, Models::resnet18, "[1,3,224,224], 1000 classes"),
  RESNET50_INFER(Kind.FORWARD, Models::resnet50, "[1,3,224,224], 1000 classes"),
  TRANSFORMER_BLOCK(
      Kind.FORWARD, Models::transformerBlock, "batch 4, 128 places, width 256, 4 heads"),
  SMALL_GRAPH_LATENCY(
      Kind.CALL, Models::smallMlp, "784-32-10 on one example, from float[] to float[]");

  /// What a step does.
  enum Kind {
    FORWARD,
    GRADIENTS,
    TRAIN_SGD,
    TRAIN_ADAM,
    CALL
  }

  final Kind kind;

  @SuppressWarnings("ImmutableEnumChecker") // references to static methods
  final Model model;

  final String shapes;

  Workload(Kind kind, Model model, String shapes) {
    this.kind = kind;
    this.model = model;
    this.shapes = shapes;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Workload of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }

  /// A step of the workload on an engine.
  Peer.Step on(Peer peer) throws Exception {
    return switch (kind) {
      case FORWARD -> peer.forward(model);
      case GRADIENTS -> peer.gradients(model);
      case TRAIN_SGD -> peer.train(model, Peer.Training.SGD);
      case TRAIN_ADAM -> peer.train(model, Peer.Training.ADAM);
      case CALL -> peer.call(model);
    };
  }
}

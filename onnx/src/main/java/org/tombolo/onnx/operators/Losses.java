package org.tombolo.onnx.operators;

import java.util.List;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.ReduceFn;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;

/// Losses of guessing classes: scores `[n, c, d..]`, labels `[n, d..]`.
final class Losses {
  private Losses() {}

  static void define(Registry to) {
    to.add("NegativeLogLikelihoodLoss", Losses::negativeLogLikelihood, 12, 13, 22);
    to.add("SoftmaxCrossEntropyLoss", Losses::crossEntropy, 12, 13);
  }

  private static List<Value.Dense> negativeLogLikelihood(Call c) {
    return c.like(loss(c, c.wide(0)));
  }

  private static List<Value.Dense> crossEntropy(Call c) {
    Node logs = c.wide(0).logSoftmax(1);
    return List.of(c.result(c.type(0), loss(c, logs)), c.result(c.type(0), logs));
  }

  private static Node loss(Call c, Node logs) {
    Node labels = c.x(1).cast(DType.I64);
    Node zero = Nodes.scalar(logs, 0);
    Node counted = null;
    if (c.says("ignore_index")) {
      counted =
          labels.compare(CompareFn.NE, Nodes.scalar(c.graph(), c.integer("ignore_index", -1)));
    }
    Node loss = Nodes.squeeze(logs.gatherAlong(1, Nodes.unsqueeze(labels, 1)), 1).neg();
    Node weights = c.has(2) ? c.x(2).cast(logs.dtype()).gather(0, labels) : Nodes.full(loss, 1);
    if (counted != null) {
      weights = counted.select(weights, zero);
      loss = counted.select(loss, zero);
    }
    Node weighted = loss.mul(weights);
    return switch (c.text("reduction", "mean")) {
      case "none" -> weighted;
      case "sum" -> weighted.reduce(ReduceFn.SUM);
      case "mean" -> weighted.reduce(ReduceFn.SUM).div(weights.reduce(ReduceFn.SUM));
      default -> throw c.mistake("reduction is unknown; need none, sum or mean", "mean");
    };
  }
}

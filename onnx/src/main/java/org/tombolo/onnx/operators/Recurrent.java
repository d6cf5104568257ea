package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Looped;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;

/// Recurrent layers, one step after the other: each step adds to the graph.
///
/// Inputs: x `[t, b, i]`, weights `[d, g*h, i]`, recurrent weights `[d, g*h, h]`, biases `[d,
/// 2*g*h]`, lengths `[b]`, initial state `[d, b, h]`; `g` gates, `d` directions.
final class Recurrent {
  private static final Set<String> SHIFTED = Set.of("affine", "scaledtanh", "hardsigmoid");
  private static final Set<String> SCALED =
      Set.of("affine", "scaledtanh", "hardsigmoid", "leakyrelu", "thresholdedrelu", "elu");

  private Recurrent() {}

  static void define(Registry to) {
    to.add("RNN", c -> run(c, 1, List.of("Tanh")), 1, 7, 14, 22);
    to.add("GRU", c -> run(c, 3, List.of("Sigmoid", "Tanh")), 1, 3, 7, 14, 22);
    to.add("LSTM", c -> run(c, 4, List.of("Sigmoid", "Tanh", "Tanh")), 1, 7, 14, 22);
  }

  /// What a step keeps: the hidden state, and the cell of an LSTM.
  private record State(Node hidden, @Nullable Node cell) {}

  /// What a direction computes with.
  private record Direction(
      Call call,
      int gates,
      long hidden,
      Node recurrent,
      Node recurrentBias,
      @Nullable Node peepholes,
      List<UnaryOperator<Node>> functions) {

    /// The same in the body of a loop.
    Direction within(Call c) {
      return new Direction(
          call,
          gates,
          hidden,
          c.here(recurrent),
          c.here(recurrentBias),
          peepholes == null ? null : c.here(peepholes),
          functions);
    }

    /// A gate's part of a vector `[.., g*h]`.
    Node part(Node all, int gate) {
      return all.slice(all.rank() - 1, gate * hidden, (gate + 1) * hidden);
    }

    Node function(int index, Node x) {
      double clip = call.real("clip", 0);
      Node in = call.says("clip") ? x.max(-clip).min(clip) : x;
      return functions.get(index).apply(in);
    }

    /// @param x what the input adds to the gates, `[b, g*h]`, its bias included
    State step(Node x, State before) {
      return switch (gates) {
        case 1 -> new State(function(0, x.add(product(before.hidden))), null);
        case 3 -> gru(x, before.hidden);
        default -> lstm(x, before);
      };
    }

    private Node product(Node h) {
      Node out = Matrices.matmul(h, recurrent.transpose());
      return out.add(recurrentBias.broadcastTo(out.shape()));
    }

    private State gru(Node x, Node h) {
      Node product = product(h);
      Node update = function(0, part(x, 0).add(part(product, 0)));
      Node reset = function(0, part(x, 1).add(part(product, 1)));
      Node fresh;
      if (call.integer("linear_before_reset", 0) != 0) {
        fresh = part(product, 2).mul(reset);
      } else {
        Node weights = recurrent.slice(0, 2 * hidden, 3 * hidden);
        fresh = Matrices.matmul(reset.mul(h), weights.transpose());
        fresh = fresh.add(part(recurrentBias, 2).broadcastTo(fresh.shape()));
      }
      Node candidate = function(1, part(x, 2).add(fresh));
      return new State(update.neg().add(1).mul(candidate).add(update.mul(h)), null);
    }

    private State lstm(Node x, State before) {
      Node all = x.add(product(before.hidden));
      Node cell = Objects.requireNonNull(before.cell);
      Node in = function(0, watched(part(all, 0), cell, 0));
      Node forget =
          call.integer("input_forget", 0) != 0
              ? in.neg().add(1)
              : function(0, watched(part(all, 2), cell, 2));
      Node next = forget.mul(cell).add(in.mul(function(1, part(all, 3))));
      Node out = function(0, watched(part(all, 1), next, 1));
      return new State(out.mul(functions.get(2).apply(next)), next);
    }

    /// A gate that sees the cell, too.
    private Node watched(Node gate, Node cell, int which) {
      return peepholes == null
          ? gate
          : gate.add(cell.mul(part(peepholes, which).broadcastTo(cell.shape())));
    }
  }

  private static List<Value.Dense> run(Call c, int gates, List<String> usual) {
    boolean batchFirst = c.integer("layout", 0) != 0;
    Node x = batchFirst ? c.wide(0).permute(1, 0, 2) : c.wide(0);
    Node weights = c.wide(1);
    Node recurrent = c.wide(2);
    long hidden = recurrent.shape().dim(2);
    long batch = x.shape().dim(1);
    int directions = (int) weights.shape().dim(0);
    String direction = c.text("direction", "forward");
    List<Node> sequences = new ArrayList<>();
    List<Node> lastHidden = new ArrayList<>();
    List<Node> lastCell = new ArrayList<>();
    for (int d = 0; d < directions; d++) {
      boolean backwards = direction.equals("reverse") || d == 1;
      @Nullable Node bias = c.has(3) ? row(c.wide(3), d) : null;
      TensorType biasType = new TensorType(x.dtype(), Shape.of(gates * hidden));
      Node inBias = bias == null ? c.graph().full(biasType, 0) : bias.slice(0, 0, gates * hidden);
      Node ownBias =
          bias == null
              ? c.graph().full(biasType, 0)
              : bias.slice(0, gates * hidden, 2L * gates * hidden);
      Direction own =
          new Direction(
              c,
              gates,
              hidden,
              row(recurrent, d),
              ownBias,
              c.has(7) && gates == 4 ? row(c.wide(7), d) : null,
              functions(c, d, usual));
      Node fed = backwards ? turned(c, x) : x;
      Node all = Matrices.matmul(fed, row(weights, d).transpose());
      Node gated = all.add(inBias.broadcastTo(all.shape()));
      State state =
          new State(
              initial(c, 5, d, batch, hidden, x, batchFirst),
              gates == 4 ? initial(c, 6, d, batch, hidden, x, batchFirst) : null);
      List<State> ends = new ArrayList<>();
      Node sequence = sequence(c, own, gated, state, ends);
      State last = ends.getFirst();
      sequences.add(Nodes.unsqueeze(backwards ? turned(c, sequence) : sequence, 1));
      lastHidden.add(Nodes.unsqueeze(last.hidden, 0));
      if (last.cell != null) {
        lastCell.add(Nodes.unsqueeze(last.cell, 0));
      }
    }
    List<Value.Dense> out = new ArrayList<>();
    Node y = c.graph().concat(1, sequences.toArray(Node[]::new));
    out.add(c.result(c.type(0), batchFirst ? y.permute(2, 0, 1, 3) : y));
    out.add(last(c, lastHidden, batchFirst));
    if (gates == 4) {
      out.add(last(c, lastCell, batchFirst));
    }
    return out;
  }

  private static Value.Dense last(Call c, List<Node> parts, boolean batchFirst) {
    Node all = c.graph().concat(0, parts.toArray(Node[]::new));
    return c.result(c.type(0), batchFirst ? all.permute(1, 0, 2) : all);
  }

  private static Node row(Node x, int d) {
    return Nodes.squeeze(x.slice(0, d, d + 1), 0);
  }

  private static Node initial(
      Call c, int input, int d, long batch, long hidden, Node x, boolean batchFirst) {
    if (!c.has(input)) {
      return c.graph().full(new TensorType(x.dtype(), Shape.of(batch, hidden)), 0);
    }
    Node given = c.wide(input);
    return row(batchFirst ? given.permute(1, 0, 2) : given, d);
  }

  /// The hidden states of all steps `[t, b, h]`; the last state is left in `last`.
  private static Node sequence(Call c, Direction own, Node gated, State first, List<State> last) {
    long extent = gated.shape().dim(0);
    if (extent > Control.FEW_TRIPS) {
      return looped(c, own, gated, first, last);
    }
    List<Node> steps = new ArrayList<>();
    State state = first;
    for (long t = 0; t < extent; t++) {
      Node number = Nodes.scalar(c.graph(), t);
      Shown shown = step(c, own, row(gated, (int) t), number, state);
      state = shown.next;
      steps.add(Nodes.unsqueeze(shown.hidden, 0));
    }
    last.add(state);
    return steps.isEmpty()
        ? c.graph()
            .full(first.hidden.type().withShape(Shape.of(0, 1, 1)), 0)
            .broadcastTo(Shape.of(0, first.hidden.shape().dim(0), own.hidden))
        : c.graph().concat(0, steps.toArray(Node[]::new));
  }

  /// Many steps are a loop of the graph.
  private static Node looped(Call c, Direction own, Node gated, State first, List<State> last) {
    List<Node> carried = new ArrayList<>();
    carried.add(c.graph().full(new TensorType(DType.BOOL, Shape.SCALAR), 1));
    carried.add(first.hidden);
    if (first.cell != null) {
      carried.add(first.cell);
    }
    Looped loop =
        c.loop(
            gated.shape().dim(0),
            carried,
            in -> {
              State before = new State(in.get(2), first.cell == null ? null : in.get(3));
              Node x = c.here(gated).gather(0, in.get(0));
              Shown shown = step(c, own.within(c), x, in.get(0), before);
              List<Node> out = new ArrayList<>(List.of(in.get(1), shown.next.hidden));
              if (shown.next.cell != null) {
                out.add(shown.next.cell);
              }
              out.add(shown.hidden);
              return out;
            });
    last.add(new State(loop.last().get(0), first.cell == null ? null : loop.last().get(1)));
    return loop.rows().getFirst();
  }

  /// A state, and what of it is shown.
  private record Shown(State next, Node hidden) {}

  /// Past its length an example keeps its state and shows zeros.
  private static Shown step(Call c, Direction own, Node x, Node number, State before) {
    State next = own.step(x, before);
    if (!c.has(4)) {
      return new Shown(next, next.hidden);
    }
    Node open =
        Nodes.unsqueeze(c.x(4).cast(DType.I64).compare(CompareFn.GT, number), 1)
            .broadcastTo(next.hidden.shape());
    State kept =
        new State(
            open.select(next.hidden, before.hidden),
            next.cell == null || before.cell == null ? null : open.select(next.cell, before.cell));
    return new Shown(kept, open.select(next.hidden, Nodes.scalar(next.hidden, 0)));
  }

  /// Time backwards, for each example as far as it goes.
  private static Node turned(Call c, Node x) {
    if (!c.has(4)) {
      return x.reverse(0);
    }
    TensorType of = new TensorType(DType.I64, x.shape());
    Node steps = c.graph().iota(of, 0);
    Node lengths = Nodes.along(c.x(4).cast(DType.I64), 1, 3).broadcastTo(x.shape());
    Node back = lengths.sub(steps).sub(Nodes.scalar(c.graph(), 1));
    return x.gatherAlong(0, steps.compare(CompareFn.LT, lengths).select(back, steps));
  }

  /// Scaling values are used up in the order of the functions that take them.
  private static List<UnaryOperator<Node>> functions(Call c, int direction, List<String> usual) {
    List<String> names = c.texts("activations");
    float[] alphas = c.reals("activation_alpha");
    float[] betas = c.reals("activation_beta");
    List<UnaryOperator<Node>> out = new ArrayList<>();
    int alpha = 0;
    int beta = 0;
    for (int i = 0; i < (direction + 1) * usual.size(); i++) {
      String name = i < names.size() ? names.get(i) : usual.get(i % usual.size());
      String low = name.toLowerCase(Locale.ROOT);
      double a = Double.NaN;
      double b = Double.NaN;
      if (SCALED.contains(low) && alphas != null && alpha < alphas.length) {
        a = alphas[alpha++];
      }
      if (SHIFTED.contains(low) && betas != null && beta < betas.length) {
        b = betas[beta++];
      }
      if (i >= direction * usual.size()) {
        out.add(function(c, name, a, b));
      }
    }
    return out;
  }

  private static UnaryOperator<Node> function(Call c, String name, double a, double b) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "tanh" -> Node::tanh;
      case "sigmoid" -> Activations::sigmoid;
      case "relu" -> Node::relu;
      case "affine" -> x -> x.mul(or(a, 1)).add(or(b, 0));
      case "leakyrelu" -> x -> x.leakyRelu(or(a, 0.01));
      case "thresholdedrelu" ->
          x -> x.compare(CompareFn.GE, or(a, 1)).select(x, Nodes.scalar(x, 0));
      case "scaledtanh" -> x -> x.mul(or(b, 1)).tanh().mul(or(a, 1));
      case "hardsigmoid" -> x -> x.mul(or(a, 0.2)).add(or(b, 0.5)).max(0).min(1);
      case "elu" -> x -> Activations.elu(x, or(a, 1));
      case "softsign" -> x -> x.div(x.abs().add(1));
      case "softplus" -> Activations::softplus;
      default ->
          throw c.mistake("activation %s is not known".formatted(name), "Tanh, Sigmoid or Relu");
    };
  }

  private static double or(double given, double absent) {
    return Double.isNaN(given) ? absent : given;
  }
}

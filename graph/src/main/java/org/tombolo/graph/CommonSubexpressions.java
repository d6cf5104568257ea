package org.tombolo.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Computes once what is computed several times: the same operation of the same operands. Random
/// bits are a function of their key, so equal keys are joined and different ones never.
public final class CommonSubexpressions implements Rewrite {
  /// Operation and operands that determine a value.
  private record Expression(Op op, List<Integer> operands) {}

  @Override
  public Graph apply(Graph graph) {
    Map<Expression, Node> known = new HashMap<>();
    return Rebuild.of(
        graph,
        (original, operands, to) ->
            known.computeIfAbsent(
                expression(original.op(), operands), _ -> to.copy(original, operands)));
  }

  private static Expression expression(Op op, List<Node> operands) {
    List<Integer> ids = operands.stream().map(Node::id).toList();
    return new Expression(op, commutes(op) ? ids.stream().sorted().toList() : ids);
  }

  /// Whether the order of two operands never matters. For the larger or smaller of two zeros of
  /// different sign it might.
  private static boolean commutes(Op op) {
    return switch (op) {
      case Op.Binary(BinaryFn fn) ->
          switch (fn) {
            case ADD, MUL, AND, OR, XOR -> true;
            case SUB, DIV, REM, POW, MAX, MIN, SHL, SHR -> false;
          };
      case Op.Compare(CompareFn fn) ->
          switch (fn) {
            case EQ, NE -> true;
            case LT, LE, GT, GE -> false;
          };
      default -> false;
    };
  }
}

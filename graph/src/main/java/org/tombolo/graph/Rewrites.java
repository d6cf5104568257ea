package org.tombolo.graph;

import java.util.List;

/// The rewrites that make a graph smaller without changing what it computes, in their fixed order.
public final class Rewrites {
  /// In this order: fold first, so that the identities see the constants; join equals last, when
  /// everything has its final form.
  private static final List<Rewrite> PASSES =
      List.of(
          new DeadCode(),
          new ConstantFolding(),
          new AlgebraicIdentities(),
          new MovementIdentities(),
          new CommonSubexpressions());

  /// Each pass follows chains to their end, so two or three rounds are the rule. The bound is there
  /// to end a disagreement between passes, should there ever be one.
  private static final int MAX_ROUNDS = 20;

  private Rewrites() {}

  /// The passes of [#simplify], in order.
  public static List<Rewrite> passes() {
    return PASSES;
  }

  /// Applies the passes round and round until none finds anything to do.
  ///
  /// The result is the same to the last bit if operations are rounded as IEEE 754 says, infinities,
  /// NaN and the sign of zero included (but not the payload and sign of a NaN), with one exception:
  /// what is folded is computed on the host in double precision and rounded once, so that a folded
  /// elementary function (`exp`, `pow`, ...) or sum of many may be nearer to the true value than
  /// what a device makes of it. The number of operations never grows, repetitions of constants
  /// aside, and those of a branch count before it is known to be taken.
  @SuppressWarnings("ReferenceEquality") // a pass that changes nothing gives back what it got
  public static Graph simplify(Graph graph) {
    Graph simple = graph;
    int idle = 0;
    for (int i = 0; idle < PASSES.size() && i < MAX_ROUNDS * PASSES.size(); i++) {
      Graph before = simple;
      simple = PASSES.get(i % PASSES.size()).apply(before);
      idle = simple == before ? idle + 1 : 0;
    }
    return simple;
  }
}

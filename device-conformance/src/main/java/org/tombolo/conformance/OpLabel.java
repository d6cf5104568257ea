package org.tombolo.conformance;

import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// What a case is about, for tables.
///
/// @param op name of the operation as graphs print it, or `fused` where there are several
/// @param dtype element type of what it works on
public record OpLabel(String op, DType dtype) implements Comparable<OpLabel> {

  static OpLabel of(OpCase each) {
    Set<String> names =
        each.graph().nodes().stream()
            .map(Node::op)
            .filter(op -> !(op instanceof Op.Input))
            .map(OpLabel::name)
            .collect(Collectors.toSet());
    String only = names.size() == 1 ? names.iterator().next() : "fused";
    DType dtype =
        each.inputs().stream()
            .map(input -> input.type().dtype())
            .filter(type -> type != DType.BOOL)
            .findFirst()
            .orElseGet(() -> each.graph().outputs().firstEntry().getValue().dtype());
    return new OpLabel(only, dtype);
  }

  private static String name(Op op) {
    return op instanceof Op.Call call ? call.function().name() : op.mnemonic();
  }

  @Override
  public int compareTo(OpLabel other) {
    return Comparator.comparing(OpLabel::op).thenComparing(OpLabel::dtype).compare(this, other);
  }
}

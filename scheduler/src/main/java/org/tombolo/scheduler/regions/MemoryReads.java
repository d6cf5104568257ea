package org.tombolo.scheduler.regions;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import org.tombolo.device.Kernel;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// What operations read from memory: through movement, and without what they make themselves.
/// Remembers its answers, since every question about regions asks again.
final class MemoryReads {
  private final Reads reads;
  private final Map<Node, List<Optional<Node>>> bases = new HashMap<>();
  private final Map<Node, Node> values = new HashMap<>();

  MemoryReads(Reads reads) {
    this.reads = reads;
  }

  /// What a node reads for each of its operands; empty for what it makes itself.
  List<Optional<Node>> of(Node node) {
    return bases.computeIfAbsent(
        node,
        key ->
            key.inputs().stream()
                .map(operand -> isDirect(key) ? operand : reads.source(operand, key).base())
                .map(base -> isInline(base, key) ? Optional.<Node>empty() : Optional.of(base))
                .toList());
  }

  /// What nodes that run together read, in the order in which they do.
  SequencedSet<Node> of(Collection<Node> members) {
    Set<Node> own = members instanceof Set<Node> set ? set : new HashSet<>(members);
    SequencedSet<Node> found = new LinkedHashSet<>();
    for (Node member : members) {
      List<Optional<Node>> all = of(member);
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i).isPresent() && !own.contains(member.input(i))) {
          found.add(all.get(i).get());
        }
      }
    }
    return found;
  }

  /// The node whose memory holds what is read.
  Node value(Node read) {
    return values.computeIfAbsent(read, reads::value);
  }

  /// Whether a member needs its operands as they lie in memory.
  static boolean isDirect(Node member) {
    return Kernel.isSingle(member.op())
        || member.op() instanceof Op.RandomBits
        || member.op() instanceof Op.Control;
  }

  /// Whether a reader makes a value itself instead of reading it.
  boolean isInline(Node base, Node reader) {
    return switch (base.op()) {
      case Op.Constant(var value) -> !isDirect(reader) && value.type().size() == 1;
      case Op.Iota _ -> !reads.isCopied(base);
      default -> false;
    };
  }
}

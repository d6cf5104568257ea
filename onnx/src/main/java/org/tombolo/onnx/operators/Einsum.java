package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Value;

/// Sums of products after Einstein: `ij,jk->ik` is the product of matrices. Operands are taken in
/// from left to right; a label that nobody needs any more is summed over at once. Axes of `...`
/// have labels of their own, counted from the last.
final class Einsum {
  /// A tensor with a label for each axis, each label once.
  private record Labelled(Node node, List<String> labels) {}

  private Einsum() {}

  static List<Value.Dense> einsum(Call c) {
    String equation = c.text("equation", "").replace(" ", "");
    String[] sides = equation.split("->", -1);
    String[] terms = sides[0].split(",", -1);
    if (terms.length != c.inputs() || sides.length > 2) {
      throw c.mistake(
          "equation is \"%s\"; need a term for each of %d inputs".formatted(equation, c.inputs()),
          "ij,jk->ik");
    }
    List<List<String>> labels = new ArrayList<>();
    Map<String, Long> extents = new HashMap<>();
    for (int i = 0; i < terms.length; i++) {
      List<String> own = labels(c, terms[i], c.in(i).rank());
      labels.add(own);
      for (int axis = 0; axis < own.size(); axis++) {
        extents.merge(own.get(axis), c.in(i).dim(axis), Math::max);
      }
    }
    List<String> out = sides.length == 2 ? result(sides[1], labels) : implied(labels);
    List<Labelled> parts = new ArrayList<>();
    for (int i = 0; i < terms.length; i++) {
      parts.add(repeated(diagonal(c.wide(i), labels.get(i)), extents));
    }
    Labelled product = parts.getFirst();
    for (int i = 1; i < parts.size(); i++) {
      Set<String> later = new HashSet<>(out);
      parts.subList(i + 1, parts.size()).forEach(part -> later.addAll(part.labels));
      product = product(product, parts.get(i), later);
    }
    product = summed(product, new HashSet<>(out));
    List<String> have = product.labels;
    Node node = product.node.permute(out.stream().mapToInt(have::indexOf).toArray());
    return List.of(Elementwise.wrapped(c, c.type(0), node));
  }

  private static List<String> labels(Call c, String term, int rank) {
    List<String> out = new ArrayList<>();
    int dots = term.indexOf("...");
    String plain = term.replace("...", "");
    int hidden = rank - plain.length();
    if (hidden < 0
        || (hidden > 0 && dots < 0)
        || plain.chars().anyMatch(ch -> !Character.isLetter(ch))) {
      throw c.mistake(
          "term \"%s\" stands for %d axes; need as many letters".formatted(term, rank), "ij");
    }
    for (int i = 0; i < term.length(); i++) {
      if (i == dots) {
        for (int h = hidden; h > 0; h--) {
          out.add("." + h);
        }
        i += 2;
      } else {
        out.add(term.substring(i, i + 1));
      }
    }
    return out;
  }

  private static List<String> hidden(List<List<String>> labels) {
    TreeMap<Integer, String> found = new TreeMap<>();
    labels.forEach(own ->
        own.stream()
            .filter(label -> label.startsWith("."))
            .forEach(label -> found.put(-Integer.parseInt(label.substring(1)), label)));
    return List.copyOf(found.values());
  }

  private static List<String> result(String side, List<List<String>> labels) {
    List<String> out = new ArrayList<>();
    for (int i = 0; i < side.length(); i++) {
      if (side.startsWith("...", i)) {
        out.addAll(hidden(labels));
        i += 2;
      } else {
        out.add(side.substring(i, i + 1));
      }
    }
    return out;
  }

  /// Without a result the hidden axes come first, then labels that occur once, by alphabet.
  private static List<String> implied(List<List<String>> labels) {
    TreeMap<String, Integer> counts = new TreeMap<>();
    labels.forEach(own -> own.forEach(label -> counts.merge(label, 1, Integer::sum)));
    List<String> out = new ArrayList<>(hidden(labels));
    counts.forEach((label, count) -> {
      if (count == 1 && !label.startsWith(".")) {
        out.add(label);
      }
    });
    return out;
  }

  /// A label that a term has twice stands for the diagonal.
  private static Labelled diagonal(Node x, List<String> labels) {
    Node node = x;
    List<String> own = new ArrayList<>(labels);
    for (int i = 0; i < own.size(); i++) {
      int other = own.subList(i + 1, own.size()).indexOf(own.get(i));
      while (other >= 0) {
        int second = i + 1 + other;
        long extent = node.shape().dim(i);
        node = Nodes.moveAxis(Nodes.moveAxis(node, second, 0), i + 1, 1);
        long[] dims = node.shape().toArray();
        long rest = Nodes.product(dims, 2, dims.length);
        node = Nodes.pick(node.reshape(extent * extent, rest), 0, steps(extent));
        long[] kept = new long[dims.length - 1];
        kept[0] = extent;
        System.arraycopy(dims, 2, kept, 1, dims.length - 2);
        node = Nodes.moveAxis(node.reshape(kept), 0, i);
        own.remove(second);
        other = own.subList(i + 1, own.size()).indexOf(own.get(i));
      }
    }
    return new Labelled(node, own);
  }

  private static long[] steps(long extent) {
    return LongStream.range(0, extent).map(i -> i * (extent + 1)).toArray();
  }

  private static Labelled repeated(Labelled x, Map<String, Long> extents) {
    Shape shape = Shape.of(x.labels.stream().map(extents::get).toList());
    return new Labelled(x.node.broadcastTo(shape), x.labels);
  }

  private static Labelled summed(Labelled x, Set<String> needed) {
    int[] axes =
        IntStream.range(0, x.labels.size())
            .filter(i -> !needed.contains(x.labels.get(i)))
            .toArray();
    return axes.length == 0
        ? x
        : new Labelled(
            x.node.reduce(ReduceFn.SUM, axes), x.labels.stream().filter(needed::contains).toList());
  }

  private static Labelled product(Labelled a, Labelled b, Set<String> later) {
    Set<String> left = new HashSet<>(later);
    left.addAll(b.labels);
    Set<String> right = new HashSet<>(later);
    right.addAll(a.labels);
    Labelled x = summed(a, left);
    Labelled y = summed(b, right);
    Set<String> shared = new LinkedHashSet<>(x.labels);
    shared.retainAll(y.labels);
    List<String> batch = shared.stream().filter(later::contains).toList();
    List<String> contracted = shared.stream().filter(label -> !later.contains(label)).toList();
    Op.Dot dot =
        new Op.Dot(
            places(x, batch), places(y, batch), places(x, contracted), places(y, contracted));
    List<String> labels = new ArrayList<>(batch);
    x.labels.stream().filter(label -> !shared.contains(label)).forEach(labels::add);
    y.labels.stream().filter(label -> !shared.contains(label)).forEach(labels::add);
    return new Labelled(x.node.builder().add(dot, List.of(x.node, y.node)), labels);
  }

  private static List<Integer> places(Labelled x, List<String> labels) {
    return labels.stream().map(x.labels::indexOf).toList();
  }
}

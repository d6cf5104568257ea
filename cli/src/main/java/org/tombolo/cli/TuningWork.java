package org.tombolo.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tombolo.device.Region;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// What devices are tuned for: products and convolutions as regions of their own.
final class TuningWork {
  private TuningWork() {}

  /// Products and convolutions of common sizes with their gradients.
  ///
  /// @param many whether sizes between and beyond them as well
  static List<Region> common(boolean many) {
    List<Graph> graphs = new ArrayList<>();
    for (int size : many ? new int[] {1024, 512, 2048, 256, 128, 64} : new int[] {1024, 512, 256}) {
      graphs.add(product(size, size, size));
    }
    graphs.add(product(64, 784, 512));
    graphs.add(product(4096, 64, 64));
    if (many) {
      graphs.add(product(16, 1024, 1024));
      graphs.add(product(4096, 256, 256));
      graphs.add(product(512, 768, 3072));
    }
    graphs.add(convolution(8, 56, 64, 3, 64));
    graphs.add(convolution(8, 28, 128, 1, 128));
    if (many) {
      graphs.add(convolution(8, 112, 3, 7, 64));
      graphs.add(convolution(8, 14, 256, 3, 256));
      graphs.add(convolution(32, 28, 16, 3, 32));
    }
    return of(graphs);
  }

  /// The different products and convolutions of some graphs, in order.
  static List<Region> of(List<Graph> graphs) {
    Map<String, Region> found = new LinkedHashMap<>();
    for (Graph graph : graphs) {
      for (Node node : graph.nodes()) {
        if (node.op() instanceof Op.Dot || node.op() instanceof Op.Conv) {
          List<TensorType> types = node.inputs().stream().map(Node::type).toList();
          found.computeIfAbsent(node.op() + " " + types, _ -> region(node.op(), types));
        }
      }
    }
    return List.copyOf(found.values());
  }

  private static Region region(Op op, List<TensorType> types) {
    String name =
        "%s %s"
            .formatted(
                op.mnemonic(),
                types.stream().map(TensorType::toString).collect(Collectors.joining(" ")));
    GraphBuilder g = new GraphBuilder("tuning");
    List<Node> operands = new ArrayList<>();
    for (TensorType type : types) {
      operands.add(g.input("x" + operands.size(), type));
    }
    g.output("y", g.add(op, operands));
    return new Region(name, g.build());
  }

  private static Graph product(long m, long k, long n) {
    GraphBuilder g = new GraphBuilder("product");
    Node a = g.input("a", TensorType.f32(m, k));
    Node b = g.input("b", TensorType.f32(k, n));
    return withGradients(g, a.matmul(b), a, b);
  }

  private static Graph convolution(
      long images, long size, long channels, int window, long features) {
    GraphBuilder g = new GraphBuilder("convolution");
    Node x = g.input("x", TensorType.f32(images, size, size, channels));
    Node w = g.input("w", TensorType.f32(window, window, channels, features));
    return withGradients(g, x.conv2d(w, 1, window / 2), x, w);
  }

  private static Graph withGradients(GraphBuilder g, Node y, Node a, Node b) {
    Node dy = g.input("dy", y.type());
    List<Node> gradients = Gradients.of(y, dy, List.of(a, b));
    g.output("y", y);
    g.output("da", gradients.get(0));
    g.output("db", gradients.get(1));
    return g.build();
  }
}

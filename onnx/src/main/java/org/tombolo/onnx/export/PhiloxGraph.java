package org.tombolo.onnx.export;

import java.util.List;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;

/// [Op.RandomBits] as arithmetic on whole numbers of 64 bits, which hold the generator's words of
/// 32 and their products. See [org.tombolo.graph.Philox].
final class PhiloxGraph {
  private static final int ROUNDS = 10;
  private static final long[] MULTIPLIERS = {0xD2511F53L, 0xCD9E8D57L};
  private static final long[] WEYL = {0x9E3779B9L, 0xBB67AE85L};
  private static final long WORD = 0xffffffffL;

  private PhiloxGraph() {}

  /// A function of the key, with the bits as result.
  static Graph of(Op.RandomBits op) {
    TensorType key = TensorType.of(DType.I64, 2);
    return GraphBuilder.function(
        op.mnemonic(), List.of(key), in -> List.of(bits(in.getFirst(), op.shape())));
  }

  private static Node bits(Node key, Shape shape) {
    GraphBuilder g = key.builder();
    long blocks = Math.ceilDiv(shape.size(), 4);
    Shape all = Shape.of(blocks);
    Node seed = key.slice(0, 0, 1).reshape();
    Node stream = key.slice(0, 1, 2).reshape();
    Node block = g.iota(new TensorType(DType.I64, all), 0);
    Node[] c = {
      low(block), high(block), low(stream).broadcastTo(all), high(stream).broadcastTo(all)
    };
    Node[] k = {low(seed), high(seed)};
    for (int round = 0; round < ROUNDS; round++) {
      Node left = c[0].mul(g.scalar(DType.I64, MULTIPLIERS[0]));
      Node right = c[2].mul(g.scalar(DType.I64, MULTIPLIERS[1]));
      Node first = xor(xor(high(right), c[1]), k[0]);
      Node third = xor(xor(high(left), c[3]), k[1]);
      c = new Node[] {first, low(right), third, low(left)};
      for (int i = 0; i < k.length; i++) {
        k[i] = low(k[i].add(g.scalar(DType.I64, WEYL[i])));
      }
    }
    Node[] columns = new Node[c.length];
    for (int i = 0; i < c.length; i++) {
      columns[i] = c[i].reshape(blocks, 1);
    }
    return g.concat(1, columns)
        .reshape(4 * blocks)
        .slice(0, 0, shape.size())
        .cast(DType.I32)
        .reshape(shape);
  }

  private static Node xor(Node a, Node b) {
    return a.binary(BinaryFn.XOR, b);
  }

  private static Node low(Node bits) {
    return bits.and(bits.builder().scalar(DType.I64, WORD));
  }

  private static Node high(Node bits) {
    return bits.binary(BinaryFn.SHR, bits.builder().scalar(DType.I64, 32));
  }
}

package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// Replaces whole numbers by learned vectors: number `i` by row `i` of a table.
///
/// | value   | shape                 |
/// |---------|-----------------------|
/// | `x`     | `[n, ..]`             |
/// | `table` | `[vocabulary, units]` |
/// | result  | `[n, .., units]`      |
///
/// A number outside the table gives NaN. Features reach layers as f32, so numbers are exact up to
/// `2^24`, which bounds the vocabulary.
///
/// @param vocabulary how many vectors there are, from 1 to `2^24`
/// @param units their length, at least 1
/// @param initial where the table starts
public record Embedding(int vocabulary, int units, Initializer initial) implements Layer {
  /// Checks the ranges.
  public Embedding {
    if (vocabulary < 1 || vocabulary > 1 << 24 || units < 1) {
      throw new ShapeException(
          "embedding: vocabulary is %d, units is %d; need 1 to 2^24 vectors of 1 or more numbers"
              .formatted(vocabulary, units),
          "the number of tokens, and 64");
    }
  }

  /// Vectors that start [uniform][Initializer.GlorotUniform].
  public static Embedding of(int vocabulary, int units) {
    return new Embedding(vocabulary, units, new Initializer.GlorotUniform());
  }

  @Override
  public String kind() {
    return "embedding";
  }

  @Override
  public Shape infer(Shape in) {
    long[] dims = new long[in.rank() + 1];
    System.arraycopy(in.toArray(), 0, dims, 0, in.rank());
    dims[in.rank()] = units;
    return Shape.of(dims);
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    return List.of(new Parameter("table", Shape.of(vocabulary, units), initial));
  }

  @Override
  public Node apply(Node x, Pass pass) {
    return pass.parameter("table").gather(0, x.cast(DType.I32));
  }

  @Override
  public String detail() {
    return "of " + vocabulary;
  }
}

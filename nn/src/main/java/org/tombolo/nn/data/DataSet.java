package org.tombolo.nn.data;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Examples in host memory: features with a label each. Immutable.
///
/// The elements keep the type that they were stored in: images of bytes are fed as bytes, a quarter
/// of the traffic of floats.
///
/// @param name a label for messages
/// @param features `[n, example..]`
/// @param labels `[n, label..]`; for classes whole numbers `[n]` from 0
/// @param classes names of the classes; empty when labels are not classes
public record DataSet(String name, Tensor features, Tensor labels, List<String> classes) {
  private static final long CHUNK_BYTES = 1 << 20;

  /// Checks that there is a label for every example, and that every label names a class.
  ///
  /// @throws DataException if not
  public DataSet {
    classes = List.copyOf(classes);
    if (features.shape().rank() < 1 || labels.shape().rank() < 1) {
      throw new DataException(
          "data %s: features are %s, labels are %s; need a first axis that counts examples"
              .formatted(name, features.type(), labels.type()),
          "Shape.of(1, ...) for a single example");
    }
    if (features.shape().dim(0) != labels.shape().dim(0)) {
      throw new DataException(
          "data %s: %d examples, %d labels; need one label for each"
              .formatted(name, features.shape().dim(0), labels.shape().dim(0)),
          "check that both come from the same set");
    }
    if (features.shape().dim(0) > Integer.MAX_VALUE - 8) {
      throw new DataException(
          "data %s: %d examples; need fewer than 2^31".formatted(name, features.shape().dim(0)),
          "several sets");
    }
    if (!classes.isEmpty()) {
      for (long i = 0; i < labels.type().size(); i++) {
        long label = labels.longAt(i);
        if (label < 0 || label >= classes.size()) {
          throw new DataException(
              "data %s: label of example %d is %d; need 0 to %d"
                  .formatted(name, i, label, classes.size() - 1),
              "the list of all classes, or other labels");
        }
      }
    }
  }

  /// Number of examples.
  public int size() {
    return (int) features.shape().dim(0);
  }

  /// Type of the features of one example.
  public TensorType feature() {
    return one(features);
  }

  /// Type of one label.
  public TensorType label() {
    return one(labels);
  }

  private static TensorType one(Tensor all) {
    long[] dims = all.shape().toArray();
    return all.type().withShape(Shape.of(Arrays.copyOfRange(dims, 1, dims.length)));
  }

  /// Type of the features of several examples.
  public TensorType features(int count) {
    return features.type().withShape(features.shape().withDim(0, count));
  }

  /// Type of several labels.
  public TensorType labels(int count) {
    return labels.type().withShape(labels.shape().withDim(0, count));
  }

  /// Examples from `start` up to but not including `limit`, sharing memory with this set.
  public DataSet range(int start, int limit) {
    return new DataSet(name, range(features, start, limit), range(labels, start, limit), classes);
  }

  private static Tensor range(Tensor all, int start, int limit) {
    long each = one(all).bytes();
    return Tensor.wrap(
        all.type().withShape(all.shape().withDim(0, limit - start)),
        all.data().asSlice(start * each, (limit - start) * each));
  }

  /// Copies of some examples, in this order.
  public DataSet pick(int... indices) {
    MemorySegment pickedFeatures = Tensor.allocate(features(indices.length));
    MemorySegment pickedLabels = Tensor.allocate(labels(indices.length));
    copy(features, indices, 0, indices.length, pickedFeatures);
    copy(labels, indices, 0, indices.length, pickedLabels);
    return new DataSet(
        name,
        Tensor.wrap(features(indices.length), pickedFeatures),
        Tensor.wrap(labels(indices.length), pickedLabels),
        classes);
  }

  /// Copies rows of a tensor, one after the other.
  static void copy(Tensor from, int[] rows, int start, int count, MemorySegment to) {
    long each = one(from).bytes();
    MemorySegment data = from.data();
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(data, rows[start + i] * each, to, i * each, each);
    }
  }

  /// A checksum of types and elements, to recognise the set by.
  public String fingerprint() {
    CRC32C sum = new CRC32C();
    for (Tensor part : List.of(features, labels)) {
      long bytes = part.type().bytes();
      for (long at = 0; at < bytes; at += CHUNK_BYTES) {
        sum.update(part.data().asSlice(at, Math.min(CHUNK_BYTES, bytes - at)).asByteBuffer());
      }
    }
    return "%s/%s/%08x".formatted(features.type(), labels.type(), sum.getValue());
  }

  /// Name and types.
  @Override
  public String toString() {
    return "data %s: %s, labels %s".formatted(name, features.type(), labels.type());
  }
}

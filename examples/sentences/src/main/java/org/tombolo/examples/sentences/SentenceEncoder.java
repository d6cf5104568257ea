package org.tombolo.examples.sentences;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;
import org.tombolo.scheduler.Engine;

/// Turns sentences into unit vectors whose product is near 1 where they mean the same: the model
/// all-MiniLM-L6-v2, whose vectors for the pieces of a sentence are averaged.
final class SentenceEncoder implements AutoCloseable {
  /// The model in single precision.
  static final String FLOATS = "all-minilm-l6-v2.onnx";

  /// The same in integers of 8 bits: a quarter of the size.
  static final String INTEGERS = "all-minilm-l6-v2-q.onnx";

  private static final String PIECES = "all-minilm-l6-v2-tokenizer.json";

  /// Most pieces of a sentence; what is longer is cut off.
  private static final int MOST = 256;

  /// Sentences are padded to multiples of this, so that few shapes occur: each has graphs and
  /// kernels of its own.
  private static final int UNIT = 16;

  private final HuggingFaceTokenizer tokenizer;
  private final OnnxSession session;

  private SentenceEncoder(HuggingFaceTokenizer tokenizer, OnnxSession session) {
    this.tokenizer = tokenizer;
    this.session = session;
  }

  /// @param model [#FLOATS] or [#INTEGERS]
  static SentenceEncoder on(Engine engine, String model) throws IOException {
    Map<String, String> options =
        Map.of(
            "padding",
            "true",
            "padToMultipleOf",
            Integer.toString(UNIT),
            "truncation",
            "true",
            "maxLength",
            Integer.toString(MOST));
    try (InputStream pieces = resource(PIECES);
        InputStream file = resource(model)) {
      OnnxModel read = OnnxModel.read(model, MemorySegment.ofArray(file.readAllBytes()));
      return new SentenceEncoder(
          HuggingFaceTokenizer.newInstance(pieces, options), OnnxSession.on(engine, read));
    }
  }

  private static InputStream resource(String name) throws IOException {
    InputStream in = SentenceEncoder.class.getResourceAsStream("/" + name);
    if (in == null) {
      throw new IOException(
          "no %s on the class path; need the library that has the model\n  try: examples/sentences/run"
              .formatted(name));
    }
    return in;
  }

  /// A unit vector for each sentence.
  double[][] encode(List<String> sentences) {
    Encoding[] encodings = tokenizer.batchEncode(sentences);
    Tensor mask = tensor(encodings, Encoding::getAttentionMask);
    Tensor vectors =
        session
            .run(
                Map.of(
                    "input_ids", tensor(encodings, Encoding::getIds),
                    "attention_mask", mask,
                    "token_type_ids", tensor(encodings, Encoding::getTypeIds)))
            .firstEntry()
            .getValue();
    int pieces = (int) vectors.type().shape().dim(1);
    int width = (int) vectors.type().shape().dim(2);
    float[] values = vectors.toFloats();
    double[][] means = new double[encodings.length][width];
    for (int sentence = 0; sentence < means.length; sentence++) {
      for (int piece = 0; piece < pieces; piece++) {
        int at = sentence * pieces + piece;
        for (int i = 0; mask.longAt(at) != 0 && i < width; i++) {
          means[sentence][i] += values[at * width + i];
        }
      }
      double length = Math.sqrt(product(means[sentence], means[sentence]));
      for (int i = 0; i < width; i++) {
        means[sentence][i] /= length;
      }
    }
    return means;
  }

  private static Tensor tensor(Encoding[] encodings, Function<Encoding, long[]> part) {
    int pieces = part.apply(encodings[0]).length;
    long[] all = new long[encodings.length * pieces];
    for (int i = 0; i < encodings.length; i++) {
      System.arraycopy(part.apply(encodings[i]), 0, all, i * pieces, pieces);
    }
    return Tensor.of(all, encodings.length, pieces);
  }

  /// How near two sentences are: 1 for the same, about 0 for what has nothing in common.
  static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Override
  public void close() {
    session.close();
    tokenizer.close();
  }
}

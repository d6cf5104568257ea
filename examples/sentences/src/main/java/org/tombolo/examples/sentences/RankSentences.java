package org.tombolo.examples.sentences;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.tombolo.scheduler.Engine;

/// Sentences in the order of how near they are in meaning to a question.
public final class RankSentences {
  private static final List<String> OWN =
      List.of(
          "How do I return something that I bought?",
          "Refunds are paid within two weeks after we have got the parcel back.",
          "The shop opens at nine on weekdays.",
          "Goods may be sent back within thirty days.",
          "A tombolo is a bar of sand that joins an island to the mainland.",
          "Our parcels are made of paper alone.");

  private RankSentences() {}

  /// A sentence and how near it is, from -1 to 1.
  record Ranked(String sentence, double nearness) {}

  /// All sentences, the nearest first.
  static List<Ranked> rank(SentenceEncoder encoder, String question, List<String> sentences) {
    List<String> all = new ArrayList<>(List.of(question));
    all.addAll(sentences);
    double[][] vectors = encoder.encode(all);
    List<Ranked> ranked = new ArrayList<>();
    for (int i = 1; i < vectors.length; i++) {
      ranked.add(new Ranked(all.get(i), SentenceEncoder.product(vectors[0], vectors[i])));
    }
    ranked.sort(Comparator.comparingDouble(Ranked::nearness).reversed());
    return ranked;
  }

  /// Prints the sentences.
  ///
  /// @param arguments `--int8` for the smaller model, `--device NAMES` (`auto` without), the
  ///   question, and the sentences
  public static void main(String[] arguments) throws IOException {
    String model = SentenceEncoder.FLOATS;
    String devices = "auto";
    List<String> words = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--int8")) {
        model = SentenceEncoder.INTEGERS;
      } else if (arguments[i].equals("--device") && i + 1 < arguments.length) {
        devices = arguments[++i];
      } else {
        words.add(arguments[i]);
      }
    }
    List<String> sentences = words.size() < 2 ? OWN : words;
    try (Engine engine = Engine.open(devices);
        SentenceEncoder encoder = SentenceEncoder.on(engine, model)) {
      System.out.println(sentences.get(0));
      for (Ranked each : rank(encoder, sentences.get(0), sentences.subList(1, sentences.size()))) {
        System.out.printf(Locale.ROOT, "%6.3f  %s%n", each.nearness(), each.sentence());
      }
    }
  }

  // How to run it, from the root of the repository:
  //
  //   examples/sentences/run --device cpu
  //   examples/sentences/run --int8 "a question" "a sentence" "another one"
}

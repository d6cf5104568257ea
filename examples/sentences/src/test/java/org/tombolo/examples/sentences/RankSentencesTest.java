package org.tombolo.examples.sentences;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.examples.sentences.RankSentences.Ranked;
import org.tombolo.scheduler.Engine;

class RankSentencesTest {
  /// The sentences that the page of the model shows, and what it says of them.
  @ParameterizedTest
  @CsvSource({SentenceEncoder.FLOATS + ", 0.001", SentenceEncoder.INTEGERS + ", 0.05"})
  void sentencesAreAsNearAsTheModelsAuthorsFound(String model, double bound) throws IOException {
    try (Engine engine = Engine.open("cpu");
        SentenceEncoder encoder = SentenceEncoder.on(engine, model)) {
      List<Ranked> ranked =
          RankSentences.rank(
              encoder,
              "That is a happy person",
              List.of(
                  "That is a happy dog", "That is a very happy person", "Today is a sunny day"));
      assertEquals(
          List.of("That is a very happy person", "That is a happy dog", "Today is a sunny day"),
          ranked.stream().map(Ranked::sentence).toList());
      double[] wanted = {0.943, 0.695, 0.257};
      for (int i = 0; i < wanted.length; i++) {
        assertEquals(wanted[i], ranked.get(i).nearness(), bound, ranked.toString());
      }
    }
  }

  /// Neither other sentences beside it nor padding change what a sentence is; signs that the
  /// tokenizer does not know, nothing at all, and too much of it are sentences, too.
  @ParameterizedTest
  @ValueSource(strings = {"naïve café 漢字 🙂", "", "  ", "a"})
  void aSentenceIsTheSameInAnyCompany(String sentence) throws IOException {
    try (Engine engine = Engine.open("cpu");
        SentenceEncoder encoder = SentenceEncoder.on(engine, SentenceEncoder.FLOATS)) {
      double[] alone = encoder.encode(List.of(sentence))[0];
      double[] beside = encoder.encode(List.of(sentence, "word ".repeat(40)))[0];
      assertEquals(1, SentenceEncoder.product(alone, beside), 1e-5);
    }
  }

  @Test
  void whatIsTooLongIsCutOff() throws IOException {
    try (Engine engine = Engine.open("cpu");
        SentenceEncoder encoder = SentenceEncoder.on(engine, SentenceEncoder.INTEGERS)) {
      double[][] vectors =
          encoder.encode(Stream.of(300, 400).map(n -> "island ".repeat(n)).toList());
      assertTrue(SentenceEncoder.product(vectors[0], vectors[1]) > 0.999999);
    }
  }
}

package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxTest {

  /// The answers for `philox4x32 10` in the file `kat_vectors` of Random123.
  @ParameterizedTest
  @CsvSource({
    "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1",
  })
  void givesTheKnownAnswers(String counter, String key, String answer) {
    assertArrayEquals(words(answer), Philox.block(words(counter), words(key)));
  }

  @Test
  void takesWordsFromBlocksOfFour() {
    long seed = 0x299f31d0_a4093822L;
    long stream = 0x03707344_13198a2eL;
    long block = 0x05a308d3_243f6a88L;
    int[] words =
        Philox.block(words("243f6a88 05a308d3 13198a2e 03707344"), words("a4093822 299f31d0"));

    for (int i = 0; i < 4; i++) {
      assertEquals(words[i], Philox.word(seed, stream, block * 4 + i), "word " + i);
    }
  }

  private static int[] words(String text) {
    return Arrays.stream(text.split(" ")).mapToInt(HexFormat::fromHexDigits).toArray();
  }
}

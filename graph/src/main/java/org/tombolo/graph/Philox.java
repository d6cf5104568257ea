package org.tombolo.graph;

/// The counter-based random generator Philox 4x32 with 10 rounds: a keyed function from a 128-bit
/// counter to four 32-bit words, without state, so that any device can compute any word alone.
///
/// Source: Salmon, Moraes, Dror and Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC 2011,
/// section 3.3; the tests hold it to the known answers published with it.
public final class Philox {
  private static final int ROUNDS = 10;
  // The multipliers of the paper, and the fractional parts of the golden ratio and of sqrt(3),
  // which are added to the key after each round.
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;

  private Philox() {}

  /// Four words for a counter and a key.
  ///
  /// @param counter four words, least significant first
  /// @param key two words, least significant first
  /// @return four words of 32 random bits
  public static int[] block(int[] counter, int[] key) {
    int c0 = counter[0];
    int c1 = counter[1];
    int c2 = counter[2];
    int c3 = counter[3];
    int k0 = key[0];
    int k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
      long left = Integer.toUnsignedLong(MULTIPLIER_0) * Integer.toUnsignedLong(c0);
      long right = Integer.toUnsignedLong(MULTIPLIER_1) * Integer.toUnsignedLong(c2);
      c0 = high(right) ^ c1 ^ k0;
      c1 = (int) right;
      c2 = high(left) ^ c3 ^ k1;
      c3 = (int) left;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return new int[] {c0, c1, c2, c3};
  }

  /// The word at a position of the sequence that a seed and a stream number select, as
  /// [Op.RandomBits] wants it: word `index % 4` of the block whose counter is `index / 4` below and
  /// the stream number above, under the seed as key.
  ///
  /// @param seed the key
  /// @param stream upper 64 bits of the counter
  /// @param index position, at least 0
  /// @return 32 random bits
  public static int word(long seed, long stream, long index) {
    long block = index / 4;
    int[] counter = {(int) block, high(block), (int) stream, high(stream)};
    return block(counter, new int[] {(int) seed, high(seed)})[(int) (index % 4)];
  }

  private static int high(long bits) {
    return (int) (bits >>> 32);
  }
}

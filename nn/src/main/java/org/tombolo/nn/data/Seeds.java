package org.tombolo.nn.data;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Random numbers on the host: from one seed as many independent generators as there are uses, each
/// the same on every machine and in every run.
public final class Seeds {
  private static final RandomGeneratorFactory<RandomGenerator> ALGORITHM =
      RandomGeneratorFactory.of("L64X128MixRandom");

  /// 2^64 divided by the golden ratio, the step of SplitMix64.
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private Seeds() {}

  /// A generator of a specified algorithm (LXM; Steele and Vigna, *LXM: better splittable
  /// pseudorandom number generators*, OOPSLA 2021).
  public static RandomGenerator generator(long seed) {
    return ALGORITHM.create(seed);
  }

  /// A seed for one use of another seed, such as a parameter.
  ///
  /// @param seed chosen by the user
  /// @param use name of the use
  public static long derive(long seed, String use) {
    return derive(seed, use.hashCode());
  }

  /// A seed for one of many uses of another seed, such as epochs: the output function of SplitMix64
  /// over their combination (Steele, Lea and Flood, *Fast splittable pseudorandom number
  /// generators*, OOPSLA 2014).
  ///
  /// @param seed chosen by the user
  /// @param use number of the use
  public static long derive(long seed, long use) {
    return scramble(scramble(seed) + use * GOLDEN);
  }

  private static long scramble(long value) {
    long z = value + GOLDEN;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}

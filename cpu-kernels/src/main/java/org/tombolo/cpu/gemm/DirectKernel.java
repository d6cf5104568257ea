package org.tombolo.cpu.gemm;

/// The innermost loops of convolutions that sum few products per element: each term shifts the
/// image by a distance of its own, and sums of neighbouring elements stay in registers.
///
/// Every implementation computes `sum = fma(a, b, sum)` from 0 for each element, in order of the
/// terms, so all of them give the same bits.
interface DirectKernel {
  /// Features that [#planes] may take together, besides 1.
  int FEATURES = 4;

  /// Channels that are computed together: [#channels] takes whole multiples.
  int lanes();

  /// Places beyond the last that [#planes] may read and write.
  int slack();

  /// Places beyond the last that [#channels] may read and write.
  int placeSlack();

  /// Sums in which neighbours are places: for `f < features` and `p < count`
  ///
  /// ```java
  /// out[f * outStep + p] = sum over t of in[at + offsets[t] + p] * weights[weightsAt + t * features + f];
  /// ```
  ///
  /// @param features 1 or [#FEATURES]
  void planes(
      float[] in,
      int at,
      int[] offsets,
      float[] weights,
      int weightsAt,
      int features,
      float[] out,
      int outStep,
      int count);

  /// Sums in which neighbours are channels: for `c < channels` and `p < count`
  ///
  /// ```java
  /// out[outAt + p * channels + c] =
  ///     sum over t of in[at + offsets[t] + p * step + c] * weights[weightsAt + t * channels + c];
  /// ```
  ///
  /// @param channels a multiple of [#lanes]
  void channels(
      float[] in,
      int at,
      int[] offsets,
      int step,
      float[] weights,
      int weightsAt,
      float[] out,
      int outAt,
      int channels,
      int count);
}

package org.tombolo.cpu.gemm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Eight vectors of places or channels at a time, with their sums in registers: as many as hide the
/// latency of additions. Four features at a time share what is loaded.
final class VectorDirect implements DirectKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /// Whether four features by four vectors fit into registers.
  private static final boolean MANY_REGISTERS = SPECIES.vectorBitSize() != 256;

  @Override
  public int lanes() {
    return LANES;
  }

  @Override
  public int slack() {
    return 8 * LANES;
  }

  @Override
  public int placeSlack() {
    return 8;
  }

  @Override
  public void planes(
      float[] in,
      int at,
      int[] offsets,
      float[] weights,
      int weightsAt,
      int features,
      float[] out,
      int outStep,
      int count) {
    if (features == 1) {
      int p = 0;
      for (; p + 4 * LANES < count; p += 8 * LANES) {
        oneByEight(in, at + p, offsets, weights, weightsAt, out, p);
      }
      if (p < count) {
        oneByFour(in, at + p, offsets, weights, weightsAt, out, p);
      }
      return;
    }
    int p = 0;
    for (; MANY_REGISTERS && p + 2 * LANES < count; p += 4 * LANES) {
      fourByFour(in, at + p, offsets, weights, weightsAt, out, p, outStep);
    }
    for (; p < count; p += 2 * LANES) {
      fourByTwo(in, at + p, offsets, weights, weightsAt, out, p, outStep);
    }
  }

  @Override
  public void channels(
      float[] in,
      int at,
      int[] offsets,
      int step,
      float[] weights,
      int weightsAt,
      float[] out,
      int outAt,
      int channels,
      int count) {
    for (int c = 0; c < channels; c += LANES) {
      int p = 0;
      for (; p + 4 < count; p += 8) {
        int from = at + p * step + c;
        eightPlaces(
            in,
            from,
            offsets,
            step,
            weights,
            weightsAt + c,
            out,
            outAt + p * channels + c,
            channels);
      }
      for (; p < count; p += 4) {
        int from = at + p * step + c;
        fourPlaces(
            in,
            from,
            offsets,
            step,
            weights,
            weightsAt + c,
            out,
            outAt + p * channels + c,
            channels);
      }
    }
  }

  private static FloatVector load(float[] from, int at) {
    return FloatVector.fromArray(SPECIES, from, at);
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  private static void oneByEight(
      float[] in, int at, int[] offsets, float[] weights, int weightsAt, float[] out, int outAt) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int t = 0; t < offsets.length; t++) {
      int from = at + offsets[t];
      FloatVector weight = broadcast(weights[weightsAt + t]);
      s0 = weight.fma(load(in, from), s0);
      s1 = weight.fma(load(in, from + LANES), s1);
      s2 = weight.fma(load(in, from + 2 * LANES), s2);
      s3 = weight.fma(load(in, from + 3 * LANES), s3);
      s4 = weight.fma(load(in, from + 4 * LANES), s4);
      s5 = weight.fma(load(in, from + 5 * LANES), s5);
      s6 = weight.fma(load(in, from + 6 * LANES), s6);
      s7 = weight.fma(load(in, from + 7 * LANES), s7);
    }
    s0.intoArray(out, outAt);
    s1.intoArray(out, outAt + LANES);
    s2.intoArray(out, outAt + 2 * LANES);
    s3.intoArray(out, outAt + 3 * LANES);
    s4.intoArray(out, outAt + 4 * LANES);
    s5.intoArray(out, outAt + 5 * LANES);
    s6.intoArray(out, outAt + 6 * LANES);
    s7.intoArray(out, outAt + 7 * LANES);
  }

  private static void oneByFour(
      float[] in, int at, int[] offsets, float[] weights, int weightsAt, float[] out, int outAt) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int t = 0; t < offsets.length; t++) {
      int from = at + offsets[t];
      FloatVector weight = broadcast(weights[weightsAt + t]);
      s0 = weight.fma(load(in, from), s0);
      s1 = weight.fma(load(in, from + LANES), s1);
      s2 = weight.fma(load(in, from + 2 * LANES), s2);
      s3 = weight.fma(load(in, from + 3 * LANES), s3);
    }
    s0.intoArray(out, outAt);
    s1.intoArray(out, outAt + LANES);
    s2.intoArray(out, outAt + 2 * LANES);
    s3.intoArray(out, outAt + 3 * LANES);
  }

  private static void fourByFour(
      float[] in,
      int at,
      int[] offsets,
      float[] weights,
      int weightsAt,
      float[] out,
      int outAt,
      int outStep) {
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector c2 = a0;
    FloatVector c3 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    FloatVector d2 = a0;
    FloatVector d3 = a0;
    for (int t = 0; t < offsets.length; t++) {
      int from = at + offsets[t];
      int line = weightsAt + 4 * t;
      FloatVector x0 = load(in, from);
      FloatVector x1 = load(in, from + LANES);
      FloatVector x2 = load(in, from + 2 * LANES);
      FloatVector x3 = load(in, from + 3 * LANES);
      FloatVector weight = broadcast(weights[line]);
      a0 = weight.fma(x0, a0);
      a1 = weight.fma(x1, a1);
      a2 = weight.fma(x2, a2);
      a3 = weight.fma(x3, a3);
      weight = broadcast(weights[line + 1]);
      b0 = weight.fma(x0, b0);
      b1 = weight.fma(x1, b1);
      b2 = weight.fma(x2, b2);
      b3 = weight.fma(x3, b3);
      weight = broadcast(weights[line + 2]);
      c0 = weight.fma(x0, c0);
      c1 = weight.fma(x1, c1);
      c2 = weight.fma(x2, c2);
      c3 = weight.fma(x3, c3);
      weight = broadcast(weights[line + 3]);
      d0 = weight.fma(x0, d0);
      d1 = weight.fma(x1, d1);
      d2 = weight.fma(x2, d2);
      d3 = weight.fma(x3, d3);
    }
    a0.intoArray(out, outAt);
    a1.intoArray(out, outAt + LANES);
    a2.intoArray(out, outAt + 2 * LANES);
    a3.intoArray(out, outAt + 3 * LANES);
    b0.intoArray(out, outAt + outStep);
    b1.intoArray(out, outAt + outStep + LANES);
    b2.intoArray(out, outAt + outStep + 2 * LANES);
    b3.intoArray(out, outAt + outStep + 3 * LANES);
    c0.intoArray(out, outAt + 2 * outStep);
    c1.intoArray(out, outAt + 2 * outStep + LANES);
    c2.intoArray(out, outAt + 2 * outStep + 2 * LANES);
    c3.intoArray(out, outAt + 2 * outStep + 3 * LANES);
    d0.intoArray(out, outAt + 3 * outStep);
    d1.intoArray(out, outAt + 3 * outStep + LANES);
    d2.intoArray(out, outAt + 3 * outStep + 2 * LANES);
    d3.intoArray(out, outAt + 3 * outStep + 3 * LANES);
  }

  private static void fourByTwo(
      float[] in,
      int at,
      int[] offsets,
      float[] weights,
      int weightsAt,
      float[] out,
      int outAt,
      int outStep) {
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    for (int t = 0; t < offsets.length; t++) {
      int from = at + offsets[t];
      int line = weightsAt + 4 * t;
      FloatVector x0 = load(in, from);
      FloatVector x1 = load(in, from + LANES);
      FloatVector weight = broadcast(weights[line]);
      a0 = weight.fma(x0, a0);
      a1 = weight.fma(x1, a1);
      weight = broadcast(weights[line + 1]);
      b0 = weight.fma(x0, b0);
      b1 = weight.fma(x1, b1);
      weight = broadcast(weights[line + 2]);
      c0 = weight.fma(x0, c0);
      c1 = weight.fma(x1, c1);
      weight = broadcast(weights[line + 3]);
      d0 = weight.fma(x0, d0);
      d1 = weight.fma(x1, d1);
    }
    a0.intoArray(out, outAt);
    a1.intoArray(out, outAt + LANES);
    b0.intoArray(out, outAt + outStep);
    b1.intoArray(out, outAt + outStep + LANES);
    c0.intoArray(out, outAt + 2 * outStep);
    c1.intoArray(out, outAt + 2 * outStep + LANES);
    d0.intoArray(out, outAt + 3 * outStep);
    d1.intoArray(out, outAt + 3 * outStep + LANES);
  }

  private static void eightPlaces(
      float[] in,
      int at,
      int[] offsets,
      int step,
      float[] weights,
      int weightsAt,
      float[] out,
      int outAt,
      int channels) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    FloatVector s4 = s0;
    FloatVector s5 = s0;
    FloatVector s6 = s0;
    FloatVector s7 = s0;
    for (int t = 0; t < offsets.length; t++) {
      int from = at + offsets[t];
      FloatVector weight = load(weights, weightsAt + t * channels);
      s0 = weight.fma(load(in, from), s0);
      s1 = weight.fma(load(in, from + step), s1);
      s2 = weight.fma(load(in, from + 2 * step), s2);
      s3 = weight.fma(load(in, from + 3 * step), s3);
      s4 = weight.fma(load(in, from + 4 * step), s4);
      s5 = weight.fma(load(in, from + 5 * step), s5);
      s6 = weight.fma(load(in, from + 6 * step), s6);
      s7 = weight.fma(load(in, from + 7 * step), s7);
    }
    s0.intoArray(out, outAt);
    s1.intoArray(out, outAt + channels);
    s2.intoArray(out, outAt + 2 * channels);
    s3.intoArray(out, outAt + 3 * channels);
    s4.intoArray(out, outAt + 4 * channels);
    s5.intoArray(out, outAt + 5 * channels);
    s6.intoArray(out, outAt + 6 * channels);
    s7.intoArray(out, outAt + 7 * channels);
  }

  private static void fourPlaces(
      float[] in,
      int at,
      int[] offsets,
      int step,
      float[] weights,
      int weightsAt,
      float[] out,
      int outAt,
      int channels) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int t = 0; t < offsets.length; t++) {
      int from = at + offsets[t];
      FloatVector weight = load(weights, weightsAt + t * channels);
      s0 = weight.fma(load(in, from), s0);
      s1 = weight.fma(load(in, from + step), s1);
      s2 = weight.fma(load(in, from + 2 * step), s2);
      s3 = weight.fma(load(in, from + 3 * step), s3);
    }
    s0.intoArray(out, outAt);
    s1.intoArray(out, outAt + channels);
    s2.intoArray(out, outAt + 2 * channels);
    s3.intoArray(out, outAt + 3 * channels);
  }
}

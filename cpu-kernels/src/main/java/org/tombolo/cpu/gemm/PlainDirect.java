package org.tombolo.cpu.gemm;

/// Element by element, in plain Java.
final class PlainDirect implements DirectKernel {
  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public int slack() {
    return 0;
  }

  @Override
  public int placeSlack() {
    return 0;
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
    for (int f = 0; f < features; f++) {
      for (int p = 0; p < count; p++) {
        float sum = 0;
        for (int t = 0; t < offsets.length; t++) {
          sum = Math.fma(in[at + offsets[t] + p], weights[weightsAt + t * features + f], sum);
        }
        out[f * outStep + p] = sum;
      }
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
    for (int p = 0; p < count; p++) {
      for (int c = 0; c < channels; c++) {
        float sum = 0;
        for (int t = 0; t < offsets.length; t++) {
          sum =
              Math.fma(
                  in[at + offsets[t] + p * step + c], weights[weightsAt + t * channels + c], sum);
        }
        out[outAt + p * channels + c] = sum;
      }
    }
  }
}

package org.tombolo.peers;

import org.tombolo.peers.Numbers.Spread;

/// What the models are written with; each engine does it with the calls that its own users would
/// write. Images are `[n, channels, height, width]` and the weights of convolutions `[out, in,
/// size, size]` by name and order of their numbers; an engine may keep another layout inside.
///
/// An engine that builds graphs runs a model once, another one in each step: then what has a name
/// is made the first time alone.
interface Ops<T> {
  /// A fixed array that lies with the engine.
  T input(String name, long... shape);

  /// A fixed array `[n, channels, height, width]` that lies with the engine.
  T image(String name, int n, int channels, int height, int width);

  /// The class of each row.
  T labels(String name, int rows, int classes);

  /// What is learned.
  T parameter(String name, Spread spread, long... shape);

  T matmul(T a, T b);

  /// Products of `[b, h, m, k]` with `[b, h, k, n]`, or with `[b, h, n, k]` transposed.
  T batchMatmul(T a, T b, boolean transposed);

  T add(T a, T b);

  T mul(T a, T b);

  T scaled(T a, float factor);

  T tanh(T a);

  T sigmoid(T a);

  T relu(T a);

  /// Over the last axis.
  T softmax(T a);

  /// Over the last axis of `[rows, size]`, with parameters `name.scale` and `name.shift`.
  T layerNorm(T a, String name, int size);

  T reshape(T a, long... shape);

  T permute(T a, int... order);

  T sum(T a);

  /// `x` `[rows, in]` times `name.weights` `[in, out]` plus `name.bias` `[out]`.
  T dense(T x, String name, int in, int out);

  /// A dense layer on images, whose elements count in the order of their axes.
  T denseOfImage(T x, String name, int n, Conv.Size image, int out);

  T conv(T x, Conv conv);

  /// Of each channel, by its mean and variance in training and by 0 and 1 otherwise; in training
  /// these move towards those of the batch by a tenth.
  T batchNorm(T x, String name, int channels);

  /// The largest under a window that slides over an image.
  T maxPool(T x, int size, int stride, int pad);

  /// `[n, c, h, w]` to `[n, c]`.
  T meanOfImage(T x, int n, int channels);

  /// Mean over the rows of the cross entropy of their softmax.
  T crossEntropy(T scores, T labels);

  /// A convolution with weights `name.weights` and as many zeros around on each side.
  ///
  /// @param size side of the window
  /// @param bias whether `name.bias` is added
  record Conv(String name, int in, int out, int size, int stride, int pad, boolean bias) {
    /// Channels, height and width of an image.
    record Size(int channels, int height, int width) {
      int elements() {
        return channels * height * width;
      }
    }

    String weights() {
      return name + ".weights";
    }

    long[] shape() {
      return new long[] {out, in, size, size};
    }

    Spread spread() {
      return Spread.weights((long) in * size * size);
    }
  }
}

package org.tombolo.peers;

/// The models, each written once for all engines.
final class Models {
  private Models() {}

  /// A method of this class, by reference: a lambda cannot be generic.
  interface Model {
    <T> T build(Ops<T> ops);
  }

  static <T> T matmul(Ops<T> o) {
    return o.matmul(o.input("a", 1024, 1024), o.input("b", 1024, 1024));
  }

  static <T> T tallMatmul(Ops<T> o) {
    return o.matmul(o.input("a", 4096, 256), o.input("b", 256, 1024));
  }

  static <T> T elementwise(Ops<T> o) {
    T x = o.input("x", 2048, 2048);
    T a = o.input("a", 2048, 2048);
    T b = o.input("b", 2048, 2048);
    T c = o.input("c", 2048, 2048);
    return o.add(o.mul(o.tanh(o.add(o.mul(a, x), b)), o.sigmoid(x)), o.relu(c));
  }

  static <T> T softmax(Ops<T> o) {
    return o.softmax(o.input("x", 4096, 1024));
  }

  static <T> T layerNorm(Ops<T> o) {
    return o.layerNorm(o.input("x", 4096, 1024), "norm", 1024);
  }

  static <T> T conv(Ops<T> o) {
    return o.conv(o.image("x", 8, 64, 56, 56), new Ops.Conv("conv", 64, 64, 3, 1, 1, false));
  }

  /// The sum of a convolution times g: its gradients are those of the convolution for g.
  static <T> T convLoss(Ops<T> o) {
    return o.sum(o.mul(conv(o), o.image("g", 8, 64, 56, 56)));
  }

  static <T> T mlpLoss(Ops<T> o) {
    T h = o.relu(o.dense(o.input("x", 128, 784), "dense1", 784, 512));
    h = o.relu(o.dense(h, "dense2", 512, 512));
    return o.crossEntropy(o.dense(h, "dense3", 512, 10), o.labels("labels", 128, 10));
  }

  static <T> T cnnLoss(Ops<T> o) {
    T h = o.relu(o.conv(o.image("x", 64, 1, 28, 28), new Ops.Conv("conv1", 1, 32, 5, 1, 2, true)));
    h = o.maxPool(h, 2, 2, 0);
    h = o.relu(o.conv(h, new Ops.Conv("conv2", 32, 64, 5, 1, 2, true)));
    h = o.maxPool(h, 2, 2, 0);
    h = o.relu(o.denseOfImage(h, "dense1", 64, new Ops.Conv.Size(64, 7, 7), 512));
    return o.crossEntropy(o.dense(h, "dense2", 512, 10), o.labels("labels", 64, 10));
  }

  static <T> T resnet18Loss(Ops<T> o) {
    return o.crossEntropy(resnet(o, false, 8, 64, 10, 2, 2, 2, 2), o.labels("labels", 8, 10));
  }

  static <T> T resnet18(Ops<T> o) {
    return resnet(o, false, 1, 224, 1000, 2, 2, 2, 2);
  }

  static <T> T resnet50(Ops<T> o) {
    return resnet(o, true, 1, 224, 1000, 3, 4, 6, 3);
  }

  /// Residual networks (He et al., *Deep residual learning for image recognition*, CVPR 2016), with
  /// the stride of a bottleneck in its 3x3 convolution.
  private static <T> T resnet(
      Ops<T> o, boolean bottleneck, int n, int side, int classes, int... blocks) {
    T x = o.relu(normalized(o, o.image("x", n, 3, side, side), "stem", 3, 64, 7, 2));
    x = o.maxPool(x, 3, 2, 1);
    int in = 64;
    for (int stage = 0; stage < blocks.length; stage++) {
      int width = 64 << stage;
      int out = bottleneck ? width * 4 : width;
      for (int block = 0; block < blocks[stage]; block++) {
        String name = "stage" + stage + ".block" + block;
        int stride = stage > 0 && block == 0 ? 2 : 1;
        T y = x;
        if (bottleneck) {
          y = o.relu(normalized(o, y, name + ".conv1", in, width, 1, 1));
          y = o.relu(normalized(o, y, name + ".conv2", width, width, 3, stride));
          y = normalized(o, y, name + ".conv3", width, out, 1, 1);
        } else {
          y = o.relu(normalized(o, y, name + ".conv1", in, width, 3, stride));
          y = normalized(o, y, name + ".conv2", width, out, 3, 1);
        }
        boolean same = stride == 1 && in == out;
        x = o.relu(o.add(y, same ? x : normalized(o, x, name + ".shortcut", in, out, 1, stride)));
        in = out;
      }
    }
    return o.dense(o.meanOfImage(x, n, in), "classes", in, classes);
  }

  private static <T> T normalized(
      Ops<T> o, T x, String name, int in, int out, int size, int stride) {
    Ops.Conv conv = new Ops.Conv(name, in, out, size, stride, size / 2, false);
    return o.batchNorm(o.conv(x, conv), name + ".norm", out);
  }

  /// A block of an encoder, normalised first, without dropout: batch 4, 128 places, width 256, 4
  /// heads.
  static <T> T transformerBlock(Ops<T> o) {
    int batch = 4;
    int places = 128;
    int width = 256;
    int heads = 4;
    long rows = (long) batch * places;
    T x = o.input("x", rows, width);
    T normal = o.layerNorm(x, "norm1", width);
    T q = heads(o, o.dense(normal, "query", width, width), batch, places, heads);
    T k = heads(o, o.dense(normal, "key", width, width), batch, places, heads);
    T v = heads(o, o.dense(normal, "value", width, width), batch, places, heads);
    float scale = (float) (1 / Math.sqrt((double) width / heads));
    T weights = o.softmax(o.scaled(o.batchMatmul(q, k, true), scale));
    T mixed = o.permute(o.batchMatmul(weights, v, false), 0, 2, 1, 3);
    T own = o.dense(o.reshape(mixed, rows, width), "mixed", width, width);
    T h = o.add(x, own);
    T wide = o.relu(o.dense(o.layerNorm(h, "norm2", width), "wide", width, 4 * width));
    return o.add(h, o.dense(wide, "narrow", 4 * width, width));
  }

  private static <T> T heads(Ops<T> o, T x, int batch, int places, int heads) {
    return o.permute(o.reshape(x, batch, places, heads, 256 / heads), 0, 2, 1, 3);
  }

  static <T> T smallMlp(Ops<T> o) {
    T h = o.relu(o.dense(o.input("x", 1, 784), "dense1", 784, 32));
    return o.softmax(o.dense(h, "dense2", 32, 10));
  }
}

package org.tombolo.graph;

import java.util.List;

/// Composites that bring the elements of a float tensor to mean 0 and variance 1 (or mean square 1)
/// over some axes, then scale and shift them by learned numbers: `(x - mean) / sqrt(variance +
/// epsilon) * scale + shift`.
///
/// The variance is the mean of `(x - mean)^2`, in a second pass: the difference of the mean square
/// and the squared mean would lose all digits where the mean is large. Types narrower than f32 are
/// computed in f32.
///
/// | form          | means are over                        | scale and shift           |
/// |---------------|---------------------------------------|---------------------------|
/// | [LayerNorm]   | the axes from one to the last         | for each element of those |
/// | [RmsNorm]     | the same, without mean and shift      | for each element of those |
/// | [BatchNorm]   | all axes but that of channels         | for each channel          |
/// | [GroupNorm]   | a group of channels of one example    | for each channel          |
public sealed interface Normalization extends Composite {

  /// First of the normalised axes, or the axis of channels.
  int axis();

  /// Added to the variance, above 0.
  double epsilon();

  @Override
  default Node decompose(List<Node> in) {
    Normalized rows = Normalized.of(this, in.get(0));
    Node scaled = rows.normal().mul(rows.layout().repeat(in.get(1)));
    Node shifted = in.size() == 2 ? scaled : scaled.add(rows.layout().repeat(in.get(2)));
    return shifted.reshape(in.get(0).shape()).cast(in.get(0).dtype());
  }

  /// Normalises over the axes from one to the last (Ba, Kiros and Hinton, *Layer normalization*,
  /// 2016). Operands: x `float[.., d..]`, scale and shift `float[d..]`; result as x.
  ///
  /// @param axis first of the axes that are normalised over
  /// @param epsilon added to the variance, above 0
  record LayerNorm(int axis, double epsilon) implements Normalization {
    /// Checks epsilon.
    public LayerNorm {
      requireEpsilon("layer_norm", epsilon);
    }

    @Override
    public String name() {
      return "layer_norm";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      return inferTrailing(this, in, 3, "scale and shift");
    }
  }

  /// Brings the mean square over the axes from one to the last to 1: `x / sqrt(mean(x^2) + epsilon)
  /// * scale` (Zhang and Sennrich, *Root mean square layer normalization*, NeurIPS 2019). Operands:
  ///   x `float[.., d..]`, scale `float[d..]`; result as x.
  ///
  /// @param axis first of the axes that are normalised over
  /// @param epsilon added to the mean square, above 0
  record RmsNorm(int axis, double epsilon) implements Normalization {
    /// Checks epsilon.
    public RmsNorm {
      requireEpsilon("rms_norm", epsilon);
    }

    @Override
    public String name() {
      return "rms_norm";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      return inferTrailing(this, in, 2, "scale");
    }
  }

  /// Normalises each channel over the batch, as in training (Ioffe and Szegedy, *Batch
  /// normalization*, ICML 2015). The variance is that of these elements: divided by their number,
  /// not by one less. Operands: x, scale and shift `float[c]`; result as x.
  ///
  /// @param axis of the channels
  /// @param epsilon added to the variance, above 0
  record BatchNorm(int axis, double epsilon) implements Normalization {
    /// Checks epsilon.
    public BatchNorm {
      requireEpsilon("batch_norm", epsilon);
    }

    @Override
    public String name() {
      return "batch_norm";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      return inferChannels(this, in, 3, "scale and shift");
    }
  }

  /// Normalises each channel by a mean and a variance that are given, as after training. Operands:
  /// x, then scale, shift, mean and variance `float[c]`; result as x.
  ///
  /// @param axis of the channels
  /// @param epsilon added to the variance, above 0
  record BatchNormInference(int axis, double epsilon) implements Normalization {
    /// Checks epsilon.
    public BatchNormInference {
      requireEpsilon("batch_norm_inference", epsilon);
    }

    @Override
    public String name() {
      return "batch_norm_inference";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      return inferChannels(this, in, 5, "scale, shift, mean and variance");
    }

    @Override
    public Node decompose(List<Node> in) {
      Normalized.Layout layout = Normalized.layout(this, in.get(0).shape());
      Node root = Normalized.wide(in.get(4)).add(epsilon).sqrt();
      return Normalized.wide(in.get(0))
          .sub(layout.repeat(in.get(3)))
          .mul(layout.repeat(Normalized.wide(in.get(1)).div(root)))
          .add(layout.repeat(in.get(2)))
          .cast(in.get(0).dtype());
    }
  }

  /// Normalises each example over groups of neighbouring channels and all axes but the first (Wu
  /// and He, *Group normalization*, ECCV 2018). With as many groups as channels this is [instance
  /// normalization][#instance]. Operands: x `float[n, ..]`, scale and shift `float[c]`; result as
  /// x.
  ///
  /// @param axis of the channels, not 0
  /// @param groups a divisor of the number of channels
  /// @param epsilon added to the variance, above 0
  record GroupNorm(int axis, int groups, double epsilon) implements Normalization {
    /// Checks epsilon.
    public GroupNorm {
      requireEpsilon("group_norm", epsilon);
    }

    /// Instance normalization (Ulyanov, Vedaldi and Lempitsky, *Instance normalization*, 2016):
    /// each channel of each example by itself.
    ///
    /// @param axis of the channels, not 0
    /// @param channels how many there are
    /// @param epsilon added to the variance, above 0
    public static GroupNorm instance(int axis, int channels, double epsilon) {
      return new GroupNorm(axis, channels, epsilon);
    }

    @Override
    public String name() {
      return "group_norm";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      TensorType out = inferChannels(this, in, 3, "scale and shift");
      if (axis == 0 || groups < 1 || out.dim(axis) % groups != 0) {
        throw new ShapeException(
            "group_norm: x is %s, axis is %d, groups is %d; need an axis past 0 and a divisor of it"
                .formatted(out, axis, groups),
            "1 group, or as many as channels");
      }
      return out;
    }
  }

  private static TensorType inferTrailing(
      Normalization form, List<TensorType> in, int count, String others) {
    boolean fits =
        in.size() == count
            && in.get(0).dtype().isFloat()
            && form.axis() >= 0
            && form.axis() < in.get(0).rank();
    if (fits) {
      List<Long> extents = in.get(0).shape().toList().subList(form.axis(), in.get(0).rank());
      TensorType learned = in.get(0).withShape(Shape.of(extents));
      fits = in.stream().skip(1).allMatch(learned::equals);
    }
    return required(
        fits,
        "%s: operands are %s, axis is %d; need x float[..] with that axis, then %s of its extents"
                .formatted(form.name(), in, form.axis(), others)
            + " from there on",
        in,
        "the last axis, rank - 1");
  }

  private static TensorType inferChannels(
      Normalization form, List<TensorType> in, int count, String others) {
    boolean fits =
        in.size() == count
            && in.get(0).dtype().isFloat()
            && in.get(0).rank() >= 2
            && form.axis() >= 0
            && form.axis() < in.get(0).rank();
    if (fits) {
      TensorType learned = in.get(0).withShape(Shape.of(in.get(0).dim(form.axis())));
      fits = in.stream().skip(1).allMatch(learned::equals);
    }
    return required(
        fits,
        "%s: operands are %s, axis is %d; need x float of rank 2 or more with that axis, then %s"
                .formatted(form.name(), in, form.axis(), others)
            + " float[c] of its extent",
        in,
        "axis 1 for [n,c,h,w], the last axis for [n,h,w,c]");
  }

  private static TensorType required(
      boolean fits, String problem, List<TensorType> in, String remedy) {
    if (!fits) {
      throw new ShapeException(problem, remedy);
    }
    return in.get(0);
  }

  private static void requireEpsilon(String name, double epsilon) {
    if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
      throw new ShapeException(
          "%s: epsilon is %s; need a number above 0".formatted(name, epsilon), "1e-5");
    }
  }
}

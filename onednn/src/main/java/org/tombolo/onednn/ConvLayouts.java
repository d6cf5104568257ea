package org.tombolo.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// A convolution as one of the three passes of a layer: forward, the gradient of the images, or
/// that of the kernel. In all of them `images` are `[n, c, spatial..]`, `kernel` is `[o, i,
/// spatial..]` or, with groups, `[g, o, i, spatial..]`, and `places` are `[n, o, spatial..]`; they
/// differ in which one is computed.
///
/// @param pass which
/// @param images of the layer, or their gradient
/// @param kernel of the layer, or its gradient
/// @param places the layer's result, or its gradient
/// @param stride from one place to the next
/// @param dilation distance between window positions, 0 where they are neighbours
/// @param padLow positions before the first element
/// @param padHigh positions after the last one
record ConvLayouts(
    Pass pass,
    Layout images,
    Layout kernel,
    Layout places,
    List<Long> stride,
    List<Long> dilation,
    List<Long> padLow,
    List<Long> padHigh) {

  /// What of a layer is computed.
  enum Pass {
    FORWARD,
    TO_IMAGES,
    TO_KERNEL
  }

  private static final int MOST_SPATIAL_AXES = 3;

  /// All passes that an operation can be taken for.
  static List<ConvLayouts> of(Op.Conv op, TensorType x, TensorType w) {
    int spatial = op.dims().spatialRank();
    if (spatial < 1 || spatial > MOST_SPATIAL_AXES) {
      return List.of();
    }
    TensorType out = op.infer(List.of(x, w));
    List<ConvLayouts> found = new ArrayList<>();
    forward(op, x, w, out).ifPresent(found::add);
    toImages(op, x, w, out).ifPresent(found::add);
    toKernel(op, x, w, out).ifPresent(found::add);
    return found;
  }

  private static boolean isSymmetric(Op.Conv op) {
    return op.window().stream().allMatch(window -> window.size() == 1);
  }

  private static Optional<ConvLayouts> forward(
      Op.Conv op, TensorType x, TensorType w, TensorType out) {
    boolean dilates = op.window().stream().anyMatch(window -> window.baseDilation() != 1);
    if (dilates || (op.reversed() && !isSymmetric(op))) {
      return Optional.empty();
    }
    ConvDims dims = op.dims();
    return layouts(
        Pass.FORWARD,
        features(x, dims.lhsBatch(), group(dims, ConvDims.Group::lhs), dims.lhsFeature()),
        kernel(w, group(dims, ConvDims.Group::rhs), dims.rhsOut(), dims.rhsIn()),
        features(out, dims.outBatch(), group(dims, ConvDims.Group::out), dims.outFeature()),
        spatial(x, dims.lhsSpatial()),
        spatial(w, dims.rhsSpatial()),
        spatial(out, dims.outSpatial()),
        op.window().stream().map(WindowDim::stride).toList(),
        op.window().stream().map(WindowDim::windowDilation).toList(),
        op.window().stream().map(WindowDim::padLow).toList());
  }

  /// The operation slides over the gradient of the places, dilated by the layer's stride, with the
  /// kernel reversed.
  private static Optional<ConvLayouts> toImages(
      Op.Conv op, TensorType x, TensorType w, TensorType out) {
    boolean strides = op.window().stream().anyMatch(window -> window.stride() != 1);
    if (strides || (!op.reversed() && !isSymmetric(op))) {
      return Optional.empty();
    }
    ConvDims dims = op.dims();
    return layouts(
        Pass.TO_IMAGES,
        features(out, dims.outBatch(), group(dims, ConvDims.Group::out), dims.outFeature()),
        kernel(w, group(dims, ConvDims.Group::rhs), dims.rhsIn(), dims.rhsOut()),
        features(x, dims.lhsBatch(), group(dims, ConvDims.Group::lhs), dims.lhsFeature()),
        spatial(out, dims.outSpatial()),
        spatial(w, dims.rhsSpatial()),
        spatial(x, dims.lhsSpatial()),
        op.window().stream().map(WindowDim::baseDilation).toList(),
        op.window().stream().map(WindowDim::windowDilation).toList(),
        op.window().stream().map(window -> window.span() - 1 - window.padLow()).toList());
  }

  /// The operation slides the gradient of the places over the images, sums over what the layer
  /// calls images, and gives a place for each position of the layer's window.
  private static Optional<ConvLayouts> toKernel(
      Op.Conv op, TensorType x, TensorType w, TensorType out) {
    boolean dilates = op.window().stream().anyMatch(window -> window.baseDilation() != 1);
    if (dilates || op.reversed()) {
      return Optional.empty();
    }
    ConvDims dims = op.dims();
    return layouts(
        Pass.TO_KERNEL,
        features(x, dims.lhsFeature(), group(dims, ConvDims.Group::lhs), dims.lhsBatch()),
        kernel(out, group(dims, ConvDims.Group::out), dims.outFeature(), dims.outBatch()),
        features(w, dims.rhsIn(), group(dims, ConvDims.Group::rhs), dims.rhsOut()),
        spatial(x, dims.lhsSpatial()),
        spatial(out, dims.outSpatial()),
        spatial(w, dims.rhsSpatial()),
        op.window().stream().map(WindowDim::windowDilation).toList(),
        op.window().stream().map(WindowDim::stride).toList(),
        op.window().stream().map(WindowDim::padLow).toList());
  }

  private static Optional<Integer> group(ConvDims dims, Function<ConvDims.Group, Integer> role) {
    return dims.group().map(role);
  }

  /// `[n, c]`, where `c` counts the features of all groups; nothing if these do not lie at equal
  /// steps.
  private static Optional<List<Layout.Axis>> features(
      TensorType type, int outer, Optional<Integer> group, int inner) {
    List<Integer> all = group.map(g -> List.of(g, inner)).orElseGet(() -> List.of(inner));
    return Layout.merged(type, all).map(merged -> List.of(Layout.axis(type, outer), merged));
  }

  private static Optional<List<Layout.Axis>> kernel(
      TensorType type, Optional<Integer> group, int out, int in) {
    List<Layout.Axis> axes = new ArrayList<>();
    group.ifPresent(g -> axes.add(Layout.axis(type, g)));
    axes.add(Layout.axis(type, out));
    axes.add(Layout.axis(type, in));
    return Optional.of(axes);
  }

  private static List<Layout.Axis> spatial(TensorType type, List<Integer> axes) {
    return axes.stream().map(axis -> Layout.axis(type, axis)).toList();
  }

  private static Optional<ConvLayouts> layouts(
      Pass pass,
      Optional<List<Layout.Axis>> images,
      Optional<List<Layout.Axis>> kernel,
      Optional<List<Layout.Axis>> places,
      List<Layout.Axis> imageSpace,
      List<Layout.Axis> kernelSpace,
      List<Layout.Axis> placeSpace,
      List<Long> stride,
      List<Long> dilation,
      List<Long> padLow) {
    if (images.isEmpty() || kernel.isEmpty() || places.isEmpty()) {
      return Optional.empty();
    }
    List<Long> padHigh = new ArrayList<>();
    for (int i = 0; i < imageSpace.size(); i++) {
      long span = (kernelSpace.get(i).extent() - 1) * dilation.get(i) + 1;
      long reached = (placeSpace.get(i).extent() - 1) * stride.get(i) + span - padLow.get(i);
      long high = Math.max(0, reached - imageSpace.get(i).extent());
      long fits = (imageSpace.get(i).extent() + padLow.get(i) + high - span) / stride.get(i) + 1;
      if (padLow.get(i) < 0 || fits != placeSpace.get(i).extent()) {
        return Optional.empty();
      }
      padHigh.add(high);
    }
    return Optional.of(
        new ConvLayouts(
            pass,
            joined(images.get(), imageSpace),
            joined(kernel.get(), kernelSpace),
            joined(places.get(), placeSpace),
            stride,
            dilation.stream().map(d -> d - 1).toList(),
            padLow,
            padHigh));
  }

  private static Layout joined(List<Layout.Axis> first, List<Layout.Axis> rest) {
    List<Layout.Axis> all = new ArrayList<>(first);
    all.addAll(rest);
    return Layout.of(all);
  }
}

package org.tombolo.opencl.contraction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.Steps;

/// What is decided before any kernel runs; needs no device.
class ContractionTest {
  private static final DeviceLimits LIMITS = new DeviceLimits(16, 1024, 1 << 20, 16, false);
  private static final Op.Dot PRODUCT = new Op.Dot(List.of(), List.of(), List.of(1), List.of(0));

  private static Op.Conv square(int size, int pad) {
    WindowDim window = WindowDim.of(size, 1, pad, pad);
    return new Op.Conv(List.of(window, window), false, ConvDims.channelsLast(2));
  }

  @Test
  void aOneByOneConvolutionIsAMatrixProduct() {
    Contraction form =
        Contraction.of(square(1, 0), TensorType.f32(8, 14, 14, 64), TensorType.f32(1, 1, 64, 32));
    assertEquals(
        Contraction.of(PRODUCT, TensorType.f32(8 * 14 * 14, 64), TensorType.f32(64, 32)), form);
  }

  @Test
  void aConvolutionWithoutPaddingHasNoWindows() {
    Contraction form =
        Contraction.of(square(3, 0), TensorType.f32(8, 14, 14, 64), TensorType.f32(3, 3, 64, 32));
    assertEquals(List.of(), form.windows());
    assertEquals(2, form.depth().size(), "columns of the window and features are one run");
  }

  @Test
  void ofPaddedImagesWithChannelsLastAWholeWindowRowIsOneRun() {
    Contraction form =
        Contraction.of(square(5, 2), TensorType.f32(8, 14, 14, 16), TensorType.f32(5, 5, 16, 32));
    assertEquals(80, new PackCode(form, "a", true, 16).contiguousElements());
    assertTrue(form.aRunsAlongDepth());
  }

  @Test
  void ofImagesWithOneFeatureRowsOfPlacesAreTheLongerRuns() {
    Contraction form =
        Contraction.of(square(5, 2), TensorType.f32(8, 28, 28, 1), TensorType.f32(5, 5, 1, 16));
    assertEquals(28, new PackCode(form, "a", false, 16).contiguousElements());
    assertFalse(form.aRunsAlongDepth());
  }

  @ParameterizedTest
  @EnumSource
  void workingMemoryOfALargeConvolutionIsBounded(Dialect dialect) {
    TensorType x = TensorType.f32(256, 112, 112, 64);
    Steps forward =
        Contractions.conv(
                square(3, 1), x, TensorType.f32(3, 3, 64, 64), dialect, LIMITS, Blockings.USUAL)
            .orElseThrow();
    WindowDim slides = WindowDim.of(112, 1, 1, 1);
    Op.Conv kernelGradient =
        new Op.Conv(
            List.of(slides, slides),
            false,
            new ConvDims(3, 0, List.of(1, 2), 0, 3, List.of(1, 2), 2, 3, List.of(0, 1)));
    Steps backward =
        Contractions.conv(
                kernelGradient,
                x,
                TensorType.f32(256, 112, 112, 64),
                dialect,
                LIMITS,
                Blockings.USUAL)
            .orElseThrow();
    for (Steps steps : List.of(forward, backward)) {
      assertTrue(
          steps.scratchBytes() <= 2 * SimdContraction.SLAB_BYTES,
          "working memory of " + steps.scratchBytes() + " bytes");
    }
  }

  @ParameterizedTest
  @EnumSource
  void otherElementTypesAreLeftToOthers(Dialect dialect) {
    assertEquals(
        Optional.empty(),
        Contractions.dot(
            PRODUCT,
            TensorType.of(DType.F64, 2, 3),
            TensorType.of(DType.F64, 3, 4),
            dialect,
            LIMITS,
            Blockings.USUAL));
  }

  @ParameterizedTest
  @EnumSource
  void anEmptyResultNeedsNoLaunch(Dialect dialect) {
    assertEquals(
        Optional.of(new Steps(List.of(), 0)),
        Contractions.dot(
            PRODUCT, TensorType.f32(0, 3), TensorType.f32(3, 4), dialect, LIMITS, Blockings.USUAL));
  }
}

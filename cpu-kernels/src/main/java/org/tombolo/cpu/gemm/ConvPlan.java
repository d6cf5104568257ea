package org.tombolo.cpu.gemm;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A convolution: copies as many images as there is room for to where windows can be read in place,
/// and multiplies the windows with the kernel.
final class ConvPlan implements ContractionPlan {
  /// Multiplications that copying a float is worth.
  private static final double COPY_WORK = 16;

  private final Operands operands;
  private final Crew crew;
  private final ImageCopy copy;
  private final int imagesAtOnce;
  private final long images;
  private final long outStep;
  private final List<Product> products;
  private final List<Product> lastProducts;
  private final Optional<PaddingRepair> repair;

  /// @param op how the window slides
  /// @param operands types of operands and result
  /// @param kernels compute tiles
  /// @param crew shares work and memory
  /// @throws IllegalArgumentException if the windows of one image look at 2^31 elements or more
  ConvPlan(Op.Conv op, Operands operands, MicroKernels kernels, Crew crew) {
    this.operands = operands;
    this.crew = crew;
    TensorType x = operands.a();
    ConvLowering lowering = new ConvLowering(op, x, operands.b());
    copy = new ImageCopy(op, x, lowering);
    long imageSize = copy.imageSize();
    if (imageSize > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException(
          "conv: windows over images %s look at %d elements of each; need fewer than 2^31\n"
                  .formatted(x, imageSize)
              + "  try: slice(...) the images into parts that overlap by the window's span");
    }
    images = x.dim(op.dims().lhsBatch());
    outStep = operands.out().shape().strides()[op.dims().outBatch()];
    long room = Math.max(1, Blocking.IMAGE_FLOATS / Math.max(1, imageSize));
    imagesAtOnce = (int) Math.min(Math.max(1, images), room);
    products = products(lowering, imagesAtOnce, kernels);
    lastProducts = products(lowering, images % imagesAtOnce, kernels);
    repair = PaddingRepair.where(lowering.looksOutside(), op, x, operands.b());
  }

  private List<Product> products(ConvLowering lowering, long count, MicroKernels kernels) {
    return lowering.parts(count, copy.strides()).stream()
        .map(part -> new Product(part, kernels, crew))
        .toList();
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public void run(MemorySegment a, MemorySegment b, MemorySegment out, MemorySegment scratch) {
    operands.require(a, b, out);
    int floats = Math.toIntExact(imagesAtOnce * copy.imageSize());
    crew.pool()
        .withImages(
            floats,
            array -> {
              LeftOperand left = new LeftOperand.Images(array);
              for (long first = 0; first < images; first += imagesAtOnce) {
                int count = (int) Math.min(imagesAtOnce, images - first);
                double work = COPY_WORK * count * copy.imageSize();
                copy.run(a, first, count, array, (tasks, body) -> crew.share(work, tasks, body));
                for (Product product : count == imagesAtOnce ? products : lastProducts) {
                  product.run(left, b, out, first * outStep);
                }
              }
            });
    repair.ifPresent(padding -> padding.run(a, b, out, crew.team()));
  }
}

package org.tombolo.onednn;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.cpu.provider.KernelProvider;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Products and convolutions with their gradients of single-precision tensors by oneDNN. Its
/// softmax is left alone: it makes zeros of NaN.
///
/// A primitive works on tensors as they lie in memory, or on copies in forms of its own, whichever
/// is faster. Sums are taken in the library's order: equal from run to run, and different from that
/// of our own kernels.
public final class OneDnn implements KernelProvider {
  private @Nullable Dnnl dnnl;
  private @Nullable String missing;

  /// Loads nothing yet.
  public OneDnn() {}

  @Override
  public String name() {
    return "onednn";
  }

  @Override
  public synchronized Optional<String> missing() {
    if (dnnl == null && missing == null) {
      try {
        dnnl = new Dnnl(NativeLibrary.load());
      } catch (IOException | RuntimeException | LinkageError e) {
        missing =
            "oneDNN cannot be loaded: %s\n  try: org.bytedeco:dnnl with the classifier of this platform"
                .formatted(e.getMessage());
      }
    }
    return Optional.ofNullable(missing);
  }

  @Override
  public List<HostKernel> kernels(Op op, List<TensorType> operands, int threads) {
    Dnnl library;
    synchronized (this) {
      library = dnnl;
    }
    if (library == null) {
      throw new IllegalStateException("onednn: not loaded; need missing() to be asked first");
    }
    if (operands.stream().anyMatch(type -> type.dtype() != DType.F32 || type.size() == 0)) {
      return List.of();
    }
    library.useThreads(threads);
    Making making = new Making(library, threads);
    if (op instanceof Op.Dot dot) {
      return making.dot(dot, operands.get(0), operands.get(1));
    }
    if (op instanceof Op.Conv conv) {
      return making.conv(conv, operands.get(0), operands.get(1));
    }
    return List.of();
  }

  /// Kernels for some number of threads.
  private record Making(Dnnl dnnl, int threads) {

    List<HostKernel> dot(Op.Dot op, TensorType a, TensorType b) {
      List<HostKernel> kernels = new ArrayList<>();
      DotLayouts.of(op, a, b)
          .ifPresent(layouts -> {
            MemorySegment left = dnnl.description(layouts.a());
            MemorySegment right = dnnl.description(layouts.b());
            MemorySegment out = dnnl.description(layouts.out());
            dnnl.product(left, right, out)
                .flatMap(description ->
                    PrimitiveKernel.of(
                        dnnl,
                        threads,
                        description,
                        List.of(
                            new PrimitiveKernel.Argument(Dnnl.SOURCE, left, left),
                            new PrimitiveKernel.Argument(Dnnl.WEIGHTS, right, right)),
                        new PrimitiveKernel.Argument(Dnnl.DESTINATION, out, out)))
                .ifPresent(kernels::add);
          });
      return kernels;
    }

    List<HostKernel> conv(Op.Conv op, TensorType x, TensorType w) {
      List<HostKernel> kernels = new ArrayList<>();
      for (ConvLayouts layouts : ConvLayouts.of(op, x, w)) {
        for (Freedom freedom : Freedom.values()) {
          conv(layouts, freedom).ifPresent(kernels::add);
        }
      }
      return kernels;
    }

    /// Which tensors a convolution may want in a form of its own.
    private enum Freedom {
      NONE,
      KERNEL,
      ALL
    }

    private Optional<HostKernel> conv(ConvLayouts layouts, Freedom freedom) {
      MemorySegment images = dnnl.description(layouts.images());
      MemorySegment kernel = dnnl.description(layouts.kernel());
      MemorySegment places = dnnl.description(layouts.places());
      boolean freeKernel = freedom != Freedom.NONE;
      boolean freeAll = freedom == Freedom.ALL;
      Optional<MemorySegment> made =
          dnnl.convolution(
              layouts,
              freeAll ? dnnl.anyDescription(layouts.images()) : images,
              freeKernel ? dnnl.anyDescription(layouts.kernel()) : kernel,
              freeAll ? dnnl.anyDescription(layouts.places()) : places);
      return made.flatMap(description ->
          switch (layouts.pass()) {
            case FORWARD ->
                PrimitiveKernel.of(
                    dnnl,
                    threads,
                    description,
                    List.of(
                        argument(description, Dnnl.SOURCE, images, Dnnl.Query.SOURCE),
                        argument(description, Dnnl.WEIGHTS, kernel, Dnnl.Query.WEIGHTS)),
                    argument(description, Dnnl.DESTINATION, places, Dnnl.Query.DESTINATION));
            case TO_IMAGES ->
                PrimitiveKernel.of(
                    dnnl,
                    threads,
                    description,
                    List.of(
                        argument(
                            description,
                            Dnnl.DIFF_DESTINATION,
                            places,
                            Dnnl.Query.DIFF_DESTINATION),
                        argument(description, Dnnl.WEIGHTS, kernel, Dnnl.Query.WEIGHTS)),
                    argument(description, Dnnl.DIFF_SOURCE, images, Dnnl.Query.DIFF_SOURCE));
            case TO_KERNEL ->
                PrimitiveKernel.of(
                    dnnl,
                    threads,
                    description,
                    List.of(
                        argument(description, Dnnl.SOURCE, images, Dnnl.Query.SOURCE),
                        argument(
                            description,
                            Dnnl.DIFF_DESTINATION,
                            places,
                            Dnnl.Query.DIFF_DESTINATION)),
                    argument(description, Dnnl.DIFF_WEIGHTS, kernel, Dnnl.Query.DIFF_WEIGHTS));
          });
    }

    private PrimitiveKernel.Argument argument(
        MemorySegment description, int name, MemorySegment given, Dnnl.Query wanted) {
      return new PrimitiveKernel.Argument(name, given, dnnl.wanted(description, wanted));
    }
  }
}

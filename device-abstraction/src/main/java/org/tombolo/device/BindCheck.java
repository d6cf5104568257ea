package org.tombolo.device;

import java.util.List;
import org.tombolo.graph.TensorType;

/// Whether memory fits the region that it is bound to.
///
/// @param region name for messages
/// @param executable compiled region
/// @param alignment of the device
record BindCheck(String region, Executable executable, int alignment) {
  void check(Kernel kernel, List<Slice> inputs, List<Slice> outputs, Slice scratch) {
    requireTypes("input", inputs, kernel.inputs());
    requireTypes("output", outputs, kernel.outputs());
    long working = executable.scratchBytes();
    require(
        scratch.bytes() >= working,
        "working memory of %d bytes; need %d".formatted(scratch.bytes(), working));
    requireAligned(working == 0, "the working memory", scratch);
    for (int i = 0; i < outputs.size(); i++) {
      for (int k = 0; k < inputs.size(); k++) {
        boolean replaces = outputs.get(i).equals(inputs.get(k)) && executable.inPlace(i, k);
        requireApart(replaces, "output " + i, outputs.get(i), "input " + k, inputs.get(k));
      }
      for (int k = 0; k < i; k++) {
        requireApart(false, "output " + i, outputs.get(i), "output " + k, outputs.get(k));
      }
      requireApart(working == 0, "output " + i, outputs.get(i), "the working memory", scratch);
    }
    for (int k = 0; k < inputs.size(); k++) {
      requireApart(working == 0, "input " + k, inputs.get(k), "the working memory", scratch);
    }
  }

  private void requireTypes(String what, List<Slice> slices, List<TensorType> types) {
    require(
        slices.size() == types.size(),
        "%d %ss; need %d: %s".formatted(slices.size(), what, types.size(), types));
    for (int i = 0; i < types.size(); i++) {
      Slice slice = slices.get(i);
      require(
          slice.bytes() == types.get(i).bytes(),
          "%s %d has %d bytes; need %d for %s"
              .formatted(what, i, slice.bytes(), types.get(i).bytes(), types.get(i)));
      requireAligned(false, what + " " + i, slice);
    }
  }

  private void requireAligned(boolean unused, String what, Slice slice) {
    require(
        unused || slice.offset() % alignment == 0,
        "%s begins at byte %d; need a multiple of %d".formatted(what, slice.offset(), alignment));
  }

  private void requireApart(boolean allowed, String what, Slice a, String other, Slice b) {
    require(
        allowed || !a.overlaps(b), "%s overlaps %s; need memory of its own".formatted(what, other));
  }

  private void require(boolean fits, String problem) {
    if (!fits) {
      throw new IllegalArgumentException(
          "bind %s: %s\n  try: aligned ranges of exactly these sizes, apart from each other"
              .formatted(region, problem));
    }
  }
}

package org.tombolo.opencl.kernel;

/// What a kernel gets for one of its parameters, or, for memory, for two.
///
/// Memory is a whole buffer plus the place in it. So each parameter that points to global memory is
/// directly followed by a parameter `long` which holds the offset of the first element **in
/// bytes**; one [Input], [Output] or [Scratch] sets both. The kernel adds it once, at its top:
///
/// ```c
/// kernel void twice(global const char *x_base, const long x_at,
///                   global char *y_base, const long y_at) {
///   global const float *x = (global const float *)(x_base + x_at);
///   global float *y = (global float *)(y_base + y_at);
/// ```
///
/// Offsets are multiples of 128. An output may lie in the memory of an input where the region's
/// executable allows it, so such a pair is not `restrict`.
public sealed interface Arg {

  /// Memory of an input of the region, with its offset.
  ///
  /// @param index position among the inputs
  record Input(int index) implements Arg {}

  /// Memory of an output of the region, with its offset.
  ///
  /// @param index position among the outputs
  record Output(int index) implements Arg {}

  /// A part of the launch's working memory, with its offset.
  ///
  /// @param offset first byte within the working memory, a multiple of 128
  /// @param bytes length
  record Scratch(long offset, long bytes) implements Arg {
    /// Checks the alignment.
    public Scratch {
      if (offset < 0 || offset % ALIGNMENT != 0 || bytes < 0) {
        throw new IllegalArgumentException(
            "scratch: %d bytes at %d; need an offset that is a multiple of %d"
                .formatted(bytes, offset, ALIGNMENT));
      }
    }
  }

  /// A parameter `int`.
  record IntArg(int value) implements Arg {}

  /// A parameter `long`.
  record LongArg(long value) implements Arg {}

  /// A parameter `float`.
  record FloatArg(float value) implements Arg {}

  /// A pointer to local memory of each work-group.
  ///
  /// @param bytes length, at least 1
  record Local(long bytes) implements Arg {}

  /// What offsets of memory are multiples of, in bytes: the size of the widest OpenCL vector.
  long ALIGNMENT = 128;

  /// Rounds a number of bytes up to the next place where memory may begin.
  static long align(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}

package org.tombolo.cpu.gemm;

/// What is to be done with the elements of a result in the memory where they lie, once each.
///
/// Whoever computes the result calls [#range] for ranges that together are all of it, from any
/// thread, while they are still in its caches; or [#all] at the end, never both.
public interface Finish {
  /// Finishes consecutive elements, on the calling thread.
  ///
  /// @param from first element
  /// @param to one past the last one
  void range(long from, long to);

  /// Finishes the whole result.
  void all();
}

package org.tombolo.opencl.kernel;

/// How kernels for a device are written. The same arithmetic needs two shapes: on a processor a
/// kernel in the style of a graphics processor runs at a few percent of the speed of the other.
public enum Dialect {
  /// For processors: explicit vectors inside a work-item, work-groups of one wherever a kernel has
  /// a loop, no barriers, contiguous memory per work-item.
  SIMD,
  /// For graphics processors: many work-items, neighbours on neighbouring memory, local memory and
  /// barriers inside a work-group.
  SIMT
}

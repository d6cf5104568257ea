package org.tombolo.opencl.kernel;

/// What kernels may ask of a device.
///
/// @param units parallel compute units
/// @param maxWorkGroupSize most work-items of one work-group
/// @param localMemoryBytes local memory of one work-group
/// @param floatLanes single-precision lanes of a vector register: 8 with AVX2, 16 with AVX-512, 1
///   on most graphics processors
/// @param fp64 whether double precision works
public record DeviceLimits(
    int units, int maxWorkGroupSize, long localMemoryBytes, int floatLanes, boolean fp64) {}

/// The OpenCL driver: every OpenCL 1.2+ device of every platform, its kernel generator and its
/// kernel library. Nothing outside this package sees JOCL.
///
/// Kernels are built without relaxed arithmetic, and generated loops without contraction of
/// products and sums, so that a loop gives the same numbers however it is fused. Functions are as
/// exact as OpenCL 1.2 asks of the device (specification, section 7.4). Numbers below the normal
/// range stay or become zero as the device has it; PoCL keeps them. Half-width floats are storage:
/// kernels compute in single precision and round what they store. Sums run in an order that depends
/// on shapes alone.
///
/// Built programs are kept in memory. On disk they are kept by the OpenCL runtime: PoCL in
/// `POCL_CACHE_DIR`, NVIDIA in `CUDA_CACHE_PATH`.
@NullMarked
package org.tombolo.opencl;

import org.jspecify.annotations.NullMarked;

/// Matrix products and convolutions as OpenCL kernels: one algebraic form for both, written out in
/// the dialect of processors and in that of graphics processors.
@NullMarked
package org.tombolo.opencl.contraction;

import org.jspecify.annotations.NullMarked;

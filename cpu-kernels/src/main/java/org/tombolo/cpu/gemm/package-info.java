/// Matrix products and convolutions on the JVM.
///
/// Every dot and every convolution is lowered to [Contraction]s: sums of products over strided
/// operands. One blocked, packed and register-tiled loop computes them all.
@NullMarked
package org.tombolo.cpu.gemm;

import org.jspecify.annotations.NullMarked;

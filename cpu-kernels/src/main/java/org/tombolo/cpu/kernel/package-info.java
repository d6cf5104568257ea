/// Kernels that run in the JVM on off-heap memory: fused loops, folds, windows, row kernels and
/// what joins them to the matrix kernels.
@NullMarked
package org.tombolo.cpu.kernel;

import org.jspecify.annotations.NullMarked;

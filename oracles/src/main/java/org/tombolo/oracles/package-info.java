/// Values and gradients compared with those of TensorFlow, whose kernels and rules of
/// differentiation were written by others.
@NullMarked
package org.tombolo.oracles;

import org.jspecify.annotations.NullMarked;

/// Kernels in Java on every device: each example says how far its answer is from a known one.
@NullMarked
package org.tombolo.examples.kernels;

import org.jspecify.annotations.NullMarked;

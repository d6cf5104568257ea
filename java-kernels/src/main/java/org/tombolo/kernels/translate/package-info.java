/// From bytecode to OpenCL C. Each instruction becomes the expression or the statement that it
/// means, in the order in which Java evaluates, and jumps stay jumps: so whatever the source was,
/// the translation is its meaning, and there is nothing to recognise.
@NullMarked
package org.tombolo.kernels.translate;

import org.jspecify.annotations.NullMarked;

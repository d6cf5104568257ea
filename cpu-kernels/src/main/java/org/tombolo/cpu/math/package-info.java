/// Transcendental functions of arrays.
@NullMarked
package org.tombolo.cpu.math;

import org.jspecify.annotations.NullMarked;

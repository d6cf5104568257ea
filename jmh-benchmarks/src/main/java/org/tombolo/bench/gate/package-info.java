/// The gate that hot kernels must pass: their processor time beside that of the last accepted
/// commit's.
@NullMarked
package org.tombolo.bench.gate;

import org.jspecify.annotations.NullMarked;

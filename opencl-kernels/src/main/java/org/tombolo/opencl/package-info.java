/// The OpenCL driver: every OpenCL 1.2+ device of every platform, its kernel generator and its
/// kernel library. Nothing outside this package sees JOCL.
@NullMarked
package org.tombolo.opencl;

import org.jspecify.annotations.NullMarked;

/// Writes OpenCL C 1.2 for regions, in plain Java: text and launches as [org.tombolo.opencl.kernel]
/// has them, without any device.
@NullMarked
package org.tombolo.opencl.codegen;

import org.jspecify.annotations.NullMarked;

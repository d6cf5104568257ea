/// What a region becomes before it meets a device: sources, launches and their arguments, in plain
/// Java. Code generators and kernel libraries make these; the driver builds and runs them.
@NullMarked
package org.tombolo.opencl.kernel;

import org.jspecify.annotations.NullMarked;

/// Operations that users write: a kernel is a Java class whose [Kernel#run] is run by each
/// work-item of a range, on every device, and an operation of the graph like any other. The names
/// are those of SYCL: range, item, group, accessor.
@NullMarked
package org.tombolo.kernels;

import org.jspecify.annotations.NullMarked;

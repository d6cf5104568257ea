/// Kernels from elsewhere: libraries that compute single operations on the host's memory, found
/// with [java.util.ServiceLoader], and the choice between theirs and ours.
@NullMarked
package org.tombolo.cpu.provider;

import org.jspecify.annotations.NullMarked;

/// Sharing work among threads. A package of its own, so that kernels in any other package can use
/// it without a cycle.
@NullMarked
package org.tombolo.cpu.team;

import org.jspecify.annotations.NullMarked;

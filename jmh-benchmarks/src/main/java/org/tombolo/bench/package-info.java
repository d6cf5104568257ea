/// JMH suites that measure kernels, transfers and planning.
@NullMarked
package org.tombolo.bench;

import org.jspecify.annotations.NullMarked;

/// The JVM itself as a device: nothing to install, always there.
@NullMarked
package org.tombolo.cpu;

import org.jspecify.annotations.NullMarked;

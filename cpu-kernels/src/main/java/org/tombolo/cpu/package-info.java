/// Driver: the JVM itself, the device that is always there. Memory lies outside the Java heap, work
/// is shared by a team of threads, and queues run what they are given before they return.
@NullMarked
package org.tombolo.cpu;

import org.jspecify.annotations.NullMarked;

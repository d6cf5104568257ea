/// The same workloads, written once, on Tombolo and on the engines that users of the JVM would
/// otherwise choose: `Peers` runs each in a process of its own, by turns, and compares answers and
/// times.
@NullMarked
package org.tombolo.peers;

import org.jspecify.annotations.NullMarked;

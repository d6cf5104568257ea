/// Where and when: turns a graph into a plan that places every operation on a device, moves as few
/// bytes as possible, and runs.
@NullMarked
package org.tombolo.scheduler;

import org.jspecify.annotations.NullMarked;

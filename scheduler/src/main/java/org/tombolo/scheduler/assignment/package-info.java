/// Which operation runs on which device, as a problem of numbers: costs, values that move, memory,
/// bounds. It knows nothing of graphs. Internal to the scheduler: nothing here is meant for users,
/// and all of it may change.
@NullMarked
package org.tombolo.scheduler.assignment;

import org.jspecify.annotations.NullMarked;

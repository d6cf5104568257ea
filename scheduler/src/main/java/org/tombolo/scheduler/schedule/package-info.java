/// The tasks of a run, their order and times, where values lie, and what leaves where memory is
/// short. Internal to the scheduler: nothing here is meant for users, and all of it may change.
@NullMarked
package org.tombolo.scheduler.schedule;

import org.jspecify.annotations.NullMarked;

/// How a placed graph is cut into regions, and how regions read what others made. Internal to the
/// scheduler: nothing here is meant for users, and all of it may change.
@NullMarked
package org.tombolo.scheduler.regions;

import org.jspecify.annotations.NullMarked;

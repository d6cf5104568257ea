/// What happens while plans are made and run: events of the Java Flight Recorder, and traces made
/// of them.
@NullMarked
package org.tombolo.scheduler.trace;

import org.jspecify.annotations.NullMarked;

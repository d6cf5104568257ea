/// What work takes on a device: measured once, kept in a file, and corrected by what runs take.
@NullMarked
package org.tombolo.scheduler.calibration;

import org.jspecify.annotations.NullMarked;

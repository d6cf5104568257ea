/// A device that computes on the reference and keeps its own time, for tests of whatever uses
/// devices. It does no more than the contract demands, so that who relies on more is found out.
@NullMarked
package org.tombolo.device.simulated;

import org.jspecify.annotations.NullMarked;

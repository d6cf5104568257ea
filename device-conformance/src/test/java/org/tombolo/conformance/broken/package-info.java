/// Drivers that each break the contract in one way, to see that the kit finds it.
@NullMarked
package org.tombolo.conformance.broken;

import org.jspecify.annotations.NullMarked;

/// What a device is: the contract a driver fulfils, discovery, the meter that counts every copied
/// byte, and the simulated device.
@NullMarked
package org.tombolo.device;

import org.jspecify.annotations.NullMarked;

/// What can run on a device: reads a kernel's class file and names each construct that cannot, with
/// its line and what to write instead.
@NullMarked
package org.tombolo.kernels.validate;

import org.jspecify.annotations.NullMarked;

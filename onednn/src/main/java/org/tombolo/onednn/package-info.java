/// Kernels of oneDNN, the library of neural network primitives, for the CPU device. It is used
/// where its jar, `org.bytedeco:dnnl` with the native part for the platform, is on the class path;
/// through its C interface and the JDK's foreign functions.
@NullMarked
package org.tombolo.onednn;

import org.jspecify.annotations.NullMarked;

/// Files of one array each, in the form of NumPy.
@NullMarked
package org.tombolo.onnx.npy;

import org.jspecify.annotations.NullMarked;

/// ONNX models: read, checked, and run on any device.
@NullMarked
package org.tombolo.onnx;

import org.jspecify.annotations.NullMarked;

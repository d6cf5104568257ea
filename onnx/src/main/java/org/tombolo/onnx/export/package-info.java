/// Writes graphs as ONNX models.
@NullMarked
package org.tombolo.onnx.export;

import org.jspecify.annotations.NullMarked;

/// What ONNX files hold, as immutable records.
@NullMarked
package org.tombolo.onnx.model;

import org.jspecify.annotations.NullMarked;

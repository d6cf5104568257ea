/// Runs the conformance tests of ONNX.
@NullMarked
package org.tombolo.onnx.suite;

import org.jspecify.annotations.NullMarked;

/// Reads and writes ONNX files: the wire format of protocol buffers, and the messages of ONNX.
@NullMarked
package org.tombolo.onnx.proto;

import org.jspecify.annotations.NullMarked;

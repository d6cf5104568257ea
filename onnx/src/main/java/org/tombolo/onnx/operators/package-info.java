/// What each operator of ONNX means in operations of a graph.
@NullMarked
package org.tombolo.onnx.operators;

import org.jspecify.annotations.NullMarked;

/// From the nodes of a model to operations of a graph.
@NullMarked
package org.tombolo.onnx.lowering;

import org.jspecify.annotations.NullMarked;

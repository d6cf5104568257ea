/// What is computed: element types, shapes, operations, graphs, gradients, and the slow reference
/// that says what every operation means.
@NullMarked
package org.tombolo.graph;

import org.jspecify.annotations.NullMarked;

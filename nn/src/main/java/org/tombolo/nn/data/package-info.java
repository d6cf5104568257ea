/// Examples to learn from: data sets in host memory, the files they are read from, and batches that
/// are prepared ahead on a thread of their own.
@NullMarked
package org.tombolo.nn.data;

import org.jspecify.annotations.NullMarked;

/// Neural networks: layers, losses, optimizers, data and training.
@NullMarked
package org.tombolo.nn;

import org.jspecify.annotations.NullMarked;

/// Well-known architectures, to plan, measure and explain with: their real structure at any size.
@NullMarked
package org.tombolo.nn.zoo;

import org.jspecify.annotations.NullMarked;

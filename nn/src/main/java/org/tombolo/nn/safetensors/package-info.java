/// The safetensors file format: named tensors behind a JSON header.
@NullMarked
package org.tombolo.nn.safetensors;

import org.jspecify.annotations.NullMarked;

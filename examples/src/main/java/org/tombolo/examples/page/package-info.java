/// Reading a photographed page: text is found, turned upright and read, by three models that others
/// trained.
@NullMarked
package org.tombolo.examples.page;

import org.jspecify.annotations.NullMarked;

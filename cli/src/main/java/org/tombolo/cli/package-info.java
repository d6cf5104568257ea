/// The `tombolo` command.
@NullMarked
package org.tombolo.cli;

import org.jspecify.annotations.NullMarked;

/// The `tombolo` command: what it can do, how it reads its arguments, what it prints.
///
/// One class for each subcommand. They print through [Console] and end in an exit status of
/// [ExitStatus]; nothing below this package prints or exits.
@NullMarked
package org.tombolo.cli;

import org.jspecify.annotations.NullMarked;

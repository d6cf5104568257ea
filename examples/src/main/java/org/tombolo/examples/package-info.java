/// Programs that run, one lesson each. Start with [FirstGraph].
///
/// Each file says at its end how to run it. All of them take the names of devices as their argument
/// and use `auto` without one.
@NullMarked
package org.tombolo.examples;

import org.jspecify.annotations.NullMarked;

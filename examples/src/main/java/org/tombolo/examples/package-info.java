/// Programs that show how Tombolo is used; each is run by a test.
@NullMarked
package org.tombolo.examples;

import org.jspecify.annotations.NullMarked;

/// What every driver is held to: a table of cases for each operation and element type, and a check
/// that runs them on a device and compares with the reference. Needs no test framework.
@NullMarked
package org.tombolo.conformance;

import org.jspecify.annotations.NullMarked;

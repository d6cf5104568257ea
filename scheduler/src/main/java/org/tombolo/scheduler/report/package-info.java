/// What a plan does and why, as data, and the text, JSON and page made of it.
@NullMarked
package org.tombolo.scheduler.report;

import org.jspecify.annotations.NullMarked;

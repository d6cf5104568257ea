/// Sentences ranked by what they mean, with a model that others trained and a tokenizer that is a
/// library.
@NullMarked
package org.tombolo.examples.sentences;

import org.jspecify.annotations.NullMarked;

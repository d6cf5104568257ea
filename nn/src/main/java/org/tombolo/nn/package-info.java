/// Neural networks: layers, losses, optimizers, training and checkpoints.
///
/// A [Model] is data. [Model#on] brings it to an engine, where a [Trainer] fits it, evaluates it
/// and lets it predict:
///
/// ```java
/// try (Engine engine = Engine.open("auto");
///     Trainer trainer = Models.digits().on(engine).seed(42)) {
///   Split digits = DataSets.digits();
///   History history = trainer.fit(digits.train(), Fit.epochs(20).batch(32).validate(digits.test()));
/// }
/// ```
@NullMarked
package org.tombolo.nn;

import org.jspecify.annotations.NullMarked;

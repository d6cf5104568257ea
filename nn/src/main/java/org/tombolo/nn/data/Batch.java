package org.tombolo.nn.data;

import org.tombolo.graph.Tensor;

/// Some examples of a set, lent by [Batches] until the next batch is asked for.
///
/// @param epoch number of the pass through the set, from 0
/// @param index place within the pass, from 0
/// @param features `[batch, example..]`
/// @param labels `[batch, label..]`
public record Batch(int epoch, int index, Tensor features, Tensor labels) {}

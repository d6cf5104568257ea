package org.tombolo.nn;

import java.util.Optional;

/// What one pass through a set came to.
///
/// @param epoch number of the pass, from 1
/// @param loss mean of the losses of its steps
/// @param validation of the parameters after it; empty if there is no set for that
/// @param seconds that its steps took; where training went on in the middle of an epoch, those
///   since then
/// @param stepsPerSecond mean over those seconds
/// @param stallShare share of those seconds in which no batch was ready, from 0 to 1
public record EpochResult(
    int epoch,
    double loss,
    Optional<Evaluation> validation,
    double seconds,
    double stepsPerSecond,
    double stallShare) {}

package org.tombolo.nn;

/// Where training is after a step.
///
/// @param step steps since the parameters were fresh
/// @param epoch the present pass through the set, from 1
/// @param epochs number of the last one
/// @param batch steps of this epoch so far
/// @param batches steps of an epoch
/// @param loss mean loss of the batch
/// @param stepsPerSecond mean of this epoch so far
/// @param stallShare share of this epoch's time so far in which no batch was ready, from 0 to 1
public record Progress(
    long step,
    int epoch,
    int epochs,
    int batch,
    int batches,
    float loss,
    double stepsPerSecond,
    double stallShare) {}

package org.tombolo.scheduler.schedule;

import java.util.List;

/// What a branch or a loop takes.
///
/// @param seconds expected time of one run, however many trips it makes
/// @param bytes what it holds on each device beyond its operands and results
public record ControlCost(double seconds, List<Long> bytes) {}

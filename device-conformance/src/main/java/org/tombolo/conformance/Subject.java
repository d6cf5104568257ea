package org.tombolo.conformance;

import java.util.Optional;
import java.util.function.Supplier;
import org.tombolo.device.Device;
import org.tombolo.device.Driver;

/// What is checked.
///
/// @param id of the device
/// @param driver that found the device, where there is one
/// @param opener opens the device anew at each call
/// @param failing opens it so that the first launch fails, where its author can do that
/// @param unbuildable opens it so that nothing compiles, where its author can do that
record Subject(
    String id,
    Optional<Driver> driver,
    Supplier<? extends Device> opener,
    Optional<Supplier<? extends Device>> failing,
    Optional<Supplier<? extends Device>> unbuildable) {}

package org.tombolo.conformance;

import java.util.List;
import java.util.function.LongFunction;

/// A group of checks.
///
/// @param name one word, with which paths begin
/// @param about what it looks at, in one line
/// @param checks made from the seed
record Suite(String name, String about, LongFunction<List<Check>> checks) {

  /// All, in the order of what builds on what.
  static List<Suite> all() {
    return List.of(
        DiscoverySuite.suite(),
        BufferSuite.suite(),
        CopySuite.suite(),
        OrderingSuite.suite(),
        ProgramSuite.suite(),
        LaunchSuite.suite(),
        NumericsSuite.suite(),
        GradientSuite.suite(),
        LifetimeSuite.suite(),
        ConcurrencySuite.suite(),
        MeteringSuite.suite(),
        ErrorSuite.suite());
  }
}

package org.tombolo.conformance;

import java.util.Optional;
import java.util.Set;

/// One thing that a device must do.
///
/// @param suite name of its group, such as `copies`
/// @param name unique in the suite
/// @param tags what running it takes
/// @param subject operation and element type, where it is about one
/// @param body how to find out
record Check(String suite, String name, Set<Tag> tags, Optional<OpLabel> subject, Body body) {

  /// How to find out whether a device does what it must. A [Violation] or any other exception fails
  /// the check.
  @FunctionalInterface
  interface Body {
    Verdict run(Bench bench) throws Exception;
  }

  /// Steps that end without an exception where the device does what it must.
  @FunctionalInterface
  interface Steps {
    void run(Bench bench) throws Exception;
  }

  static Check of(String suite, String name, Steps steps, Tag... tags) {
    return new Check(
        suite,
        name,
        Set.of(tags),
        Optional.empty(),
        bench -> {
          steps.run(bench);
          return Verdict.passed();
        });
  }

  /// A check that may turn out not to apply.
  static Check ofVerdict(String suite, String name, Body body, Tag... tags) {
    return new Check(suite, name, Set.of(tags), Optional.empty(), body);
  }

  /// Suite and name, which options and reports use.
  String path() {
    return suite + "/" + name;
  }
}

package org.tombolo.conformance;

/// A device breaks the contract: ends the check that saw it.
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1;

  Violation(String problem) {
    super(problem);
  }

  /// Throws unless the device holds to the contract.
  ///
  /// @param problem what was seen and what is needed, as a format
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
  static void require(boolean holds, String problem, Object... arguments) {
    if (!holds) {
      throw new Violation(arguments.length == 0 ? problem : problem.formatted(arguments));
    }
  }
}

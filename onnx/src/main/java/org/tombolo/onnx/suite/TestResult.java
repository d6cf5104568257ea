package org.tombolo.onnx.suite;

/// What came of a test.
///
/// @param test which
/// @param tier of the index, or `-`
/// @param outcome passed, failed or skipped
/// @param reason why it did not pass; empty if it did
/// @param milliseconds that it took
public record TestResult(
    TestCase test, String tier, Outcome outcome, String reason, long milliseconds) {

  /// How a test ended.
  public enum Outcome {
    /// All outputs are as they must be.
    PASSED,
    /// The model could not be run, or an output differs.
    FAILED,
    /// Not asked for.
    SKIPPED
  }
}

package org.tombolo.cli;

/// What the exit status of the process says.
final class ExitStatus {
  /// What was asked for is done.
  static final int OK = 0;

  /// The work failed.
  static final int FAILED = 1;

  /// The command line, or a file that it names, is not as it must be.
  static final int MISTAKE = 2;

  /// Added to the number of the signal that ended the work: 130 for Ctrl-C.
  static final int SIGNAL = 128;

  private ExitStatus() {}
}

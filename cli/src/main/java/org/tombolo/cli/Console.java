package org.tombolo.cli;

import java.io.PrintWriter;
import java.util.Optional;

/// Where a command prints.
///
/// @param out what was asked for
/// @param err mistakes and failures
/// @param terminal whether a person watches `out`, so that a line may be drawn over
record Console(PrintWriter out, PrintWriter err, boolean terminal) {

  /// The console of this process.
  static Console system() {
    boolean terminal =
        Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false);
    return new Console(
        new PrintWriter(System.out, true, System.out.charset()),
        new PrintWriter(System.err, true, System.err.charset()),
        terminal);
  }

  /// Prints a line to `out`, at once.
  void line(String text) {
    out.println(text);
    out.flush();
  }

  /// Prints a line to `err`, at once.
  void error(String text) {
    out.flush();
    err.println(text);
    err.flush();
  }
}

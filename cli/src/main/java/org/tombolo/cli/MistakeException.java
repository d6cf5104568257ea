package org.tombolo.cli;

/// Options that do not go together, or name something that cannot be used.
final class MistakeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param problem where, what was seen, what is needed
  /// @param remedy what to try
  MistakeException(String problem, String remedy) {
    super(problem + "\n  try: " + remedy);
  }
}

package org.tombolo.nn.safetensors;

/// A file that cannot be written, read or used. The message has two lines: which file, what was
/// expected and what was found; then what to try.
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param problem which file, what was expected, what was found
  /// @param remedy what to try
  public FormatException(String problem, String remedy) {
    super(problem + "\n  try: " + remedy);
  }

  /// @param problem which file, what was expected, what was found
  /// @param remedy what to try
  /// @param cause what went wrong below
  public FormatException(String problem, String remedy, Throwable cause) {
    super(problem + "\n  try: " + remedy, cause);
  }
}

package org.tombolo.nn.data;

/// Data that is missing, damaged or does not fit. The message has two lines: where, what was seen
/// and what is needed; then what to try.
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param problem where, what was seen, what is needed
  /// @param remedy what to try
  public DataException(String problem, String remedy) {
    super(problem + "\n  try: " + remedy);
  }

  /// @param problem where, what was seen, what is needed
  /// @param remedy what to try
  /// @param cause what went wrong below
  public DataException(String problem, String remedy, Throwable cause) {
    super(problem + "\n  try: " + remedy, cause);
  }
}

package org.tombolo.onnx.model;

/// A model that cannot be read or used. The message has two lines: the place in the model, what was
/// seen there and what is needed; then what to try.
public final class OnnxException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param problem the place in the model, what was seen, what is needed
  /// @param remedy what to try
  public OnnxException(String problem, String remedy) {
    super(problem + "\n  try: " + remedy);
  }

  /// @param problem the place in the model, what was seen, what is needed
  /// @param remedy what to try
  /// @param cause what went wrong below
  public OnnxException(String problem, String remedy, Throwable cause) {
    super(problem + "\n  try: " + remedy, cause);
  }
}

package org.tombolo.graph;

/// Operands that do not fit an operation: thrown where the operation is added to a graph.
///
/// The message has two lines: operation, what was seen and what is needed; then what to try. When
/// the operation was added by user code a third line names that line of the user's source.
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String problem;
  private final String remedy;

  /// @param problem operation, what was seen, what is needed
  /// @param remedy what to try
  public ShapeException(String problem, String remedy) {
    super(problem + "\n  try: " + remedy);
    this.problem = problem;
    this.remedy = remedy;
  }

  private ShapeException(ShapeException cause, String where) {
    super(cause.getMessage() + "\n  at: " + where, cause);
    this.problem = cause.problem;
    this.remedy = cause.remedy;
  }

  /// Operation, what was seen, what is needed.
  public String problem() {
    return problem;
  }

  /// What to try.
  public String remedy() {
    return remedy;
  }

  /// The same error with the line of user source that caused it.
  ShapeException at(String where) {
    return where.isEmpty() ? this : new ShapeException(this, where);
  }
}

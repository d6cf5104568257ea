package org.tombolo.device;

/// What a kernel did wrong while it ran on the JVM, in the words of whoever knows the kernel.
public class KernelFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String problem;
  private final String remedy;

  /// @param problem kernel, work-item, and what happened
  /// @param remedy what to try
  /// @param cause what was thrown
  public KernelFault(String problem, String remedy, Throwable cause) {
    super(problem + "\n  try: " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /// Kernel, work-item, and what happened.
  public String problem() {
    return problem;
  }

  /// What to try.
  public String remedy() {
    return remedy;
  }
}

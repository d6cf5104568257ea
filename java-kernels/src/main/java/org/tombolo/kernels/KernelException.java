package org.tombolo.kernels;

import java.util.List;
import org.tombolo.kernels.validate.Problem;

/// A kernel that cannot be used or that did what it must not. The message says where and what was
/// seen and needed, and on a second line what to try; of a class that cannot run on a device, all
/// that is in the way.
public class KernelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String problem;
  private final String remedy;

  /// @param problem where, what was seen, what is needed
  /// @param remedy what to try
  public KernelException(String problem, String remedy) {
    super(problem + "\n  try: " + remedy);
    this.problem = problem;
    this.remedy = remedy;
  }

  /// @param problems all that is wrong with a class, at least one
  KernelException(List<Problem> problems) {
    super(Problem.text(problems));
    this.problem = problems.getFirst().problem();
    this.remedy = problems.getFirst().remedy();
  }

  /// Where, what was seen, what is needed; of several problems the first one.
  public String problem() {
    return problem;
  }

  /// What to try against it.
  public String remedy() {
    return remedy;
  }
}

package org.tombolo.opencl.kernel;

import java.util.List;
import java.util.Optional;

/// What a region runs as: launches one after the other, each of which sees all that the earlier
/// ones wrote.
///
/// @param steps launches
/// @param scratchBytes working memory that they share
/// @param report what they leave there if something went wrong; empty if nothing can
public record Steps(List<Step> steps, long scratchBytes, Optional<FaultReport> report) {
  /// Copies the list.
  public Steps {
    steps = List.copyOf(steps);
  }

  /// Launches that cannot go wrong.
  public Steps(List<Step> steps, long scratchBytes) {
    this(steps, scratchBytes, Optional.empty());
  }

  /// Launches without working memory.
  public static Steps of(Step... steps) {
    return new Steps(List.of(steps), 0);
  }
}

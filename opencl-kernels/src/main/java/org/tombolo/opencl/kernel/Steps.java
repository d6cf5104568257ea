package org.tombolo.opencl.kernel;

import java.util.List;

/// What a region runs as: launches one after the other, each of which sees all that the earlier
/// ones wrote.
///
/// @param steps launches
/// @param scratchBytes working memory that they share
public record Steps(List<Step> steps, long scratchBytes) {
  /// Copies the list.
  public Steps {
    steps = List.copyOf(steps);
  }

  /// Launches without working memory.
  public static Steps of(Step... steps) {
    return new Steps(List.of(steps), 0);
  }
}

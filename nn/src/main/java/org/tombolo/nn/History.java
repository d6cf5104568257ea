package org.tombolo.nn;

import java.util.List;

/// How a training went.
///
/// @param seed of everything random in it
/// @param steps since the parameters were fresh
/// @param epochs those that ended, in order
/// @param outcome how it ended
/// @param seconds from the first step to the end, with validation
public record History(
    long seed, long steps, List<EpochResult> epochs, Outcome outcome, double seconds) {
  /// Copies the list.
  public History {
    epochs = List.copyOf(epochs);
  }

  /// The last epoch that ended.
  ///
  /// @throws java.util.NoSuchElementException if none did
  public EpochResult last() {
    return epochs.getLast();
  }
}

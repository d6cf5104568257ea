package org.tombolo.device;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Tries variants of a device's kernels and keeps the fastest ones: an
/// [extension][Device#extension] of devices that have a choice.
///
/// A variant is as fast or as slow as it is, but gives the same bits: one that does not is
/// rejected. What is found serves whatever is compiled afterwards, in this process and in later
/// ones.
public interface Tuner {
  /// Tries variants for a region and regions like it.
  ///
  /// @param region of one operation
  /// @param budget about how long this takes at most, building included
  /// @param thorough whether to try many variants, instead of the likeliest
  /// @return what was found; empty if there is nothing to choose for this region
  /// @throws DeviceException if the device fails
  Optional<Finding> tune(Region region, Duration budget, boolean thorough);

  /// What is known of regions like this one; empty if nothing is.
  Optional<Finding> known(Region region);

  /// Where findings are kept.
  Path file();

  /// Adds what was found elsewhere on a device of the same kind; of two findings for the same
  /// regions the one that gains more stays.
  ///
  /// @param findings a file as [#file] has it
  /// @return how many findings are new or better
  /// @throws IOException if the file cannot be read, is damaged, or is about another device
  int merge(Path findings) throws IOException;

  /// The best variant for regions of one kind.
  ///
  /// @param regions what they have in common, in the words of the driver
  /// @param variant the one that is kept, in the words of the driver
  /// @param gain time of the variant that is used where nothing is known, divided by that of this
  ///   one; 1 if it is the same one
  /// @param seconds one run of this one took
  /// @param tried how many variants ran to the end or were given up as slower
  /// @param rejected how many did not build, did not run or gave other bits
  record Finding(
      String regions, String variant, double gain, double seconds, int tried, int rejected) {}
}

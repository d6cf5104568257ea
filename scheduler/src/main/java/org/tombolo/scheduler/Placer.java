package org.tombolo.scheduler;

/// Chooses a device for every operation. The one that plans use is [Placement#of]; others serve as
/// baselines that it is compared with.
@FunctionalInterface
interface Placer {
  /// The least estimated cost.
  Placer CHEAPEST = Placement::of;

  /// A placement of what is asked for.
  ///
  /// @throws PlacementException if there is none
  Placement place(PlacementRequest request);
}

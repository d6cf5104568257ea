package org.tombolo.scheduler;

import org.jspecify.annotations.Nullable;
import org.tombolo.device.Device;
import org.tombolo.device.Slice;
import org.tombolo.graph.TensorType;

/// What a plan has to know of the variables that it reads and assigns.
interface Variables {
  /// Type of a variable; null if there is none of the name.
  @Nullable TensorType type(String name);

  /// Device that a variable lives on; null while it is on none.
  @Nullable Device home(String name);

  /// Gives a variable that has no home one, for good.
  void settle(String name, Device device);

  /// Memory of a variable that has a home.
  Slice slice(String name);
}

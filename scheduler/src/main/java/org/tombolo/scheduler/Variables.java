package org.tombolo.scheduler;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Device;
import org.tombolo.device.Slice;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// What a plan has to know of the variables that it reads and assigns.
interface Variables {
  /// Type of a variable; null if there is none of the name.
  @Nullable TensorType type(String name);

  /// Device that a variable lives on; null while it is on none.
  @Nullable Device home(String name);

  /// Gives a variable that has no home one, for good.
  void settle(String name, Device device);

  /// Devices that have memory for a variable; empty if it can be on one device alone.
  Optional<Set<Device>> copies(String name);

  /// Has copies of a variable on devices. Without a home yet, the first of them becomes it.
  void mirror(String name, List<Device> devices);

  /// The value of a variable that lives on the host, as of now.
  Tensor onHost(String name);

  /// Memory of a variable on a device that it was settled on or mirrored to.
  Slice slice(String name, Device device);
}

package org.tombolo.device;

import java.util.List;

/// One stack that can compute: found through [java.util.ServiceLoader], so that a jar on the class
/// path is all it takes to add one.
///
/// The constructor must do nothing and [#probe] must not throw: a machine without the stack is a
/// normal machine. The interface grows by default methods alone.
public interface Driver {
  /// Short lower-case name, such as `opencl`; the first part of the ids of its devices.
  String id();

  /// Every device that is there, and for each thing that is missing the reason and the remedy.
  /// Never throws and never returns an empty list. Devices come in a stable order.
  List<Probe> probe();

  /// Opens a device that [#probe] found. Devices are independent of each other, also when one is
  /// opened twice.
  ///
  /// @throws DeviceException if it cannot be opened any more
  Device open(Probe.Found found);
}

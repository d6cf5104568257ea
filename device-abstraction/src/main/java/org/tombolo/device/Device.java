package org.tombolo.device;

import java.util.List;
import java.util.Optional;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// An opened device: gives memory, compiles regions, and runs them on queues.
///
/// Methods may be called by several threads. Closing twice is harmless; any other call after
/// closing throws a [DeviceException]. Closing frees what is left and logs buffers that were not
/// closed.
public interface Device extends AutoCloseable {
  /// What is known of the device.
  DeviceInfo info();

  /// Why the device cannot compute an operation on operands of these types; empty when it can. A
  /// [Op.Call] that is not refused is run by a kernel of the device; a refused one is decomposed by
  /// the caller.
  ///
  /// Nobody asks about inputs, constants and [Op.Iota], which are made on every device that reads
  /// them: who takes an operation takes constants and counters as its operands. Nor about state
  /// ([Op.Variable], [Op.Assign]) and control flow ([Op.Control]), which are the caller's. A driver
  /// that is compiled by itself refuses what it does not know, so that it stays right when there
  /// are more operations.
  Optional<String> refusal(Op op, List<TensorType> operands);

  /// Memory whose content is undefined.
  ///
  /// @param bytes at least 0
  /// @throws OutOfDeviceMemoryException if there is not enough; the device stays usable
  Buffer allocate(long bytes);

  /// Bytes of the largest buffer that the device gives; more memory than that takes several.
  default long largestAllocation() {
    return Long.MAX_VALUE;
  }

  /// How large fused regions may become: what is larger the device cannot compile, or not run well.
  default RegionLimits regionLimits() {
    return RegionLimits.USUAL;
  }

  /// Alignment in bytes that offsets into buffers must have: a power of two.
  int alignment();

  /// Prepares a region to run. Every region made of operations that the device does not refuse
  /// compiles, if it keeps to the rules of [Region].
  ///
  /// @throws BuildException if the device's compiler fails: a defect of the driver or its stack
  Executable compile(Region region);

  /// The queue for one role; the same one at each call. Roles may share a queue.
  Queue queue(QueueRole role);

  /// The way between host memory and the memory of this device.
  Link hostLink();

  /// Whether time on this device is made up, so that its speeds are exact as they are said and
  /// there is nothing to measure.
  default boolean isSimulated() {
    return false;
  }

  /// Whether the device is lost for good: it answers nothing any more, and what lay on it is gone.
  /// Who used it closes what is left and goes on with other devices.
  default boolean isLost() {
    return false;
  }

  /// Anything a driver offers beyond this interface; empty if it does not. Known are [Limitations],
  /// [ByteMeter] and [Tuner].
  default <T> Optional<T> extension(Class<T> kind) {
    return Optional.empty();
  }

  @Override
  void close();
}

package org.tombolo.opencl;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.DeviceException;

/// The owner of one native object. Releasing one twice, or using one that was released, ends the
/// whole process, so nothing else may release it.
///
/// @param <T> JOCL's type of the object
final class Handle<T> implements AutoCloseable {
  private final String device;
  private final String what;
  private final Consumer<T> release;
  private @Nullable T object;

  /// @param device id of the device, for messages
  /// @param what what it is, for messages
  /// @param object the native object, which from now on belongs to this handle
  /// @param release how it is given back
  Handle(String device, String what, T object, Consumer<T> release) {
    this.device = device;
    this.what = what;
    this.object = object;
    this.release = release;
  }

  /// The object.
  ///
  /// @throws DeviceException if it was released
  synchronized T get() {
    if (object == null) {
      throw new DeviceException(
          device, what + " is used after it was closed", "close it after its last use");
    }
    return object;
  }

  synchronized boolean isOpen() {
    return object != null;
  }

  /// Releases the object, once.
  @Override
  public synchronized void close() {
    T last = object;
    object = null;
    if (last != null) {
      release.accept(last);
    }
  }
}

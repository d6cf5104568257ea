package org.tombolo.scheduler;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Buffer;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Variables by name, shared by the plans compiled with them.
///
/// A value stays on the host until the first plan that uses it settles it on a device; there it
/// remains for good, and only [#set] and [#get] move it. Safe for use by several threads.
public final class State implements AutoCloseable {
  /// A variable: on the host until it has a home.
  private static final class Slot {
    private final TensorType type;
    private @Nullable Tensor onHost;
    private @Nullable Device home;
    private @Nullable Buffer buffer;

    /// Why the value cannot be trusted, until it is set anew.
    private @Nullable String doubt;

    Slot(TensorType type, Tensor value) {
      this.type = type;
      this.onHost = value;
    }
  }

  private final Engine engine;
  private final ReentrantLock lock;
  private final Map<String, Slot> slots = new TreeMap<>();
  private boolean closed;

  /// Whether any value has ever been in doubt.
  private boolean doubted;

  State(Engine engine, ReentrantLock lock) {
    this.engine = engine;
    this.lock = lock;
  }

  /// Gives a variable a value, now.
  ///
  /// @param name identity of the variable
  /// @param value of the type that the variable has, if it exists already
  /// @throws IllegalArgumentException if the variable has another type
  public void set(String name, Tensor value) {
    locked(() -> {
      Slot slot = slots.computeIfAbsent(name, key -> new Slot(value.type(), value));
      if (!slot.type.equals(value.type())) {
        throw new IllegalArgumentException(
            "state: variable \"%s\" is %s, value is %s; need the same type"
                .formatted(name, slot.type, value.type()));
      }
      Device home = slot.home;
      if (home == null) {
        slot.onHost = value;
      } else {
        slot.doubt = "setting it did not end well";
        doubted = true;
        upload(home, Objects.requireNonNull(slot.buffer), value);
      }
      slot.doubt = null;
      return null;
    });
  }

  /// The value of a variable.
  ///
  /// @throws NoSuchElementException if it was never set
  /// @throws IllegalStateException if a failed run left the value uncertain
  public Tensor get(String name) {
    return locked(() -> {
      Slot slot = slot(name);
      requireSound(name, slot);
      Device home = slot.home;
      if (home == null) {
        return Objects.requireNonNull(slot.onHost);
      }
      MemorySegment memory = Tensor.allocate(slot.type);
      Slice slice = Slice.all(Objects.requireNonNull(slot.buffer));
      home.queue(QueueRole.DOWNLOAD).download(slice, memory, List.of()).await(engine.waitLimit());
      engine
          .meter()
          .count(home.info().id(), ByteMeter.HOST, ByteMeter.Purpose.STATE, memory.byteSize());
      return Tensor.wrap(slot.type, memory);
    });
  }

  /// Names of all variables, sorted.
  public List<String> names() {
    return locked(() -> List.copyOf(slots.keySet()));
  }

  /// Types of all variables, by name.
  public Map<String, TensorType> types() {
    return locked(() -> {
      Map<String, TensorType> types = new LinkedHashMap<>();
      slots.forEach((name, slot) -> types.put(name, slot.type));
      return types;
    });
  }

  /// Settles a variable on a device, where it stays.
  private void settle(String name, Device device) {
    Slot slot = slot(name);
    if (slot.home == null) {
      Buffer buffer = device.allocate(slot.type.bytes());
      try {
        upload(device, buffer, Objects.requireNonNull(slot.onHost));
      } catch (RuntimeException e) {
        buffer.close();
        throw e;
      }
      slot.buffer = buffer;
      slot.home = device;
      slot.onHost = null;
    }
  }

  private void upload(Device home, Buffer buffer, Tensor value) {
    Event done =
        home.queue(QueueRole.UPLOAD)
            .upload(value.data(), HostMemory.VALID_UNTIL_EVENT, Slice.all(buffer), List.of());
    done.await(engine.waitLimit());
    engine
        .meter()
        .count(ByteMeter.HOST, home.info().id(), ByteMeter.Purpose.STATE, value.type().bytes());
  }

  /// Checks that a plan may run on these variables.
  void requireSound(Iterable<String> names) {
    if (closed) {
      throw new IllegalStateException("state: used after it was closed");
    }
    if (!doubted) { // as nearly always: this is part of each run
      return;
    }
    for (String name : names) {
      requireSound(name, slot(name));
    }
  }

  private static void requireSound(String name, Slot slot) {
    if (slot.doubt != null) {
      throw new IllegalStateException(
          "state: variable \"%s\" is uncertain: %s\n  try: %s"
              .formatted(name, slot.doubt, "setting it anew, from a checkpoint"));
    }
  }

  /// Marks variables as uncertain because a run that assigns them failed.
  void doubt(Iterable<String> names, String why) {
    for (String name : names) {
      slot(name).doubt = why;
      doubted = true;
    }
  }

  /// Type of a variable; null if it was never set.
  private @Nullable TensorType type(String name) {
    Slot slot = slots.get(name);
    return slot == null ? null : slot.type;
  }

  private Slot slot(String name) {
    if (closed) {
      throw new IllegalStateException("state: used after it was closed");
    }
    Slot slot = slots.get(name);
    if (slot == null) {
      throw new NoSuchElementException(
          "state: no variable \"%s\"; there are %s".formatted(name, new TreeSet<>(slots.keySet())));
    }
    return slot;
  }

  private <T extends @Nullable Object> T locked(Supplier<T> body) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("state: used after it was closed");
      }
      engine.settleRuns(null);
      return body.get();
    } finally {
      lock.unlock();
    }
  }

  /// Bytes that variables occupy on a device.
  long bytesOn(Device device) {
    return slots.values().stream()
        .filter(slot -> Objects.equals(slot.home, device))
        .mapToLong(slot -> slot.type.bytes())
        .sum();
  }

  /// The variables as plans see them, under the lock of the engine.
  Variables variables() {
    return new Variables() {
      @Override
      public @Nullable TensorType type(String name) {
        return State.this.type(name);
      }

      @Override
      public @Nullable Device home(String name) {
        return slot(name).home;
      }

      @Override
      public void settle(String name, Device device) {
        State.this.settle(name, device);
      }

      @Override
      public Slice slice(String name) {
        return Slice.all(Objects.requireNonNull(slot(name).buffer));
      }
    };
  }

  /// Frees the memory of all variables. Closing twice is harmless.
  @Override
  public void close() {
    lock.lock();
    try {
      engine.settleRuns(null);
      closed = true;
      slots
          .values()
          .forEach(slot -> {
            if (slot.buffer != null) {
              slot.buffer.close();
            }
          });
      slots.clear();
      engine.forget(this);
    } finally {
      lock.unlock();
    }
  }
}

package org.tombolo.scheduler;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Buffer;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Variables by name, shared by the plans compiled with them.
///
/// A value stays on the host until the first plan that uses it settles it on a device; there it
/// remains for good, and only [#set] and [#get] move it. Plans that only read a variable may have
/// copies of it on other devices: when the value has changed since, by [#set] or by a plan that
/// assigns it, the next run that reads a copy renews it first. A plan that is short of memory
/// leaves variables without a home on the host, brings them up in each run, and brings their next
/// values down; a plan that settles them later has such a copy. Safe for use by several threads.
public final class State implements AutoCloseable {
  /// A variable: on the host until it has a home.
  private static final class Slot {
    private final TensorType type;

    /// The value, if the host has it: while it has no home, and then if plans let it live here.
    private @Nullable Tensor onHost;

    private @Nullable Device home;
    private @Nullable Buffer buffer;

    /// Copies on other devices.
    private final Map<Device, Buffer> mirrors = new LinkedHashMap<>();

    /// Devices whose memory is out of date: the home is while only the host has the value.
    private final Set<Device> stale = new HashSet<>();

    /// Why the value cannot be trusted, until it is set anew.
    private @Nullable String doubt;

    Slot(TensorType type, Tensor value) {
      this.type = type;
      this.onHost = value;
    }

    /// Says that the value at home changes.
    void outdate() {
      if (home != null) {
        onHost = null;
      }
      if (stale.size() < mirrors.size()) {
        stale.addAll(mirrors.keySet());
      }
    }
  }

  private final Engine engine;
  private final ReentrantLock lock;
  private final Map<String, Slot> slots = new TreeMap<>();
  private boolean closed;

  /// Whether any value has ever been in doubt.
  private boolean doubted;

  /// Whether any variable has ever been in more than one place.
  private boolean copies;

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
        slot.stale.remove(home);
        slot.outdate();
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
      return value(slot);
    });
  }

  /// Lets go of what lay on devices that are lost. A variable that has a copy elsewhere lives there
  /// from now on; any other must be set anew.
  void forsakeLost() {
    if (engine.opened().stream().noneMatch(Device::isLost)) {
      return;
    }
    slots
        .values()
        .forEach(slot -> {
          slot.mirrors
              .entrySet()
              .removeIf(copy -> {
                boolean lost = copy.getKey().isLost();
                if (lost) {
                  copy.getValue().close();
                  slot.stale.remove(copy.getKey());
                }
                return lost;
              });
          Device home = slot.home;
          if (home != null && home.isLost()) {
            Objects.requireNonNull(slot.buffer).close();
            slot.home = null;
            slot.buffer = null;
            slot.stale.remove(home);
            Optional<Device> copy =
                slot.mirrors.keySet().stream()
                    .filter(other -> slot.onHost != null || !slot.stale.contains(other))
                    .findFirst();
            if (copy.isPresent() && slot.doubt == null) {
              slot.home = copy.get();
              slot.buffer = slot.mirrors.remove(copy.get());
            } else if (slot.onHost == null || slot.doubt != null) {
              slot.doubt = "it was on %s, which is lost".formatted(home.info().id());
              doubted = true;
              slot.mirrors.values().forEach(Buffer::close);
              slot.mirrors.clear();
              slot.stale.clear();
            }
          }
        });
  }

  private Tensor value(Slot slot) {
    return slot.onHost != null ? slot.onHost : download(Objects.requireNonNull(slot.home), slot);
  }

  private Tensor download(Device home, Slot slot) {
    MemorySegment memory = Tensor.allocate(slot.type);
    Slice slice = Slice.all(Objects.requireNonNull(slot.buffer));
    home.queue(QueueRole.DOWNLOAD).download(slice, memory, List.of()).await(engine.waitLimit());
    engine
        .meter()
        .count(home.info().id(), ByteMeter.HOST, ByteMeter.Purpose.STATE, memory.byteSize());
    return Tensor.wrap(slot.type, memory);
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
      requireSound(name, slot);
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

  /// Has copies of a variable on devices. A value that is on the host goes to all of them now, one
  /// that is on a device to the others with the next run that reads it there.
  private void mirror(String name, List<Device> devices) {
    Slot slot = slot(name);
    Tensor value = slot.onHost;
    settle(name, devices.getFirst());
    for (Device device : devices) {
      if (!device.equals(slot.home) && !slot.mirrors.containsKey(device)) {
        Buffer buffer = device.allocate(slot.type.bytes());
        slot.mirrors.put(device, buffer);
        copies = true;
        slot.stale.add(device);
        if (value != null) {
          upload(device, buffer, value);
          slot.stale.remove(device);
        }
      }
    }
  }

  /// Where a plan wants a variable.
  ///
  /// @param devices whose memory it works with
  /// @param onHost whether the variable comes up from the host
  record Wanted(String name, List<Device> devices, boolean onHost) {}

  /// What [#renew] needs of a plan.
  static List<Wanted> wanted(Blueprint blueprint, List<Device> devices) {
    Set<String> visitors = blueprint.visitors().keySet();
    List<Wanted> wanted = new ArrayList<>();
    for (Node node : blueprint.graph().variables()) {
      String name = ((Op.Variable) node.op()).name();
      wanted.add(
          new Wanted(
              name,
              blueprint.places(node).stream().map(devices::get).toList(),
              visitors.contains(name)));
    }
    return List.copyOf(wanted);
  }

  /// Makes the copies that a run reads equal to their variables. Leaves nothing on the heap where
  /// they are.
  ///
  /// @param plan whose run it is
  /// @throws RunException if a device fails; copies that are not equal yet stay to be renewed
  void renew(String plan, List<Wanted> wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      Wanted want = wanted.get(i);
      if (copies || want.onHost()) { // seldom: this is part of each run
        try {
          renew(slot(want.name()), want);
        } catch (DeviceException e) {
          String task = "renewing copies of variable \"%s\"".formatted(want.name());
          throw new RunException(plan, e.device(), task, e);
        }
      }
    }
  }

  private void renew(Slot slot, Wanted want) {
    if (want.onHost() && slot.onHost == null) {
      slot.onHost = value(slot);
      copies = true;
    }
    if (slot.stale.isEmpty()) {
      return;
    }
    Set<Device> late = new LinkedHashSet<>(want.devices());
    late.retainAll(slot.stale);
    if (!late.isEmpty()) {
      Tensor value = value(slot);
      for (Device device : late) {
        upload(device, buffer(slot, device), value);
        slot.stale.remove(device);
      }
    }
  }

  private static Buffer buffer(Slot slot, Device device) {
    return Objects.requireNonNull(
        device.equals(slot.home) ? slot.buffer : slot.mirrors.get(device));
  }

  /// Says that a run gives variables new values where they are at home.
  void outdate(Iterable<String> names) {
    if (!copies) { // as nearly always: this is part of each run
      return;
    }
    for (String name : names) {
      slot(name).outdate();
    }
  }

  /// Takes over the next values of variables that live on the host.
  void adopt(Map<String, Tensor> values) {
    values.forEach((name, value) -> {
      Slot slot = slot(name);
      slot.onHost = value;
      slot.stale.addAll(slot.mirrors.keySet());
      if (slot.home != null) {
        slot.stale.add(slot.home);
        copies = true;
      }
    });
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
      forsakeLost();
      return body.get();
    } finally {
      lock.unlock();
    }
  }

  /// Bytes that variables occupy on a device.
  long bytesOn(Device device) {
    return slots.values().stream()
        .filter(slot -> Objects.equals(slot.home, device) || slot.mirrors.containsKey(device))
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
      public Optional<Set<Device>> copies(String name) {
        Slot slot = slot(name);
        Set<Device> devices = new HashSet<>(slot.mirrors.keySet());
        if (slot.home != null) {
          devices.add(slot.home);
        }
        return Optional.of(devices);
      }

      @Override
      public void mirror(String name, List<Device> devices) {
        State.this.mirror(name, devices);
      }

      @Override
      public Tensor onHost(String name) {
        return Objects.requireNonNull(slot(name).onHost);
      }

      @Override
      public Slice slice(String name, Device device) {
        return Slice.all(buffer(slot(name), device));
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
            slot.mirrors.values().forEach(Buffer::close);
          });
      slots.clear();
      engine.forget(this);
    } finally {
      lock.unlock();
    }
  }
}

package org.tombolo.scheduler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Device;
import org.tombolo.device.Slice;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Variables of a branch or a loop: memory on one device that the plan around it lends.
final class LentVariables implements Variables {
  private final Map<String, TensorType> types;
  private final Device home;
  private final Map<String, Slice> memory = new HashMap<>();

  LentVariables(Map<String, TensorType> types, Device home) {
    this.types = types;
    this.home = home;
  }

  /// Lends memory to a variable.
  void lend(String name, Slice slice) {
    memory.put(name, slice);
  }

  /// Where all of them lie.
  Device device() {
    return home;
  }

  @Override
  public @Nullable TensorType type(String name) {
    return types.get(name);
  }

  @Override
  public Device home(String name) {
    return home;
  }

  @Override
  public void settle(String name, Device device) {
    if (!device.equals(home)) {
      throw new AssertionError("%s is lent on %s".formatted(name, home.info().id()));
    }
  }

  @Override
  public Optional<Set<Device>> copies(String name) {
    return Optional.empty();
  }

  @Override
  public void mirror(String name, List<Device> devices) {
    throw new AssertionError("%s is lent, and cannot be mirrored".formatted(name));
  }

  @Override
  public Tensor onHost(String name) {
    throw new AssertionError("%s is lent, and stays where it is".formatted(name));
  }

  @Override
  public Slice slice(String name, Device device) {
    return Objects.requireNonNull(memory.get(name));
  }
}

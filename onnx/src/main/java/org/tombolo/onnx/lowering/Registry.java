package org.tombolo.onnx.lowering;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The operators that are known, with what is said of them on the page about coverage.
public final class Registry {

  /// Where an operator is computed.
  public enum Place {
    /// On the device, as operations of the graph.
    DEVICE,
    /// On the host, between two graphs.
    HOST,
    /// While the model is lowered.
    LOWERING
  }

  /// An operator.
  ///
  /// @param domain whose it is; `""` is ONNX's own
  /// @param name of the operator
  /// @param versions of the domain's operators that changed it
  /// @param place where it is computed
  /// @param folds whether it can be computed at once where all inputs are known
  /// @param restrictions what it does not do; may be empty
  /// @param operator what it means
  public record Entry(
      String domain,
      String name,
      List<Integer> versions,
      Place place,
      boolean folds,
      String restrictions,
      Operator operator) {
    /// Copies the list.
    public Entry {
      versions = List.copyOf(versions);
    }

    /// The same, computed elsewhere.
    Entry at(Place other) {
      return new Entry(domain, name, versions, other, folds, restrictions, operator);
    }

    /// The same, never computed beforehand.
    Entry unfolded() {
      return new Entry(domain, name, versions, place, false, restrictions, operator);
    }

    /// The same with something that it does not do.
    Entry restricted(String text) {
      return new Entry(domain, name, versions, place, folds, text, operator);
    }
  }

  /// Adds more about an operator.
  public final class Definition {
    private final String key;

    private Definition(String key) {
      this.key = key;
    }

    /// The operator is computed on the host.
    public Definition onHost() {
      entries.computeIfPresent(key, (_, entry) -> entry.at(Place.HOST));
      return this;
    }

    /// The operator is at work while a model is lowered, and leaves no operation of its own.
    public Definition whileLowering() {
      entries.computeIfPresent(key, (_, entry) -> entry.at(Place.LOWERING).unfolded());
      return this;
    }

    /// Calls with equal inputs need not give equal results, or see more than their inputs.
    public Definition unfolded() {
      entries.computeIfPresent(key, (_, entry) -> entry.unfolded());
      return this;
    }

    /// What the operator does not do.
    public Definition but(String restrictions) {
      entries.computeIfPresent(key, (_, entry) -> entry.restricted(restrictions));
      return this;
    }
  }

  private final Map<String, Entry> entries = new TreeMap<>();

  /// Adds an operator of ONNX's own domain.
  ///
  /// @param name of the operator
  /// @param operator its meaning in all versions
  /// @param versions that changed it, ascending
  public Definition add(String name, Operator operator, int... versions) {
    return add("", name, operator, versions);
  }

  /// Adds an operator.
  ///
  /// @param domain whose it is
  /// @param name of the operator
  /// @param operator its meaning in all versions
  /// @param versions that changed it, ascending
  public Definition add(String domain, String name, Operator operator, int... versions) {
    String key = key(domain, name);
    List<Integer> all = Arrays.stream(versions).boxed().toList();
    Entry entry = new Entry(domain, name, all, Place.DEVICE, true, "", operator);
    if (entries.putIfAbsent(key, entry) != null) {
      throw new IllegalArgumentException("operator " + key + " is defined twice");
    }
    return new Definition(key);
  }

  private static String key(String domain, String name) {
    return domain.isEmpty() ? name : domain + "." + name;
  }

  /// An operator, if it is known.
  public Optional<Entry> find(String domain, String name) {
    return Optional.ofNullable(entries.get(key(domain, name)));
  }

  /// All operators by name.
  public Collection<Entry> entries() {
    return entries.values();
  }
}

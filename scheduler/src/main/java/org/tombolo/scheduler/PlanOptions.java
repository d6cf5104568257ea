package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tombolo.device.DeviceInfo;

/// What a plan has to keep to. Immutable: start from [#defaults] and change what matters.
///
/// ```java
/// PlanOptions options =
///     PlanOptions.defaults()
///         .withPin("encoder", "opencl:0")
///         .withMemoryLimit("opencl:0", 1L << 30);
/// Plan plan = engine.compile(graph, state, options);
/// ```
///
/// Names in [#pins] and [#groups] are those of variables, of outputs, or of scopes. A scope stands
/// for all operations in it and in the scopes below, `""` for all there are. Branches and loops
/// count as one operation; where their scope is pinned, what runs inside is too.
///
/// @param memoryLimits most bytes that a plan and the variables may take, by id of the device;
///   devices without one have the memory that they report
/// @param expectedSteps how often the plan will run: over that many runs the first upload of a
///   variable is spread
/// @param pins id of the device where something has to run, by its name. What that device cannot
///   run goes elsewhere and is listed in the plan, or is an error if the options are strict
/// @param groups sets of names; all that is called by one of a set runs on one device
/// @param strict whether it is an error that an operation cannot run where it was asked to: on the
///   device that it is pinned to, or if it is not, on any device of the engine that cost prefers
public record PlanOptions(
    Map<String, Long> memoryLimits,
    long expectedSteps,
    Map<String, String> pins,
    List<SortedSet<String>> groups,
    boolean strict) {

  private static final PlanOptions DEFAULTS =
      new PlanOptions(Map.of(), 1000, Map.of(), List.of(), false);

  /// Copies the collections.
  ///
  /// @throws IllegalArgumentException if a limit is negative, fewer than one step is expected, or a
  ///   group is empty
  public PlanOptions {
    memoryLimits.forEach((device, bytes) -> {
      if (bytes < 0) {
        throw mistake(
            "memory limit of %s is %,d bytes; need 0 or more".formatted(device, bytes),
            "no limit, to use all the memory that the device reports");
      }
    });
    if (expectedSteps < 1) {
      throw mistake(
          "%,d steps are expected; need 1 or more".formatted(expectedSteps),
          "1 for a plan that runs once");
    }
    memoryLimits = Collections.unmodifiableMap(new TreeMap<>(memoryLimits));
    pins = Collections.unmodifiableMap(new TreeMap<>(pins));
    List<SortedSet<String>> copies = new ArrayList<>();
    for (Collection<String> group : groups) {
      if (group.isEmpty()) {
        throw mistake(
            "a group of nothing; need one name or more", "names of variables, outputs or scopes");
      }
      copies.add(Collections.unmodifiableSortedSet(new TreeSet<>(group)));
    }
    groups = List.copyOf(copies);
  }

  private static IllegalArgumentException mistake(String problem, String remedy) {
    return new IllegalArgumentException("plan options: %s\n  try: %s".formatted(problem, remedy));
  }

  /// No limits but the devices' own, 1,000 expected steps, no pins, no groups, not strict.
  public static PlanOptions defaults() {
    return DEFAULTS;
  }

  /// With a limit to the memory that the plan and the variables take on a device.
  ///
  /// @param device id of a device of the engine
  /// @param bytes the most, 0 or more
  public PlanOptions withMemoryLimit(String device, long bytes) {
    Map<String, Long> limits = new TreeMap<>(memoryLimits);
    limits.put(device, bytes);
    return new PlanOptions(limits, expectedSteps, pins, groups, strict);
  }

  /// With another number of expected runs.
  ///
  /// @param steps 1 or more
  public PlanOptions withExpectedSteps(long steps) {
    return new PlanOptions(memoryLimits, steps, pins, groups, strict);
  }

  /// With something held to a device.
  ///
  /// @param name of a variable, an output or a scope
  /// @param device id of a device of the engine
  /// @throws IllegalArgumentException if it is pinned to another device already
  public PlanOptions withPin(String name, String device) {
    String known = pins.getOrDefault(name, device);
    if (!known.equals(device)) {
      throw mistake(
          "\"%s\" is pinned to %s and to %s; need one device".formatted(name, known, device),
          "fresh options, or a scope inside for one of them");
    }
    Map<String, String> all = new TreeMap<>(pins);
    all.put(name, device);
    return new PlanOptions(memoryLimits, expectedSteps, all, groups, strict);
  }

  /// With things that run on one device, whichever it is.
  ///
  /// @param names of variables, outputs or scopes
  public PlanOptions withGroup(String... names) {
    List<SortedSet<String>> all = new ArrayList<>(groups);
    all.add(new TreeSet<>(List.of(names)));
    return new PlanOptions(memoryLimits, expectedSteps, pins, all, strict);
  }

  /// With or without an error where an operation cannot run as asked.
  public PlanOptions withStrict(boolean on) {
    return new PlanOptions(memoryLimits, expectedSteps, pins, groups, on);
  }

  /// The most bytes that a plan and the variables may take on a device.
  long memoryLimit(DeviceInfo device) {
    return memoryLimits.getOrDefault(device.id(), device.memoryBytes());
  }

  /// The options for what runs inside a branch or a loop: held to where its scope is held. Its
  /// memory is counted outside.
  PlanOptions inside(String scope) {
    Map<String, String> all = new TreeMap<>();
    pins.forEach((name, device) -> {
      if (covers(name, scope)) {
        all.put("", device);
      }
    });
    return new PlanOptions(Map.of(), expectedSteps, all, List.of(), strict);
  }

  /// Whether a name, as that of a scope, stands for what is in another one.
  static boolean covers(String name, String scope) {
    return name.isEmpty() || scope.equals(name) || scope.startsWith(name + "/");
  }

  /// All names that are used.
  Set<String> names() {
    Set<String> names = new TreeSet<>(pins.keySet());
    groups.forEach(names::addAll);
    return names;
  }
}

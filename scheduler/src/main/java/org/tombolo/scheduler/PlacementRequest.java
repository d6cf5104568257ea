package org.tombolo.scheduler;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tombolo.device.Device;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.calibration.Calibration;

/// What a placement is to be found for.
///
/// @param graph what to place
/// @param devices where
/// @param speeds what work takes on each device
/// @param homes variables that have a device already, as indices
/// @param copies devices that have memory for a variable already, for those that may be on several
///   devices while nobody assigns them
/// @param rules what is to be kept to
record PlacementRequest(
    Graph graph,
    List<Device> devices,
    List<Calibration> speeds,
    Map<String, Integer> homes,
    Map<String, Set<Integer>> copies,
    PlacementRules rules) {

  /// A request that goes by what drivers say of their devices.
  PlacementRequest(
      Graph graph,
      List<Device> devices,
      Map<String, Integer> homes,
      Map<String, Set<Integer>> copies,
      PlacementRules rules) {
    this(graph, devices, Calibration.rough(devices), homes, copies, rules);
  }

  /// A request without wishes.
  static PlacementRequest plain(Graph graph, List<Device> devices, Map<String, Integer> homes) {
    return with(graph, devices, homes, PlanOptions.defaults());
  }

  /// A request for variables that may all be on several devices.
  static PlacementRequest with(
      Graph graph, List<Device> devices, Map<String, Integer> homes, PlanOptions options) {
    Map<String, Set<Integer>> copies = new TreeMap<>();
    for (Node node : graph.variables()) {
      if (node.op() instanceof Op.Variable(String name, TensorType _)) {
        Set<Integer> known = new TreeSet<>();
        Integer home = homes.get(name);
        if (home != null) {
          known.add(home);
        }
        copies.put(name, known);
      }
    }
    PlacementRules rules = PlacementRules.of(graph, graph, devices, homes, options);
    return new PlacementRequest(graph, devices, homes, copies, rules);
  }

  /// The same request with other limits.
  ///
  /// @param limits most bytes on each device, as [MemoryEstimate] counts
  PlacementRequest limited(List<Long> limits) {
    PlacementRules other =
        new PlacementRules(rules.pins(), rules.groups(), limits, rules.options());
    return new PlacementRequest(graph, devices, speeds, homes, copies, other);
  }

  /// The same request with one home for each variable.
  PlacementRequest unmirrored() {
    return new PlacementRequest(graph, devices, speeds, homes, Map.of(), rules);
  }

  /// The id of a device.
  String id(int device) {
    return devices.get(device).info().id();
  }
}

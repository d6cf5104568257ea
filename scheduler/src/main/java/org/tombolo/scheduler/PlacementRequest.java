package org.tombolo.scheduler;

import java.util.List;
import java.util.Map;
import org.tombolo.device.Device;
import org.tombolo.graph.Graph;

/// What a placement is to be found for.
///
/// @param graph what to place
/// @param devices where
/// @param homes variables that have a device already, as indices
/// @param rules what is to be kept to
record PlacementRequest(
    Graph graph, List<Device> devices, Map<String, Integer> homes, PlacementRules rules) {

  /// A request without wishes.
  static PlacementRequest plain(Graph graph, List<Device> devices, Map<String, Integer> homes) {
    return new PlacementRequest(
        graph,
        devices,
        homes,
        PlacementRules.of(graph, graph, devices, homes, PlanOptions.defaults()));
  }

  /// The id of a device.
  String id(int device) {
    return devices.get(device).info().id();
  }
}

package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.tombolo.device.Device;
import org.tombolo.device.simulated.SimulatedMachine;
import org.tombolo.graph.Graph;

/// What a placement costs where the memory of a device is short, beside what no placement there
/// costs less than.
///
/// @param graph name of the graph
/// @param operations how many are placed
/// @param limitBytes of the device that takes most if memory does not matter
/// @param freeSeconds cost of the best placement if memory does not matter
/// @param seconds cost of the placement that was found
/// @param lowerBoundSeconds no placement within the limit costs less
/// @param fits whether the placement stays within the limit, as [MemoryEstimate] counts
public record LimitProof(
    String graph,
    int operations,
    long limitBytes,
    double freeSeconds,
    double seconds,
    double lowerBoundSeconds,
    boolean fits) {
  private static final long PLENTY = 1L << 50;

  /// Places a graph in a share of the memory that it takes of the device where it takes most.
  ///
  /// @param machine where
  /// @param share from 0 to 1
  /// @throws PlacementException if an operation can run nowhere
  public static LimitProof of(Graph graph, SimulatedMachine machine, double share) {
    List<Device> devices = List.copyOf(machine.withoutResults().open());
    List<Long> limits = new ArrayList<>(Collections.nCopies(devices.size(), PLENTY));
    PlacementRequest request =
        PlacementRequest.plain(Blueprint.simplified(graph, devices), devices, Map.of())
            .limited(limits);
    Placement free = Placement.of(request);
    int full = free.memory().indexOf(Collections.max(free.memory()));
    limits.set(full, (long) (share * free.memory().get(full)));
    Placement placement = Placement.of(request.limited(limits));
    return new LimitProof(
        graph.name(),
        placement.devices().size(),
        limits.get(full),
        free.seconds(),
        placement.seconds(),
        placement.lowerBound(),
        placement.fits(limits));
  }

  /// How much dearer the placement is than the bound, as a share of that.
  public double gap() {
    return seconds <= lowerBoundSeconds ? 0 : seconds / lowerBoundSeconds - 1;
  }
}

package org.tombolo.scheduler;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Cost;
import org.tombolo.graph.Node;

/// How long tasks are expected to take, and which queue takes them.
final class TaskTimes {
  private final List<Device> devices;
  private final List<ControlPlan> controls;
  private final List<Map<QueueRole, Timeline.Lane>> lanes;

  /// What was asked before: orders are tried several times.
  private final Map<Schedule.Task, Double> known = new HashMap<>();

  TaskTimes(List<Device> devices, List<ControlPlan> controls) {
    this.devices = devices;
    this.controls = controls;
    this.lanes =
        IntStream.range(0, devices.size()).mapToObj(i -> lanes(devices.get(i), i)).toList();
  }

  /// The queue of a task.
  Timeline.Lane lane(Schedule.Task task) {
    QueueRole role =
        switch (task.action) {
          case Schedule.Action.Upload _, Schedule.Action.Bridge _ -> QueueRole.UPLOAD;
          case Schedule.Action.Fetch _ -> QueueRole.DOWNLOAD;
          case Schedule.Action.Run _, Schedule.Action.Keep _, Schedule.Action.Control _ ->
              QueueRole.COMPUTE;
        };
    return Objects.requireNonNull(lanes.get(task.device).get(role));
  }

  /// The queue of each role of a device, called by the first role that it serves.
  private static Map<QueueRole, Timeline.Lane> lanes(Device device, int index) {
    Map<Queue, QueueRole> first = new HashMap<>();
    Map<QueueRole, Timeline.Lane> lanes = new EnumMap<>(QueueRole.class);
    for (QueueRole role : QueueRole.values()) {
      QueueRole known = first.computeIfAbsent(device.queue(role), _ -> role);
      lanes.put(role, new Timeline.Lane(index, known));
    }
    return lanes;
  }

  /// Expected time of a task in seconds.
  double seconds(Schedule.Task task) {
    return known.computeIfAbsent(task, this::estimate);
  }

  private double estimate(Schedule.Task task) {
    Device device = devices.get(task.device);
    DeviceInfo.Speed speed = device.info().speed();
    return switch (task.action) {
      case Schedule.Action.Upload(String _, Schedule.Cell to) ->
          device.hostLink().upSeconds(to.value().type().bytes());
      case Schedule.Action.Bridge(Schedule.Cell _, Schedule.Cell to) ->
          device.hostLink().upSeconds(to.value().type().bytes());
      case Schedule.Action.Fetch(Schedule.Cell from, var _) ->
          device.hostLink().downSeconds(from.value().type().bytes());
      case Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell _) ->
          speed.seconds(0, 2.0 * value.value().type().bytes());
      case Schedule.Action.Run(Regions.Placed region, int _) -> seconds(region, speed);
      case Schedule.Action.Control(
              Regions.Controlled placed,
              int index,
              Optional<Schedule.Cell> _) ->
          seconds(placed.flow(), controls.get(index));
    };
  }

  private static double seconds(Regions.Placed region, DeviceInfo.Speed speed) {
    double flops = 0;
    for (Node node : region.region().body().nodes()) {
      flops += Cost.of(node).flops();
    }
    double bytes = 0;
    for (Node node : region.inputs()) {
      bytes += node.type().bytes();
    }
    for (Node node : region.outputs()) {
      bytes += node.type().bytes();
    }
    return speed.seconds(flops, bytes);
  }

  private static double seconds(ControlFlow flow, ControlPlan plan) {
    List<Double> parts = plan.parts().stream().map(part -> part.timeline().seconds()).toList();
    return switch (flow) {
      case ControlFlow.If _ -> Math.max(parts.get(0), parts.get(1));
      case ControlFlow.While loop -> parts.get(0) + loop.expectedTrips() * parts.get(1);
    };
  }
}

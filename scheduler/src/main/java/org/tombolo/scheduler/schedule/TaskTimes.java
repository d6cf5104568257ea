package org.tombolo.scheduler.schedule;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tombolo.device.ByteMeter;
import org.tombolo.device.Device;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.scheduler.calibration.Calibration;
import org.tombolo.scheduler.calibration.Work;
import org.tombolo.scheduler.regions.Regions;

/// How long tasks are expected to take, and which queue takes them.
public final class TaskTimes {
  private final List<Calibration> speeds;
  private final List<ControlCost> controls;
  private final List<Map<QueueRole, Timeline.Lane>> lanes;

  /// What was asked before, by index of the region: orders are tried several times.
  private final Map<Integer, Double> regions = new HashMap<>();

  public TaskTimes(List<Device> devices, List<Calibration> speeds, List<ControlCost> controls) {
    this.speeds = speeds;
    this.controls = controls;
    this.lanes =
        IntStream.range(0, devices.size())
            .mapToObj(i -> lanes(devices.get(i), i, speeds.get(i).overlaps()))
            .toList();
  }

  /// The queue of a task.
  public Timeline.Lane lane(Schedule.Task task) {
    QueueRole role =
        switch (task.action) {
          case Schedule.Action.Upload _, Schedule.Action.Load _, Schedule.Action.Bridge _ ->
              QueueRole.UPLOAD;
          case Schedule.Action.Fetch _ -> QueueRole.DOWNLOAD;
          case Schedule.Action.Run _, Schedule.Action.Keep _, Schedule.Action.Control _ ->
              QueueRole.COMPUTE;
        };
    return Objects.requireNonNull(lanes.get(task.device).get(role));
  }

  /// The queue of each role of a device, called by the first role that it serves. Queues that do
  /// not work at the same time are as good as one.
  private static Map<QueueRole, Timeline.Lane> lanes(Device device, int index, boolean overlaps) {
    Map<Queue, QueueRole> first = new HashMap<>();
    Map<QueueRole, Timeline.Lane> lanes = new EnumMap<>(QueueRole.class);
    for (QueueRole role : QueueRole.values()) {
      QueueRole known =
          overlaps ? first.computeIfAbsent(device.queue(role), _ -> role) : QueueRole.COMPUTE;
      lanes.put(role, new Timeline.Lane(index, known));
    }
    return lanes;
  }

  /// Expected time of a task in seconds.
  public double seconds(Schedule.Task task) {
    Calibration speed = speeds.get(task.device);
    return switch (task.action) {
      case Schedule.Action.Upload(String _, Schedule.Cell to) ->
          speed.link().upSeconds(to.value().type().bytes());
      case Schedule.Action.Load(Schedule.Cell to) ->
          speed.link().upSeconds(to.value().type().bytes());
      case Schedule.Action.Bridge(Schedule.Cell _, Schedule.Cell to) -> upSeconds(to);
      case Schedule.Action.Fetch(Schedule.Cell from, var purpose) ->
          purpose == ByteMeter.Purpose.FETCH
              ? speed.link().downSeconds(from.value().type().bytes())
              : downSeconds(from);
      case Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell _) ->
          speed.seconds(Work.copy(value.value().type().bytes()));
      case Schedule.Action.Run(Regions.Placed placed, int index) ->
          regions.computeIfAbsent(index, _ -> speed.seconds(Work.of(placed.region())));
      case Schedule.Action.Control(
              Regions.Controlled placed,
              int index,
              Optional<Schedule.Cell> _) ->
          controls.get(index).seconds();
    };
  }

  /// Expected time of bringing a value up that came down before, in seconds.
  public double upSeconds(Schedule.Cell to) {
    return speeds.get(to.device()).offHeap().upSeconds(to.value().type().bytes());
  }

  /// Expected time of bringing a value down that goes up again, in seconds.
  public double downSeconds(Schedule.Cell from) {
    return speeds.get(from.device()).offHeap().downSeconds(from.value().type().bytes());
  }
}

package org.tombolo.scheduler;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tombolo.device.ByteMeter;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.scheduler.regions.Regions;
import org.tombolo.scheduler.schedule.Schedule;

/// Tasks in words.
final class Explanation {
  private Explanation() {}

  /// What a task does.
  static String describe(Blueprint plan, Schedule.Task task) {
    return switch (task.action) {
      case Schedule.Action.Upload(String input, Schedule.Cell to) ->
          "upload input \"%s\": %s%s".formatted(input, to.value().type(), again(to));
      case Schedule.Action.Load(Schedule.Cell to) ->
          "upload variable \"%s\": %s%s"
              .formatted(((Op.Variable) to.value().op()).name(), to.value().type(), again(to));
      case Schedule.Action.Run(Regions.Placed region, int _) ->
          run(region) + again(task.writes.getFirst());
      case Schedule.Action.Control(
              Regions.Controlled placed,
              int _,
              Optional<Schedule.Cell> condition) ->
          "run %s -> %s%s"
              .formatted(
                  placed.name(),
                  types(placed.outputs()),
                  condition.map(cell -> ", decided by " + cell.value()).orElse(""));
      case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell to) ->
          "upload %s of %s%s"
              .formatted(to.value(), plan.devices().get(from.device()).id(), again(to));
      case Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell variable) ->
          "copy %s into %s".formatted(value.value(), variable.value());
      case Schedule.Action.Fetch(Schedule.Cell from, ByteMeter.Purpose purpose) ->
          purpose == ByteMeter.Purpose.SWAP
              ? "download %s, to make room".formatted(from.value())
              : "download %s%s".formatted(from.value(), names(plan, from));
    };
  }

  private static String again(Schedule.Cell cell) {
    return cell.again() > 0 ? ", again" : "";
  }

  private static String run(Regions.Placed region) {
    int operations = region.region().body().nodes().size() - region.region().body().inputs().size();
    return "run %s -> %s%s"
        .formatted(
            region.region().name(),
            types(region.outputs()),
            operations > 1 ? " (%d operations%s)".formatted(operations, saved(region)) : "");
  }

  /// What fusing saves, and what is computed again for it.
  private static String saved(Regions.Placed region) {
    String again =
        region.repeated().isEmpty()
            ? ""
            : ", again %s"
                .formatted(
                    region.repeated().stream()
                        .map(node -> node.op().mnemonic())
                        .collect(Collectors.joining(", ")));
    String bytes =
        region.savedBytes() > 0 ? ", %,d bytes saved".formatted(region.savedBytes()) : "";
    return bytes + again;
  }

  private static String types(List<Node> nodes) {
    return nodes.stream().map(node -> node.type().toString()).collect(Collectors.joining(", "));
  }

  private static String names(Blueprint plan, Schedule.Cell cell) {
    String names =
        plan.schedule().results().entrySet().stream()
            .filter(result -> result.getValue().equals(cell.first()))
            .map(result -> "\"" + result.getKey() + "\"")
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "" : " as " + names;
  }
}

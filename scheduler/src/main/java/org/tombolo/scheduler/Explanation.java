package org.tombolo.scheduler;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tombolo.device.ByteMeter;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Node;

/// A plan in words.
final class Explanation {
  private Explanation() {}

  static String of(Blueprint plan, PlanStatistics statistics) {
    StringBuilder text = new StringBuilder();
    text.append(
        "plan of %s: %d operations in %d launches, predicted %.3f ms%n"
            .formatted(
                plan.graph().name(),
                plan.homes().size(),
                statistics.launches(),
                statistics.predictedSeconds() * 1e3));
    text.append("placement: ").append(placement(plan)).append('\n');
    text.append("tasks, in order:\n");
    tasks(text, plan, "  ");
    text.append("moved in each run:\n");
    traffic(text, plan, "  ");
    text.append("memory:\n");
    for (PlanStatistics.Memory memory : statistics.memory()) {
      text.append(
          "  %s: %,d bytes of variables, %,d of constants, %,d for values (at most %,d live at once)%n"
              .formatted(
                  memory.device(),
                  memory.stateBytes(),
                  memory.constantBytes(),
                  memory.arenaBytes(),
                  memory.liveBytes()));
    }
    return text.toString();
  }

  private static void tasks(StringBuilder text, Blueprint plan, String indent) {
    int number = 0;
    for (Schedule.Task task : plan.schedule().tasks()) {
      String id = plan.devices().get(task.device).id();
      text.append("%s%4d  %-10s ".formatted(indent, number++, id));
      text.append(describe(plan, task)).append('\n');
      if (task.action
          instanceof
          Schedule.Action.Control(Regions.Controlled _, int index, Optional<Schedule.Cell> _)) {
        inside(text, plan.controls().get(index), indent + "      ");
      }
    }
  }

  private static void inside(StringBuilder text, ControlPlan control, String indent) {
    List<String> names =
        switch (control.flow()) {
          case ControlFlow.If _ -> List.of("if true", "if false");
          case ControlFlow.While _ -> List.of("once", "at each trip");
        };
    for (int i = 0; i < names.size(); i++) {
      Blueprint part = control.parts().get(i);
      text.append("%s%s, moves %s:%n".formatted(indent, names.get(i), moved(part)));
      tasks(text, part, indent);
    }
  }

  private static String moved(Blueprint part) {
    StringBuilder text = new StringBuilder();
    traffic(text, part, "");
    return text.isEmpty() ? "nothing" : text.toString().lines().collect(Collectors.joining("; "));
  }

  private static void traffic(StringBuilder text, Blueprint plan, String indent) {
    plan.traffic()
        .forEach((route, bytes) ->
            text.append(
                "%s%s -> %s, %s: %,d bytes%n"
                    .formatted(
                        indent,
                        route.from(),
                        route.to(),
                        route.purpose().name().toLowerCase(Locale.ROOT),
                        bytes)));
  }

  private static String placement(Blueprint plan) {
    String ids = plan.devices().stream().map(info -> info.id()).collect(Collectors.joining(", "));
    return switch (plan.devices().size()) {
      case 1 -> "everything on " + ids + ", the only device";
      case 2 -> "least estimated cost of all placements on " + ids;
      default -> "no move of operations to any one of " + ids + " costs less";
    };
  }

  /// What a task does, in words.
  static String describe(Blueprint plan, Schedule.Task task) {
    return switch (task.action) {
      case Schedule.Action.Upload(String input, Schedule.Cell to) ->
          "upload input \"%s\": %s".formatted(input, to.value().type());
      case Schedule.Action.Run(Regions.Placed region, int _) -> run(region);
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
          "upload %s of %s".formatted(to.value(), plan.devices().get(from.device()).id());
      case Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell variable) ->
          "copy %s into %s".formatted(value.value(), variable.value());
      case Schedule.Action.Fetch(Schedule.Cell from, ByteMeter.Purpose _) ->
          "download %s%s".formatted(from.value(), names(plan, from));
    };
  }

  private static String run(Regions.Placed region) {
    int operations = region.region().body().nodes().size() - region.region().body().inputs().size();
    return "run %s -> %s%s"
        .formatted(
            region.region().name(),
            types(region.outputs()),
            operations > 1 ? " (%d operations)".formatted(operations) : "");
  }

  private static String types(List<Node> nodes) {
    return nodes.stream().map(node -> node.type().toString()).collect(Collectors.joining(", "));
  }

  private static String names(Blueprint plan, Schedule.Cell cell) {
    String names =
        plan.schedule().results().entrySet().stream()
            .filter(result -> result.getValue().equals(cell))
            .map(result -> "\"" + result.getKey() + "\"")
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "" : " as " + names;
  }
}

package org.tombolo.scheduler;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;

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
    int number = 0;
    for (Schedule.Task task : plan.schedule().tasks()) {
      text.append("  %4d  %-10s ".formatted(number++, plan.devices().get(task.device).id()));
      text.append(describe(plan, task)).append('\n');
    }
    text.append("moved in each run:\n");
    plan.traffic()
        .forEach((route, bytes) ->
            text.append(
                "  %s -> %s, %s: %,d bytes%n"
                    .formatted(
                        route.from(),
                        route.to(),
                        route.purpose().name().toLowerCase(Locale.ROOT),
                        bytes)));
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

  private static String placement(Blueprint plan) {
    String ids = plan.devices().stream().map(info -> info.id()).collect(Collectors.joining(", "));
    return switch (plan.devices().size()) {
      case 1 -> "everything on " + ids + ", the only device";
      case 2 -> "least estimated cost of all placements on " + ids;
      default -> "least estimated cost of all placements on any two of " + ids;
    };
  }

  private static String describe(Blueprint plan, Schedule.Task task) {
    return switch (task.action) {
      case Schedule.Action.Upload(String input, Schedule.Cell to) ->
          "upload input \"%s\": %s".formatted(input, to.value().type());
      case Schedule.Action.Run(Regions.Placed region, int _) -> run(region);
      case Schedule.Action.Bridge(Schedule.Cell from, Schedule.Cell to) ->
          "bring %s from %s".formatted(to.value(), plan.devices().get(from.device()).id());
      case Schedule.Action.Keep(Schedule.Cell value, Schedule.Cell variable) ->
          "copy %s into %s".formatted(value.value(), variable.value());
      case Schedule.Action.Fetch(String output, Schedule.Cell from) ->
          "download output \"%s\": %s".formatted(output, from.value().type());
    };
  }

  private static String run(Regions.Placed region) {
    List<TensorType> outputs = region.outputs().stream().map(Node::type).toList();
    int operations = region.region().body().nodes().size() - region.region().body().inputs().size();
    return "run %s -> %s%s"
        .formatted(
            region.region().name(),
            outputs.stream().map(TensorType::toString).collect(Collectors.joining(", ")),
            operations > 1 ? " (%d operations)".formatted(operations) : "");
  }
}

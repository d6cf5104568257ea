package org.tombolo.scheduler;

import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.tombolo.device.ByteMeter;
import org.tombolo.graph.Node;
import org.tombolo.scheduler.regions.ControlRun;
import org.tombolo.scheduler.regions.Reads;
import org.tombolo.scheduler.regions.Regions;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.schedule.Schedule;

/// What a plan moves in each direction beside what it cannot help moving.
///
/// With the operations on their devices, each value that is needed where it is not made has to come
/// down once, unless the host has it, and to go up once to each device that needs it. Wherever they
/// run, inputs that anybody reads go up once at least, and computed results and decisions come down
/// once.
final class TransferBounds {
  private final Blueprint plan;
  private final Reads reads;

  /// Values on devices that do not make them.
  private final Set<Schedule.Cell> guests = new HashSet<>();

  /// Values that the host needs: for the caller and for decisions, and to pass on.
  private final Set<Node> results = new HashSet<>();

  private final Set<Node> brought = new HashSet<>();

  private TransferBounds(Blueprint plan) {
    this.plan = plan;
    this.reads = Reads.of(plan.graph(), plan.homes());
    for (Schedule.Task task : plan.schedule().tasks()) {
      switch (task.action) {
        case Schedule.Action.Run(Regions.Placed region, int _) ->
            region.inputs().forEach(value -> need(value, region.device()));
        case Schedule.Action.Control(
                Regions.Controlled control,
                int _,
                Optional<Schedule.Cell> condition) -> {
          ControlRun run = ControlRun.of(control.outputs().getFirst());
          int kept = run.operands().size() - ControlRun.moved(control.outputs().getFirst()).size();
          control.operands().stream().skip(kept).forEach(value -> need(value, control.device()));
          condition.ifPresent(cell -> results.add(cell.value()));
        }
        case Schedule.Action.Upload _,
            Schedule.Action.Load _,
            Schedule.Action.Bridge _,
            Schedule.Action.Keep _,
            Schedule.Action.Fetch _ -> {}
      }
    }
    for (Node assign : plan.graph().assigns()) {
      need(reads.value(assign), home(assign));
    }
    for (Node output : plan.graph().outputs().values()) {
      Node value = reads.value(output);
      if (!Schedule.isOnHost(value)) {
        results.add(value);
      }
    }
    brought.addAll(results);
    guests.stream()
        .map(Schedule.Cell::value)
        .filter(value -> !Schedule.isOnHost(value))
        .forEach(brought::add);
  }

  static TransferBounds of(Blueprint plan) {
    return new TransferBounds(plan);
  }

  private void need(Node value, int device) {
    Schedule.Cell cell = new Schedule.Cell(value, device);
    Integer home = plan.homes().get(value);
    boolean isVisitor = plan.schedule().visitors().containsKey(cell);
    if ((home == null || home != device) && !isVisitor && !plan.schedule().isResident(cell)) {
      guests.add(cell);
    }
  }

  private int home(Node node) {
    return Objects.requireNonNull(plan.homes().get(node));
  }

  PlanReport.Bytes up() {
    long here = guests.stream().mapToLong(cell -> cell.value().type().bytes()).sum();
    long any =
        guests.stream()
            .map(Schedule.Cell::value)
            .filter(Schedule::isOnHost)
            .distinct()
            .mapToLong(value -> value.type().bytes())
            .sum();
    return new PlanReport.Bytes(planned(true), here, any);
  }

  PlanReport.Bytes down() {
    long here = brought.stream().mapToLong(value -> value.type().bytes()).sum();
    long any = results.stream().mapToLong(value -> value.type().bytes()).sum();
    return new PlanReport.Bytes(planned(false), here, any);
  }

  private long planned(boolean up) {
    return plan.traffic().entrySet().stream()
        .filter(entry -> isUp(entry.getKey()) == up)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static boolean isUp(ByteMeter.Route route) {
    return route.from().equals(ByteMeter.HOST);
  }
}

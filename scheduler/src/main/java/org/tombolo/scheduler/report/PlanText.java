package org.tombolo.scheduler.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// A plan in words.
final class PlanText {
  private final StringBuilder text = new StringBuilder();

  private PlanText() {}

  static String of(PlanReport plan) {
    PlanText words = new PlanText();
    words.all(plan);
    return words.text.toString();
  }

  private void all(PlanReport plan) {
    line(
        "plan of %s: %d operations in %d launches, predicted %.3f ms"
            .formatted(
                plan.graph(),
                plan.operations().stream().filter(it -> it.device().isPresent()).count(),
                plan.tasks().stream().filter(PlanText::isLaunch).count(),
                plan.seconds() * 1e3));
    plan.measured()
        .ifPresent(it ->
            line(
                "measured: %.3f ms, the median of %d runs; the fastest took %.3f ms"
                    .formatted(it.seconds() * 1e3, it.runs(), it.fastest() * 1e3)));
    line(
        "placement: %s; one after the other %.3f ms"
            .formatted(plan.placement().claim(), plan.placement().seconds() * 1e3));
    line("tasks, in order:");
    tasks(plan, "  ");
    line("moved in each run:");
    plan.traffic().forEach(it -> line("  " + moved(it)));
    line("  up: " + bound(plan.up()));
    line("  down: " + bound(plan.down()));
    line("memory:");
    plan.devices().forEach(device -> line("  " + memory(device)));
    returns(plan);
    if (plan.devices().size() > 1) {
      line("operations, and why they run where they do:");
      plan.operations().stream().filter(PlanText::isPlaced).forEach(it -> line("  " + placed(it)));
    }
  }

  private static boolean isLaunch(PlanReport.Task task) {
    return switch (task.kind()) {
      case REGION, COPY -> true;
      case UPLOAD, CONTROL, BRIDGE, DOWNLOAD -> false;
    };
  }

  private void tasks(PlanReport plan, String indent) {
    for (PlanReport.Task task : plan.tasks()) {
      line("%s%4d  %-10s %s".formatted(indent, task.index(), task.device(), task.text()));
      for (PlanReport.Inner inner : task.inside()) {
        List<PlanReport.Traffic> traffic = inner.plan().traffic();
        String deeper = indent + "      ";
        String all = traffic.stream().map(PlanText::moved).collect(Collectors.joining("; "));
        line("%s%s, moves %s:".formatted(deeper, inner.when(), all.isEmpty() ? "nothing" : all));
        tasks(inner.plan(), deeper);
      }
    }
  }

  private static String moved(PlanReport.Traffic traffic) {
    return "%s -> %s, %s: %,d bytes"
        .formatted(
            traffic.from(),
            traffic.to(),
            traffic.purpose().name().toLowerCase(Locale.ROOT),
            traffic.bytes());
  }

  private static String bound(PlanReport.Bytes bytes) {
    return "%,d bytes; with these devices for the operations at least %,d, with any at least %,d"
        .formatted(bytes.planned(), bytes.leastHere(), bytes.least());
  }

  private static String memory(PlanReport.Device device) {
    return "%s: %,d bytes of variables, %,d of constants, %,d for inputs, %,d for values (at most %,d live at once)"
        .formatted(
            device.id(),
            device.stateBytes(),
            device.constantBytes(),
            device.inputBytes(),
            device.arenaBytes(),
            device.liveBytes());
  }

  private void returns(PlanReport plan) {
    if (plan.returns().isEmpty()) {
      return;
    }
    line(
        "made room by %d values that leave and come back; predicted %.3f ms, with more memory %.3f ms:"
            .formatted(plan.returns().size(), plan.seconds() * 1e3, plan.freeSeconds() * 1e3));
    for (PlanReport.Return it : plan.returns()) {
      line(
          "  %4d  %s on %s, %,d bytes: %s, %.3f us"
              .formatted(
                  it.task(),
                  it.value(),
                  it.device(),
                  it.bytes(),
                  it.way().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  it.seconds() * 1e6));
    }
  }

  /// Whether somebody chose a device for it.
  private static boolean isPlaced(PlanReport.Operation operation) {
    return switch (operation.why().reason()) {
      case FED, EVERYWHERE -> false;
      case ONLY_DEVICE, PINNED, SETTLED, ONLY_ABLE, CHEAPEST, CONSTRAINED -> true;
    };
  }

  private static String placed(PlanReport.Operation operation) {
    String others =
        operation.why().others().stream()
            .map(other -> "; " + other(other))
            .collect(Collectors.joining());
    return "%4d  %s: %s on %s: %s%s"
        .formatted(
            operation.id(),
            operation.name(),
            operation.type(),
            operation.device().orElse("none"),
            operation.why().words(),
            others);
  }

  private static String other(PlanReport.Other other) {
    return other.refusal().isPresent()
        ? other.device() + ": " + other.refusal().get()
        : "on %s %s (execution %s, transfers %s)"
            .formatted(
                other.device(),
                difference(other.seconds().orElse(0)),
                difference(other.execution().orElse(0)),
                difference(other.transfer().orElse(0)));
  }

  private static String difference(double seconds) {
    return "%+.3f us".formatted(seconds * 1e6);
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}

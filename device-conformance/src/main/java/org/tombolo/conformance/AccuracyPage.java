package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.TreeSet;

/// The accuracy of devices as a page of documentation, in Markdown: the largest error for each
/// operation and float type.
public final class AccuracyPage {
  private AccuracyPage() {}

  /// @param command with which the page is made
  /// @param reports one for each column, of runs that held the numerics suite
  public static String of(String command, List<Report> reports) {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Accuracy

        The largest error seen for each operation and float type, in units in the last place (ulp) of what the
        double-precision reference gives, rounded to the type; for sums of products, of the same sum over magnitudes. Where
        values of mixed sign meet in an order that is the device's choice (`window_max_grad`), what is left can be small and the
        error many units of it.
        Results below the normal range are left out: whether a device keeps them is a check of its own. Integers and bools
        are always equal to the reference, or the device does not conform. `refused` is what a device leaves to others.

        """);
    page.append("Made by `").append(command).append("`. Do not edit: run it again.\n\n");
    for (Report report : reports) {
      page.append("* `%s`: %s\n".formatted(report.device(), report.about()));
    }
    List<String> head = new ArrayList<>(List.of("operation", "type"));
    reports.forEach(report -> head.add(report.device()));
    page.append("\n| ").append(String.join(" | ", head)).append(" |\n");
    page.append("|---|---|").append("---:|".repeat(reports.size())).append('\n');
    TreeSet<OpLabel> labels = new TreeSet<>();
    reports.forEach(report -> labels.addAll(report.byOperation().keySet()));
    for (OpLabel label : labels) {
      if (label.dtype().isFloat()) {
        List<String> row = new ArrayList<>(List.of(label.op(), label.dtype().toString()));
        for (Report report : reports) {
          row.add(cell(report.byOperation().getOrDefault(label, List.of())));
        }
        page.append("| ").append(String.join(" | ", row)).append(" |\n");
      }
    }
    return page.toString();
  }

  private static String cell(List<CheckResult> results) {
    Report.Counts counts = Report.Counts.of(results);
    if (counts.failed() > 0) {
      return "FAILS";
    }
    if (counts.passed() == 0) {
      return results.isEmpty() ? "" : "refused";
    }
    OptionalDouble worst = Report.worstUlps(results);
    return worst.isEmpty() ? "equal" : text(worst.getAsDouble());
  }

  private static String text(double ulps) {
    return ulps == 0 ? "0" : String.format(Locale.ROOT, ulps < 10 ? "%.2f" : "%.0f", ulps);
  }
}

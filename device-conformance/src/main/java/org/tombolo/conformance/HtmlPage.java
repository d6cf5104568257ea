package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.tombolo.graph.DType;

/// A report as one HTML file that needs nothing else: no scripts, no styles from elsewhere.
public final class HtmlPage {
  private static final String STYLE =
      """
      body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem;
        padding: 0 1rem; color: #1c1c1c; background: #fff }
      h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem }
      table { border-collapse: collapse; margin: .5rem 0 }
      th, td { border: 1px solid #ccc; padding: .2rem .6rem; text-align: left; vertical-align: top }
      td.n { text-align: right; font-variant-numeric: tabular-nums }
      .pass { background: #e3f4e3 } .fail { background: #fbdcdc } .none { background: #f0f0f0 }
      code, pre { font: 13px/1.4 ui-monospace, monospace }
      pre { white-space: pre-wrap; background: #f6f6f6; padding: .5rem; margin: .2rem 0 }
      """;

  private final StringBuilder html = new StringBuilder();

  private HtmlPage() {}

  /// The page of one run or of several, such as one for each device.
  public static String of(List<Report> reports) {
    HtmlPage page = new HtmlPage();
    page.line("<!DOCTYPE html>");
    page.line("<html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    page.line("<title>Tombolo conformance</title>");
    page.line("<style>\n" + STYLE + "</style></head><body>");
    page.line("<h1>Tombolo conformance</h1>");
    reports.forEach(page::report);
    page.line("</body></html>");
    return page.html.toString();
  }

  private void report(Report report) {
    Report.Counts counts = report.counts();
    line("<h2>%s: %s</h2>".formatted(escaped(report.device()), escaped(report.about())));
    line(
        "<p class=\"%s\"><strong>%s</strong>: %d passed, %d failed, %d left out in %s s, seed %d</p>"
            .formatted(
                report.passed() ? "pass" : "fail",
                report.passed() ? "Conforms" : "Does not conform",
                counts.passed(),
                counts.failed(),
                counts.skipped(),
                seconds(report.time().toNanos() * 1e-9),
                report.options().seed()));
    suites(report);
    failures(report);
    operations(report);
    reasons(report);
  }

  private void suites(Report report) {
    line("<h3>Suites</h3><table>");
    row("th", "suite", "looks at", "passed", "failed", "left out", "seconds");
    report
        .suites()
        .forEach((suite, about) -> {
          List<CheckResult> own = report.of(suite);
          Report.Counts counts = Report.Counts.of(own);
          line(
              "<tr class=\"%s\"><td>%s</td><td>%s</td>%s%s%s%s</tr>"
                  .formatted(
                      counts.failed() > 0 ? "fail" : counts.passed() > 0 ? "pass" : "none",
                      escaped(suite),
                      escaped(about),
                      number(Integer.toString(counts.passed())),
                      number(Integer.toString(counts.failed())),
                      number(Integer.toString(counts.skipped())),
                      number(seconds(Report.seconds(own)))));
        });
    line("</table>");
  }

  private void failures(Report report) {
    if (report.failures().isEmpty()) {
      return;
    }
    line("<h3>Failures</h3>");
    for (CheckResult failure : report.failures()) {
      String problem = ((Verdict.Failed) failure.verdict()).problem();
      line("<h4><code>%s</code></h4>".formatted(escaped(failure.path())));
      line("<pre>%s</pre>".formatted(escaped(problem)));
      line("<pre>%s</pre>".formatted(escaped(failure.reproduction())));
    }
  }

  /// One row for each operation, one column for each element type.
  private void operations(Report report) {
    var cells = report.byOperation();
    if (cells.isEmpty()) {
      return;
    }
    line("<h3>Operations</h3>");
    line("<p>Largest error in units in the last place; <em>ok</em> where no float comes out; ");
    line("<em>refused</em> where the device leaves it to others.</p><table>");
    List<String> heads = new ArrayList<>(List.of("operation"));
    for (DType dtype : DType.values()) {
      heads.add(dtype.toString());
    }
    row("th", heads.toArray(String[]::new));
    for (String op : cells.keySet().stream().map(OpLabel::op).distinct().toList()) {
      StringBuilder row = new StringBuilder("<tr><td>%s</td>".formatted(escaped(op)));
      for (DType dtype : DType.values()) {
        row.append(cell(cells.getOrDefault(new OpLabel(op, dtype), List.of())));
      }
      line(row.append("</tr>").toString());
    }
    line("</table>");
  }

  private static String cell(List<CheckResult> results) {
    Report.Counts counts = Report.Counts.of(results);
    if (results.isEmpty()) {
      return "<td></td>";
    }
    String error = error(Report.worstUlps(results));
    if (counts.failed() > 0) {
      return "<td class=\"fail\">%d of %d fail<br>%s</td>"
          .formatted(counts.failed(), results.size(), error);
    }
    return counts.passed() > 0
        ? "<td class=\"pass\">%s</td>".formatted(error)
        : "<td class=\"none\">refused</td>";
  }

  private void reasons(Report report) {
    if (report.reasons().isEmpty()) {
      return;
    }
    line("<h3>Left out, excluded, expected to fail</h3><ul>");
    report.reasons().forEach(reason -> line("<li>%s</li>".formatted(escaped(reason))));
    line("</ul>");
  }

  private void row(String tag, String... cells) {
    StringBuilder row = new StringBuilder("<tr>");
    for (String cell : cells) {
      row.append("<%s>%s</%s>".formatted(tag, escaped(cell), tag));
    }
    line(row.append("</tr>").toString());
  }

  private static String number(String text) {
    return "<td class=\"n\">%s</td>".formatted(text);
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.1f", seconds);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private void line(String text) {
    html.append(text).append('\n');
  }

  /// A few digits; `ok` where no float came out.
  private static String error(OptionalDouble worst) {
    if (worst.isEmpty()) {
      return "ok";
    }
    double ulps = worst.getAsDouble();
    return Double.isInfinite(ulps)
        ? "&infin;"
        : ulps == 0 ? "0" : String.format(Locale.ROOT, ulps < 10 ? "%.2f" : "%.0f", ulps);
  }
}

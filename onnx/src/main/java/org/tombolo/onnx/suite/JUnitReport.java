package org.tombolo.onnx.suite;

import java.util.List;

/// Results in the form that JUnit's tools read.
public final class JUnitReport {
  private JUnitReport() {}

  /// The results as a page of XML.
  ///
  /// @param name of the suite
  /// @param results all of them
  public static String xml(String name, List<TestResult> results) {
    StringBuilder out = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    long took = results.stream().mapToLong(TestResult::milliseconds).sum();
    out.append(
        "<testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\" time=\"%s\">\n"
            .formatted(
                escaped(name),
                results.size(),
                count(results, TestResult.Outcome.FAILED),
                count(results, TestResult.Outcome.SKIPPED),
                took / 1000.0));
    for (TestResult result : results) {
      String head =
          "  <testcase classname=\"%s\" name=\"%s\" time=\"%s\""
              .formatted(
                  escaped(result.test().kind()),
                  escaped(result.test().name()),
                  result.milliseconds() / 1000.0);
      out.append(
          switch (result.outcome()) {
            case PASSED -> head + "/>\n";
            case SKIPPED -> head + "><skipped/></testcase>\n";
            case FAILED ->
                "%s><failure message=\"%s\">%s</failure></testcase>\n"
                    .formatted(
                        head,
                        escaped(result.reason().lines().findFirst().orElse("")),
                        escaped(result.reason()));
          });
    }
    return out.append("</testsuite>\n").toString();
  }

  /// How many results ended in a certain way.
  public static long count(List<TestResult> results, TestResult.Outcome outcome) {
    return results.stream().filter(result -> result.outcome() == outcome).count();
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '<' -> out.append("&lt;");
            case '>' -> out.append("&gt;");
            case '&' -> out.append("&amp;");
            case '"' -> out.append("&quot;");
            default -> out.appendCodePoint(c >= ' ' || c == '\n' || c == '\t' ? c : '?');
          }
        });
    return out.toString();
  }
}

package org.tombolo.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a run of the kit found.
///
/// @param device id
/// @param about model, vendor and version of the device
/// @param options of the run
/// @param suites what each group looks at, by its name, in the order they ran
/// @param results of all checks, in the order they ran
/// @param time of the run
public record Report(
    String device,
    String about,
    Options options,
    Map<String, String> suites,
    List<CheckResult> results,
    Duration time) {
  private static final int MOST_REASONS = 12;

  /// Copies the list.
  public Report {
    results = List.copyOf(results);
  }

  /// Whether no check failed.
  public boolean passed() {
    return results.stream().noneMatch(CheckResult::failed);
  }

  /// The checks that failed.
  public List<CheckResult> failures() {
    return results.stream().filter(CheckResult::failed).toList();
  }

  /// Counts by what came of the checks.
  ///
  /// @param passed the device does what it must
  /// @param failed it does not
  /// @param skipped does not apply, excluded or expected to fail
  public record Counts(int passed, int failed, int skipped) {
    static Counts of(List<CheckResult> results) {
      int passed = 0;
      int failed = 0;
      for (CheckResult result : results) {
        passed += result.verdict() instanceof Verdict.Passed ? 1 : 0;
        failed += result.failed() ? 1 : 0;
      }
      return new Counts(passed, failed, results.size() - passed - failed);
    }
  }

  /// Counts of all checks.
  public Counts counts() {
    return Counts.of(results);
  }

  /// Results of one group.
  public List<CheckResult> of(String suite) {
    return results.stream().filter(result -> result.suite().equals(suite)).toList();
  }

  /// Results by operation and type, in alphabetical order.
  public SortedMap<OpLabel, List<CheckResult>> byOperation() {
    SortedMap<OpLabel, List<CheckResult>> all = new TreeMap<>();
    for (CheckResult result : results) {
      result
          .subject()
          .ifPresent(label -> all.computeIfAbsent(label, key -> new ArrayList<>()).add(result));
    }
    return all;
  }

  /// Largest error of these checks in units in the last place; empty without floats.
  static OptionalDouble worstUlps(List<CheckResult> results) {
    return results.stream()
        .map(CheckResult::verdict)
        .map(verdict ->
            switch (verdict) {
              case Verdict.Passed passed -> passed.worstUlps();
              case Verdict.Failed failed -> failed.worstUlps();
              case Verdict.Skipped _, Verdict.Excluded _, Verdict.FailedAsExpected _ ->
                  OptionalDouble.empty();
            })
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .max();
  }

  /// For people: what failed and how to repeat it, what was left out and why, and a line per group.
  public String text() {
    StringBuilder text = new StringBuilder();
    line(text, "%s: %s", device, about);
    for (CheckResult failure : failures()) {
      line(text, "");
      line(text, "FAILED %s", failure.path());
      String problem = ((Verdict.Failed) failure.verdict()).problem();
      line(text, "  %s", problem.strip().replace("\n", "\n  "));
      line(text, "  repeat: %s", failure.reproduction());
    }
    List<String> reasons = reasons();
    if (!reasons.isEmpty()) {
      line(text, "");
      reasons.stream().limit(MOST_REASONS).forEach(reason -> line(text, "%s", reason));
      if (reasons.size() > MOST_REASONS) {
        line(text, "and %d more for other reasons", reasons.size() - MOST_REASONS);
      }
    }
    line(text, "");
    line(text, "%-12s %7s %7s %8s %9s  %s", "suite", "passed", "failed", "left out", "seconds", "");
    suites.forEach((suite, about) -> {
      List<CheckResult> own = of(suite);
      Counts counts = Counts.of(own);
      line(
          text,
          "%-12s %7d %7d %8d %9.1f  %s",
          suite,
          counts.passed(),
          counts.failed(),
          counts.skipped(),
          seconds(own),
          about);
    });
    Counts all = counts();
    line(
        text,
        "%s: %d passed, %d failed, %d left out in %.1f s, seed %d",
        all.failed() == 0 ? "CONFORMS" : "DOES NOT CONFORM",
        all.passed(),
        all.failed(),
        all.skipped(),
        time.toMillis() / 1e3,
        options.seed());
    return text.toString();
  }

  /// Why checks were left out, each reason once with how many it is for.
  List<String> reasons() {
    Map<String, Integer> counts = new TreeMap<>();
    for (CheckResult result : results) {
      String reason =
          switch (result.verdict()) {
            case Verdict.Passed _, Verdict.Failed _ -> "";
            case Verdict.Skipped(String why) -> "left out: %s: %s".formatted(result.suite(), why);
            case Verdict.Excluded(String why) -> "excluded: %s: %s".formatted(result.suite(), why);
            case Verdict.FailedAsExpected(String why, String _) ->
                "fails as expected: %s: %s".formatted(result.path(), why);
          };
      counts.merge(reason, 1, Integer::sum);
    }
    counts.remove("");
    List<String> lines = new ArrayList<>();
    counts.forEach((reason, count) ->
        lines.add(count == 1 ? reason : "%s (%d checks)".formatted(reason, count)));
    return lines;
  }

  static double seconds(List<CheckResult> results) {
    return results.stream().mapToLong(result -> result.time().toNanos()).sum() * 1e-9;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments).stripTrailing()).append('\n');
  }
}

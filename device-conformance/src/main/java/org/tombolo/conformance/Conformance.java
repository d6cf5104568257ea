package org.tombolo.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Driver;
import org.tombolo.device.Limitations;
import org.tombolo.device.Probe;

/// Checks a device against the contract of [Device] and its parts. The author of a driver writes
/// one test:
///
/// ```java
/// class MyDriverTest {
///   @Test
///   void conforms() {
///     Report report = Conformance.of(new MyDriver()).run();
///     assertTrue(report.passed(), report::text);
///   }
/// }
/// ```
///
/// The same checks are run by `tombolo conformance`, which each failure in the report names with
/// the arguments that repeat it.
public final class Conformance {
  private final Subject subject;
  private final Options options;
  private final Consumer<CheckResult> listener;

  private Conformance(Subject subject, Options options, Consumer<CheckResult> listener) {
    this.subject = subject;
    this.options = options;
    this.listener = listener;
  }

  /// The first device that a driver finds.
  ///
  /// @throws DeviceException if it finds none
  public static Conformance of(Driver driver) {
    for (Probe probe : driver.probe()) {
      if (probe instanceof Probe.Found found) {
        return of(driver, found);
      }
    }
    throw new DeviceException(
        driver.id(), "finds no device; need one to check", "what its probe() says is missing");
  }

  /// A device that a driver found.
  public static Conformance of(Driver driver, Probe.Found found) {
    return new Conformance(
        new Subject(
            found.info().id(),
            Optional.of(driver),
            () -> driver.open(found),
            Optional.empty(),
            Optional.empty()),
        Options.all(),
        result -> {});
  }

  /// A device without its driver, so that discovery is not checked.
  ///
  /// @param id of the device, for the report
  /// @param opener opens the device anew at each call
  public static Conformance of(String id, Supplier<? extends Device> opener) {
    return new Conformance(
        new Subject(id, Optional.empty(), opener, Optional.empty(), Optional.empty()),
        Options.all(),
        result -> {});
  }

  /// With other options than [Options#all].
  public Conformance with(Options other) {
    return new Conformance(subject, other, listener);
  }

  /// With someone who hears of each result at once.
  public Conformance listening(Consumer<CheckResult> other) {
    return new Conformance(subject, options, other);
  }

  /// With a device whose first launch fails after it was handed over, so that the way of errors can
  /// be checked.
  public Conformance withFailing(Supplier<? extends Device> failing) {
    return new Conformance(
        new Subject(
            subject.id(),
            subject.driver(),
            subject.opener(),
            Optional.of(failing),
            subject.unbuildable()),
        options,
        listener);
  }

  /// With a device whose compiler refuses everything, so that build errors can be checked.
  public Conformance withUnbuildable(Supplier<? extends Device> unbuildable) {
    return new Conformance(
        new Subject(
            subject.id(),
            subject.driver(),
            subject.opener(),
            subject.failing(),
            Optional.of(unbuildable)),
        options,
        listener);
  }

  /// Runs the checks, one after the other. After one that fails the device is opened anew. What the
  /// device names among its [Limitations] is excluded.
  ///
  /// @throws IllegalArgumentException if no check is chosen, or if an exclusion or expectation
  ///   names none
  /// @throws DeviceException if a limitation names no check
  public Report run() {
    return new Conformance(subject, limited(), listener).report();
  }

  /// The options with what the device says it cannot do. A device that does not open has all its
  /// checks fail, which is told better than by an exception here.
  private Options limited() {
    Limitations limitations;
    try (Device device = subject.opener().get()) {
      limitations = device.extension(Limitations.class).orElse(Limitations.none());
    } catch (RuntimeException | LinkageError e) {
      return options;
    }
    Options limited = options;
    for (var entry : limitations.reasons().entrySet()) {
      limited = limited.excluding(entry.getKey(), entry.getValue());
    }
    Set<String> unknown = new TreeSet<>(limitations.reasons().keySet());
    if (!unknown.isEmpty()) {
      for (Suite suite : Suite.all()) {
        for (Check check : suite.checks().apply(options.seed())) {
          unknown.removeIf(path -> Options.covers(path, check.path()));
        }
      }
    }
    if (!unknown.isEmpty()) {
      throw new DeviceException(
          subject.id(),
          "has limitations called %s, which no check is".formatted(unknown),
          "names from the report");
    }
    return limited;
  }

  private Report report() {
    Map<Suite, List<Check>> plan = plan();
    List<CheckResult> results = new ArrayList<>();
    long start = System.nanoTime();
    for (var entry : plan.entrySet()) {
      try (Bench bench = new Bench(subject, options.seed())) {
        for (Check check : entry.getValue()) {
          CheckResult result = result(check, bench);
          if (result.failed()) {
            bench.renew();
          }
          results.add(result);
          listener.accept(result);
        }
      }
    }
    Map<String, String> suites = new LinkedHashMap<>();
    plan.keySet().forEach(suite -> suites.put(suite.name(), suite.about()));
    return new Report(
        subject.id(),
        about(),
        options,
        suites,
        results,
        Duration.ofNanos(System.nanoTime() - start));
  }

  private Map<Suite, List<Check>> plan() {
    Map<Suite, List<Check>> all = new LinkedHashMap<>();
    Map<Suite, List<Check>> chosen = new LinkedHashMap<>();
    for (Suite suite : Suite.all()) {
      List<Check> checks = suite.checks().apply(options.seed());
      all.put(suite, checks);
      List<Check> some = checks.stream().filter(this::chooses).toList();
      if (!some.isEmpty()) {
        chosen.put(suite, some);
      }
    }
    for (Map<String, String> paths : List.of(options.exclusions(), options.expected())) {
      for (String path : paths.keySet()) {
        if (all.values().stream()
            .flatMap(List::stream)
            .noneMatch(check -> Options.covers(path, check.path()))) {
          throw new IllegalArgumentException(
              "conformance: no check is called %s\n  try: a path from the report".formatted(path));
        }
      }
    }
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "conformance: no check has \"%s\" in its name\n  try: a suite: %s"
              .formatted(
                  options.only(),
                  String.join(", ", all.keySet().stream().map(Suite::name).toList())));
    }
    return chosen;
  }

  private boolean chooses(Check check) {
    return check.path().contains(options.only())
        && check.tags().stream().noneMatch(options.without()::contains);
  }

  private CheckResult result(Check check, Bench bench) {
    long start = System.nanoTime();
    Optional<String> excluded = reason(options.exclusions(), check);
    Verdict verdict =
        excluded.isPresent()
            ? new Verdict.Excluded(excluded.get())
            : weighed(check, verdict(check, bench));
    return new CheckResult(
        check.suite(),
        check.name(),
        check.subject(),
        verdict,
        Duration.ofNanos(System.nanoTime() - start),
        "tombolo conformance --device %s --only \"%s\" --seed %d"
            .formatted(subject.id(), check.path(), options.seed()));
  }

  private static Verdict verdict(Check check, Bench bench) {
    try {
      return check.body().run(bench);
    } catch (Violation e) {
      return Verdict.failed(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Verdict.failed("interrupted");
    } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
      return Verdict.failed("threw " + e);
    }
  }

  /// What the verdict means to someone who expects a failure.
  private Verdict weighed(Check check, Verdict seen) {
    Optional<String> expected = reason(options.expected(), check);
    if (expected.isEmpty()) {
      return seen;
    }
    return switch (seen) {
      case Verdict.Failed failed -> new Verdict.FailedAsExpected(expected.get(), failed.problem());
      case Verdict.Passed _ ->
          Verdict.failed(
              "stale: passes, but is expected to fail (%s); need the expectation taken away"
                  .formatted(expected.get()));
      case Verdict.Skipped _, Verdict.Excluded _, Verdict.FailedAsExpected _ -> seen;
    };
  }

  private static Optional<String> reason(Map<String, String> reasons, Check check) {
    return reasons.entrySet().stream()
        .filter(entry -> Options.covers(entry.getKey(), check.path()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /// The device in words, if it opens.
  private String about() {
    try (Device device = subject.opener().get()) {
      var info = device.info();
      return "%s (%s, %s)".formatted(info.model(), info.vendor(), info.version());
    } catch (RuntimeException | LinkageError e) {
      return "cannot be opened";
    }
  }
}

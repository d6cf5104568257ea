package org.tombolo.bench.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// Ends with 1 if a hot kernel is slower than that of the accepted commit, which `bench/accepted`
/// names.
///
/// Both are run by turns on one thread and compared by its processor time, which other work on the
/// machine hardly changes; so are two loadings of the accepted kernel, as a control. What the JVM's
/// compiler makes of the same classes differs by a few percent from loading to loading, so each
/// kernel is loaded several times, and the median of the ratios counts. A kernel is too slow if it
/// is above 1.05 three times, from the second on with three times as many loadings, while the
/// control stays between 0.97 and 1.03. If the control does not, nothing is concluded, and that is
/// said. Results must be equal but for the order of sums.
///
/// Options: `--repository DIR` (.), `--loadings N` (5), `--only TEXT` to look at some kernels, and
/// `--slow TEXT`, which runs every tenth time twice what carries the text in its name: a slowdown
/// of ten percent, to see whether the gate notices.
public final class Gate {
  private static final double LIMIT = 1.05;
  private static final double CONTROL = 0.03;
  private static final int TRIES = 4;
  private static final int TIMES_ABOVE = 3;
  private static final int ROUNDS = 8;
  private static final double TOLERANCE = 1e-4;

  private Gate() {}

  /// Runs the gate.
  public static void main(String[] args) throws IOException, InterruptedException {
    Path repository = Path.of(".");
    int loadings = 5;
    String only = "";
    String slow = "";
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length) {
        throw new IllegalArgumentException("option \"%s\" needs a value".formatted(args[i]));
      }
      switch (args[i]) {
        case "--repository" -> repository = Path.of(args[i + 1]);
        case "--loadings" -> loadings = Integer.parseInt(args[i + 1]);
        case "--only" -> only = args[i + 1];
        case "--slow" -> slow = args[i + 1];
        default ->
            throw new IllegalArgumentException(
                "no option \"%s\"; there are --repository, --loadings, --only, --slow"
                    .formatted(args[i]));
      }
    }
    String commit = Files.readString(repository.resolve("bench/accepted")).strip();
    Path accepted = Sources.compiled(repository, commit, repository.resolve("target/gate"));
    List<String> mistakes = new ArrayList<>();
    System.out.printf("kernels beside those of %s, processor time on one thread%n%n", commit);
    System.out.println("| kernel | new / old | from | to | control | |");
    System.out.println("|---|---|---|---|---|---|");
    for (String name : Sources.current().keySet()) {
      if (name.contains(only)) {
        boolean slows = !slow.isEmpty() && name.contains(slow);
        String problem = compare(name, accepted, loadings, slows);
        if (!problem.isEmpty()) {
          mistakes.add(problem);
        }
      }
    }
    if (!mistakes.isEmpty()) {
      System.out.println();
      mistakes.forEach(System.out::println);
      System.exit(1);
    }
  }

  /// Compares one kernel and prints its line.
  ///
  /// @return what is wrong; empty if nothing is
  private static String compare(String name, Path accepted, int loadings, boolean slows) {
    if (!Sources.of(accepted).containsKey(name)) {
      System.out.printf("| %s | | | | | new |%n", name);
      return "";
    }
    String verdict = "inconclusive: the control left its bounds";
    double ratio = 1;
    int above = 0;
    for (int attempt = 1; attempt <= TRIES; attempt++) {
      double[] ratios = new double[attempt == 1 ? loadings : 3 * loadings];
      double[] controls = new double[ratios.length];
      for (int i = 0; i < ratios.length; i++) {
        var old = Objects.requireNonNull(Sources.of(accepted).get(name));
        var again = Objects.requireNonNull(Sources.of(accepted).get(name));
        var fresh = Objects.requireNonNull(Sources.current().get(name));
        old.getKey().run();
        fresh.getKey().run();
        String difference = difference(old.getValue().get(), fresh.getValue().get());
        if (!difference.isEmpty()) {
          return "%s: %s".formatted(name, difference);
        }
        Runnable work = slows ? slowed(fresh.getKey()) : fresh.getKey();
        controls[i] = Abba.ratio(old.getKey(), again.getKey(), ROUNDS);
        ratios[i] = Abba.ratio(old.getKey(), work, ROUNDS);
      }
      ratio = Abba.median(ratios);
      double control = Abba.median(controls);
      boolean steady = Math.abs(control - 1) <= CONTROL;
      boolean slow = ratio > LIMIT;
      above += steady && slow ? 1 : 0;
      boolean decided = steady && (!slow || above == TIMES_ABOVE);
      if (decided) {
        verdict = slow ? "too slow" : "";
      }
      if (decided || attempt == TRIES) {
        System.out.printf(
            Locale.ROOT,
            "| %s | %.3f | %.3f | %.3f | %.3f | %s |%n",
            name,
            ratio,
            Arrays.stream(ratios).min().orElse(ratio),
            Arrays.stream(ratios).max().orElse(ratio),
            control,
            verdict);
        break;
      }
    }
    return verdict.equals("too slow")
        ? String.format(
            Locale.ROOT,
            "%s takes %.2f of the accepted kernel's time; need %.2f at most%n"
                + "  try: a profile of both; this commit in bench/accepted if the price is right",
            name,
            ratio,
            LIMIT)
        : "";
  }

  /// The same work, every tenth time twice.
  private static Runnable slowed(Runnable work) {
    int[] runs = {0};
    return () -> {
      work.run();
      if (++runs[0] % 10 == 0) {
        work.run();
      }
    };
  }

  private static String difference(float[] old, float[] fresh) {
    if (old.length != fresh.length) {
      return "%d results and %d; need as many".formatted(fresh.length, old.length);
    }
    for (int i = 0; i < old.length; i++) {
      if (!(Math.abs(old[i] - fresh[i]) <= TOLERANCE * (1 + Math.abs(old[i])))) {
        return "result %d is %s; the accepted kernel's is %s".formatted(i, fresh[i], old[i]);
      }
    }
    return "";
  }
}

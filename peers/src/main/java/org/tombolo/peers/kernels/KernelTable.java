package org.tombolo.peers.kernels;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.tombolo.peers.kernels.KernelChild.Found;

/// Times and bytes by example and engine.
final class KernelTable {
  private static final String NOTHING = "–";

  private final List<String> examples;
  private final List<String> engines;
  private final Map<String, List<Found>> found = new LinkedHashMap<>();
  private final Map<String, String> reasons = new LinkedHashMap<>();

  KernelTable(List<String> examples, List<String> engines) {
    this.examples = examples;
    this.engines = engines;
  }

  private static String key(String example, String engine) {
    return example + " on " + engine;
  }

  void add(String example, String engine, Found each) {
    found.computeIfAbsent(key(example, engine), _ -> new ArrayList<>()).add(each);
  }

  void lack(String example, String engine, String reason) {
    reasons.put(key(example, engine), reason);
  }

  /// Answers that were wrong.
  List<String> mistakes() {
    List<String> all = new ArrayList<>();
    found.forEach((what, each) ->
        each.stream()
            .filter(one -> !one.isRight())
            .forEach(one ->
                all.add(
                    "%s: the error is %g; need at most %g"
                        .formatted(what, one.error(), one.bound()))));
    return all;
  }

  private @Nullable Found best(String example, String engine) {
    return found.getOrDefault(key(example, engine), List.of()).stream()
        .min(Comparator.comparingDouble(Found::milliseconds))
        .orElse(null);
  }

  /// The tables as Markdown.
  ///
  /// @param rounds processes for each cell
  String text(int rounds, int scale) {
    StringBuilder out = new StringBuilder();
    out.append(
        "Scale %d. Milliseconds of the median round by the clock; the best of %d processes each.\n\n"
            .formatted(scale, rounds));
    times(out, Found::milliseconds);
    out.append(
        "\nMilliseconds of processor time of a round, of all threads; the best of these.\n\n");
    times(out, Found::processor);
    out.append("\nBytes to the device and back, in all rounds of the answer.\n\n");
    List<String> devices =
        engines.stream().filter(each -> !each.equals(KernelPeers.PLAIN)).toList();
    header(out, "example, rounds", devices);
    for (String example : examples) {
      List<String> cells = new ArrayList<>();
      for (String engine : devices) {
        Found best = best(example, engine);
        cells.add(
            best == null
                ? NOTHING
                : String.format(Locale.ROOT, "%,d + %,d", best.up(), best.down()));
      }
      row(out, example + ", " + KernelPeers.example(example).rounds(), cells);
    }
    out.append("\nErrors of the answers, and what they must not exceed.\n\n");
    List<String> judged = new ArrayList<>(engines);
    judged.add("at most");
    header(out, "example", judged);
    for (String example : examples) {
      List<String> cells = new ArrayList<>();
      String bound = NOTHING;
      for (String engine : engines) {
        Found best = best(example, engine);
        cells.add(best == null ? NOTHING : String.format(Locale.ROOT, "%.2g", best.error()));
        bound = best == null ? bound : String.format(Locale.ROOT, "%.2g", best.bound());
      }
      cells.add(bound);
      row(out, example, cells);
    }
    out.append('\n');
    reasons.forEach((what, why) -> out.append("* %s: %s\n".formatted(what, why)));
    Set<String> who = new LinkedHashSet<>();
    found.values().forEach(each -> each.forEach(one -> who.add(one.where())));
    who.forEach(each -> out.append("* %s\n".formatted(each)));
    return out.toString();
  }

  private void times(StringBuilder out, ToDoubleFunction<Found> time) {
    header(out, "example", engines);
    for (String example : examples) {
      List<String> cells = new ArrayList<>();
      for (String engine : engines) {
        cells.add(
            found.getOrDefault(key(example, engine), List.of()).stream()
                .mapToDouble(time)
                .min()
                .stream()
                .mapToObj(KernelTable::text)
                .findFirst()
                .orElse(NOTHING));
      }
      row(out, example, cells);
    }
  }

  private static String text(double milliseconds) {
    return String.format(Locale.ROOT, milliseconds < 1 ? "%.4f" : "%.2f", milliseconds);
  }

  private static void header(StringBuilder out, String first, List<String> columns) {
    row(out, first, columns);
    out.append("|---".repeat(columns.size() + 1)).append("|\n");
  }

  private static void row(StringBuilder out, String first, List<String> cells) {
    out.append("| ").append(first).append(" | ").append(String.join(" | ", cells)).append(" |\n");
  }
}

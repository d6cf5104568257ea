package org.tombolo.peers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.tombolo.peers.Child.Measurement;

/// Times of engines side by side, with the answers compared.
final class Table {
  /// How far digests may lie apart, as a share of the larger one or of 1: they are sums of single
  /// precision numbers, added in another order by each engine.
  private static final double TOLERANCE = 1e-3;

  private static final String OURS = "tombolo";

  private final List<String> engines;
  private final Map<Workload, Map<String, List<Measurement>>> found = new EnumMap<>(Workload.class);
  private final Map<String, String> lacks = new LinkedHashMap<>();
  private final Map<String, String> versions = new TreeMap<>();

  Table(List<String> engines) {
    this.engines = engines;
  }

  void add(Workload workload, String engine, Measurement measurement) {
    found
        .computeIfAbsent(workload, _ -> new LinkedHashMap<>())
        .computeIfAbsent(engine, _ -> new ArrayList<>())
        .add(measurement);
    versions.put(engine, measurement.version());
  }

  void lack(Workload workload, String engine, String why) {
    found.computeIfAbsent(workload, _ -> new LinkedHashMap<>());
    lacks.put(workload.label() + " on " + engine, why);
  }

  /// The median over the processes of the medians over their steps, in milliseconds.
  private OptionalDouble time(Workload workload, String engine) {
    List<Double> medians =
        found.getOrDefault(workload, Map.of()).getOrDefault(engine, List.of()).stream()
            .map(Measurement::median)
            .sorted()
            .toList();
    return medians.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(medians.get(medians.size() / 2));
  }

  private OptionalDouble best(Workload workload, boolean ours) {
    return engines.stream()
        .filter(engine -> engine.startsWith(OURS) == ours)
        .map(engine -> time(workload, engine))
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .min();
  }

  /// What is wrong: answers that differ, and engines that had to answer and did not.
  List<String> mistakes() {
    List<String> mistakes = new ArrayList<>();
    found.forEach((workload, byEngine) -> {
      List<Measurement> all = byEngine.values().stream().flatMap(List::stream).toList();
      Comparator<Measurement> byDigest = Comparator.comparingDouble(Measurement::digest);
      if (!all.isEmpty()) {
        double low = all.stream().min(byDigest).orElseThrow().digest();
        double high = all.stream().max(byDigest).orElseThrow().digest();
        double scale = Math.max(1, Math.max(Math.abs(low), Math.abs(high)));
        if (!(high - low <= TOLERANCE * scale)) {
          mistakes.add(
              "%s: answers differ: %s"
                  .formatted(
                      workload.label(),
                      byEngine.entrySet().stream()
                          .map(e -> e.getKey() + " " + e.getValue().getFirst().digest())
                          .toList()));
        }
      }
      engines.stream()
          .filter(engine -> engine.startsWith(OURS) && !byEngine.containsKey(engine))
          .forEach(engine -> mistakes.add(workload.label() + ": nothing from " + engine));
    });
    return mistakes;
  }

  /// The table in Markdown: milliseconds, and how many times as fast as the fastest other engine
  /// our faster device is.
  String text(int rounds, String seconds) {
    StringBuilder text = new StringBuilder();
    text.append("| workload |");
    engines.forEach(engine -> text.append(' ').append(engine).append(" |"));
    text.append(" fastest other / ours |\n|---|");
    engines.forEach(_ -> text.append("---|"));
    text.append("---|\n");
    for (Workload workload : found.keySet()) {
      text.append("| ").append(workload.label()).append(" |");
      for (String engine : engines) {
        OptionalDouble time = time(workload, engine);
        text.append(' ').append(time.isPresent() ? shown(time.getAsDouble()) : "–").append(" |");
      }
      OptionalDouble ours = best(workload, true);
      OptionalDouble theirs = best(workload, false);
      text.append(' ')
          .append(
              ours.isPresent() && theirs.isPresent()
                  ? String.format(Locale.ROOT, "%.2f", theirs.getAsDouble() / ours.getAsDouble())
                  : "–")
          .append(" |\n");
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%nMilliseconds: median over %d processes of the median step, at least %s s each;"
                + " %d threads; JDK %s.%n",
            rounds,
            seconds,
            Peer.THREADS,
            Runtime.version()));
    versions.forEach((engine, version) -> text.append(engine + ": " + version + ".\n"));
    lacks.forEach((where, why) -> text.append("Not measured: " + where + ": " + why + ".\n"));
    return text.toString();
  }

  private static String shown(double milliseconds) {
    return String.format(Locale.ROOT, milliseconds < 0.1 ? "%.4f" : "%.2f", milliseconds);
  }
}

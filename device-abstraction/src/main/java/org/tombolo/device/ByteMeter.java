package org.tombolo.device;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/// Counts every byte that crosses between memories. There is one meter per engine, and all
/// transfers pass through it; drivers know nothing of it. Safe for use by several threads.
public final class ByteMeter {
  /// Name of host memory as a source or destination.
  public static final String HOST = "host";

  /// Why bytes move.
  public enum Purpose {
    /// What the caller feeds.
    INPUT,
    /// Variables set, saved or restored.
    STATE,
    /// Constants of a plan, once.
    CONSTANT,
    /// Values that one device computes and another one needs.
    BRIDGE,
    /// Values that leave a device for a while, since it has no memory for them, and come back, and
    /// variables that live on the host for that reason.
    SWAP,
    /// Conditions by which the host decides what runs next.
    DECISION,
    /// What the caller gets back.
    FETCH
  }

  /// One kind of traffic.
  ///
  /// @param from id of a device, or [#HOST]
  /// @param to id of a device, or [#HOST]
  /// @param purpose why
  public record Route(String from, String to, Purpose purpose) implements Comparable<Route> {
    @Override
    public int compareTo(Route other) {
      return toString().compareTo(other.toString());
    }
  }

  private final Map<Route, LongAdder> counts = new ConcurrentHashMap<>();

  /// Adds to a count.
  public void count(String from, String to, Purpose purpose, long bytes) {
    counter(from, to, purpose).accept(bytes);
  }

  /// One count, for whoever adds to it again and again.
  public LongConsumer counter(String from, String to, Purpose purpose) {
    return counts.computeIfAbsent(new Route(from, to, purpose), _ -> new LongAdder())::add;
  }

  /// The counts so far, in bytes.
  public Map<Route, Long> snapshot() {
    Map<Route, Long> copy = new TreeMap<>();
    counts.forEach((route, bytes) -> copy.put(route, bytes.sum()));
    return copy;
  }

  /// Bytes from the host to any device so far.
  public long up() {
    return snapshot().entrySet().stream()
        .filter(entry -> entry.getKey().from().equals(HOST))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /// Bytes from any device to the host so far.
  public long down() {
    return snapshot().entrySet().stream()
        .filter(entry -> entry.getKey().to().equals(HOST))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}

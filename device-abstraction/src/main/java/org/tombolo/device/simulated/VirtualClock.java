package org.tombolo.device.simulated;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tombolo.device.QueueRole;

/// Made-up time, in seconds, that a host and its simulated devices share.
///
/// Each queue of a device is a [Lane] and does one thing at a time, in the order in which work is
/// handed over. Work starts when its lane is free, what it waits for has ended, and the host has
/// handed it over: the latest of the three. So when work starts and ends is settled as it is handed
/// over, however late it is computed and in whatever order anybody waits for it. Work that fails
/// takes the time that it would have taken.
///
/// The host takes no time of its own. When it waits for work, its time becomes at least the end of
/// that work; what it hands over later cannot start before. That is what puts an upload to one
/// device after the download from another one whose bytes it sends.
///
/// Safe for use by several threads; they are one host, whose time is the latest of theirs.
public final class VirtualClock {
  /// What does one thing at a time.
  ///
  /// @param device id of the device
  /// @param role which of its queues
  public record Lane(String device, QueueRole role) {}

  /// A piece of work in its place.
  ///
  /// @param lane where it ran
  /// @param what the name of a region, or the kind and size of a copy
  /// @param start when it started, in seconds
  /// @param end when it ended, in seconds
  public record Span(Lane lane, String what, double start, double end) {
    /// How long it took, in seconds.
    public double seconds() {
      return end - start;
    }
  }

  /// How far a lane is.
  private static final class Progress {
    private double free;
    private double busy;
  }

  private final boolean recording;
  private final Map<Lane, Progress> lanes = new LinkedHashMap<>();
  private final List<Span> spans = new ArrayList<>();
  private double host;

  private VirtualClock(boolean recording) {
    this.recording = recording;
  }

  /// A clock at 0 that adds up but keeps no [#spans], so that it can run for good.
  public static VirtualClock start() {
    return new VirtualClock(false);
  }

  /// A clock at 0 that keeps every piece of work.
  public static VirtualClock recording() {
    return new VirtualClock(true);
  }

  /// Settles when work runs.
  ///
  /// @param earliest end of what it waits for
  /// @return when it ends
  synchronized double handOver(Lane lane, String what, double earliest, double seconds) {
    Progress progress = lanes.computeIfAbsent(lane, _ -> new Progress());
    double start = Math.max(progress.free, Math.max(host, earliest));
    progress.free = start + seconds;
    progress.busy += seconds;
    if (recording) {
      spans.add(new Span(lane, what, start, progress.free));
    }
    return progress.free;
  }

  /// The host has seen the end of some work.
  synchronized void reach(double end) {
    host = Math.max(host, end);
  }

  /// The host's time: the latest end of anything that it has waited for, in seconds.
  public synchronized double hostSeconds() {
    return host;
  }

  /// When the last of all work handed over so far ends, in seconds; 0 if there was none.
  public synchronized double endSeconds() {
    return lanes.values().stream().mapToDouble(lane -> lane.free).max().orElse(0);
  }

  /// When the last work of a lane ends, in seconds; 0 if it had none.
  public synchronized double endSeconds(Lane lane) {
    Progress progress = lanes.get(lane);
    return progress == null ? 0 : progress.free;
  }

  /// How long a lane has worked, or will have, in seconds.
  public synchronized double busySeconds(Lane lane) {
    Progress progress = lanes.get(lane);
    return progress == null ? 0 : progress.busy;
  }

  /// The lanes that have had work, in the order of their first.
  public synchronized List<Lane> lanes() {
    return List.copyOf(lanes.keySet());
  }

  /// All work so far in the order in which it was handed over; none unless the clock is
  /// [#recording].
  public synchronized List<Span> spans() {
    return List.copyOf(spans);
  }
}

package org.tombolo.scheduler.calibration;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Link;
import org.tombolo.graph.DType;

/// What work takes on one device.
///
/// A region takes its launch and the longer of its arithmetic and its traffic, each at the share of
/// the device's rates that operations of its family reach (the roofline model of Williams, Waterman
/// and Patterson, 2009), times what runs have taken beyond that.
///
/// @param measured when it was measured; empty if it is what the driver guesses
/// @param launchSeconds time to start one region, if others wait behind it
/// @param bytesPerSecond rate at which a loop reads and writes memory
/// @param flopsPerSecond multiply and add rate of each type that the device computes with, counted
///   as two each
/// @param link the way to and from arrays of the Java heap, where inputs and results are
/// @param offHeap the way to and from memory off the Java heap, where values between devices are
/// @param overlap share of a copy that is hidden behind a computation that takes as long: 1 if they
///   run at the same time, 0 if one after the other
/// @param reached shares of the rates, by family
/// @param corrections what measured runs took over what is expected without them, by family
public record Calibration(
    Optional<Instant> measured,
    double launchSeconds,
    double bytesPerSecond,
    Map<DType, Double> flopsPerSecond,
    Link link,
    Link offHeap,
    double overlap,
    Map<Family, Efficiency> reached,
    Map<Family, Double> corrections) {
  /// Copies the maps.
  public Calibration {
    if (flopsPerSecond.isEmpty()) {
      throw new IllegalArgumentException("calibration: no arithmetic rate; need one at least");
    }
    flopsPerSecond = Map.copyOf(flopsPerSecond);
    reached = Map.copyOf(reached);
    corrections = Map.copyOf(corrections);
  }

  /// What a driver guesses.
  public static Calibration rough(Device device) {
    DeviceInfo.Speed speed = device.info().speed();
    Map<DType, Double> rates = new EnumMap<>(DType.class);
    for (DType dtype : DType.values()) {
      rates.put(dtype, speed.flopsPerSecond());
    }
    Link link = device.hostLink();
    return new Calibration(
        Optional.empty(),
        speed.launchSeconds(),
        speed.bytesPerSecond(),
        rates,
        link,
        link,
        1,
        Map.of(),
        Map.of());
  }

  /// What drivers guess.
  public static List<Calibration> rough(List<Device> devices) {
    return devices.stream().map(Calibration::rough).toList();
  }

  /// Expected time of a region, its launch included.
  public double seconds(Work work) {
    return launchSeconds + uncorrected(work) * corrections.getOrDefault(work.family(), 1.0);
  }

  /// What a region is expected to take by the probes alone, without its launch.
  double uncorrected(Work work) {
    Efficiency share = reached.getOrDefault(work.family(), Efficiency.FULL);
    return share.startSeconds()
        + Math.max(
            arithmeticSeconds(work) / share.arithmetic(), memorySeconds(work) / share.memory());
  }

  /// What the arithmetic of a region takes at the full rate.
  double arithmeticSeconds(Work work) {
    double seconds = 0;
    for (Map.Entry<DType, Double> each : work.flops().entrySet()) {
      seconds += each.getValue() / rate(each.getKey());
    }
    return seconds;
  }

  /// What the traffic of a region takes at the full rate.
  double memorySeconds(Work work) {
    return work.bytes() / bytesPerSecond;
  }

  /// The arithmetic rate of a type; of one that the device has no rate for, the lowest.
  private double rate(DType dtype) {
    Double known = flopsPerSecond.get(dtype);
    return known != null
        ? known
        : flopsPerSecond.values().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  /// Whether copies are hidden behind computation for the larger part, so that they can be planned
  /// as if they had a queue of their own.
  public boolean overlaps() {
    return overlap >= 0.5;
  }

  /// The same with other shares.
  Calibration withReached(Map<Family, Efficiency> others) {
    return new Calibration(
        measured,
        launchSeconds,
        bytesPerSecond,
        flopsPerSecond,
        link,
        offHeap,
        overlap,
        others,
        corrections);
  }

  /// The same with other corrections.
  public Calibration withCorrections(Map<Family, Double> others) {
    return new Calibration(
        measured,
        launchSeconds,
        bytesPerSecond,
        flopsPerSecond,
        link,
        offHeap,
        overlap,
        reached,
        others);
  }
}

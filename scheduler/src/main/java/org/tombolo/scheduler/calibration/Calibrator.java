package org.tombolo.scheduler.calibration;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.graph.DType;

/// Measures what work takes on a device, through the interface that every driver has.
///
/// All that is timed takes its turn, round after round, and of each the least time counts: other
/// work on the machine, and code that is not compiled yet, can only make a sample longer, and
/// rarely all of them. Answers are compared with the reference; a device that is wrong is not
/// measured.
public final class Calibrator implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Calibrator.class.getName());

  /// How long preparing takes at most, and taking samples, unless said otherwise.
  static final Duration PATIENCE = Duration.ofSeconds(8);

  /// Rounds that are made however long they take.
  private static final int LEAST_ROUNDS = 3;

  /// Rounds without any better time after which there is nothing more to come.
  private static final int IDLE_ROUNDS = 8;

  /// A better time is shorter by this share at least.
  private static final double BETTER = 0.02;

  /// Where usual times are this much longer than the least ones, the machine has other work.
  private static final double BUSY = 1.5;

  private static final long MOST_BYTES = 1L << 28;
  private static final double NANO = 1e-9;

  private final Device device;
  private final DoubleSupplier clock;
  private final double budget;
  private final long mostBytes;
  private final List<TimedRegion> regions = new ArrayList<>();
  private final Map<DType, TimedRegion> arithmetic = new EnumMap<>(DType.class);

  private Calibrator(Device device, DoubleSupplier clock, double budget) {
    this.device = device;
    this.clock = clock;
    this.budget = budget;
    long memory = Math.min(device.info().memoryBytes() / 8, device.largestAllocation());
    this.mostBytes = Math.min(MOST_BYTES, memory);
  }

  /// Measures a device that does nothing else meanwhile.
  ///
  /// @param patience after this time no more families are prepared, so that those that come last
  ///   are not known where compiling takes long; for as long again, at most, samples are taken
  /// @throws DeviceException if the device fails, or answers wrongly
  public static Calibration measure(Device device, Duration patience) {
    return measure(device, () -> System.nanoTime() * NANO, patience.toNanos() * NANO, true);
  }

  /// Measures a device by a clock.
  ///
  /// @param clock seconds since some moment
  /// @param budget seconds by that clock for preparing and for taking samples, each
  /// @param checks whether answers are looked at
  static Calibration measure(Device device, DoubleSupplier clock, double budget, boolean checks) {
    try (Calibrator calibrator = new Calibrator(device, clock, budget)) {
      return calibrator.measure(checks);
    }
  }

  private Calibration measure(boolean checks) {
    TimedRegion launch = require(Trials.launch());
    for (int i = 0; i < 20; i++) {
      launch.sample();
    }
    TimedRegion stream = large(Trials.stream(), launch).orElse(launch);
    for (DType dtype : DType.values()) {
      large(Trials.arithmetic(dtype), launch).ifPresent(region -> arithmetic.put(dtype, region));
    }
    prepareFamilies(launch, clock.getAsDouble() + budget);
    TimedRegion computing =
        arithmetic.values().stream()
            .findFirst()
            .orElseThrow(() -> unable("refuses arithmetic in every type"));
    try (TimedCopies copies = new TimedCopies(device, clock, mostBytes);
        TimedOverlap overlap = new TimedOverlap(device, computing, clock, mostBytes)) {
      if (checks) {
        copies.check(device);
        regions.forEach(region -> region.check(device));
      }
      sample(copies, overlap);
      warnOfLoad();
      return result(launch, stream, copies, overlap);
    }
  }

  private void prepareFamilies(TimedRegion launch, double end) {
    List<Trial> trials = new ArrayList<>(Trials.families());
    trials.addAll(Trials.small());
    for (int i = 0; i < trials.size(); i++) {
      if (clock.getAsDouble() > end) {
        LOG.log(
            System.Logger.Level.INFO,
            "{0}: {1} of {2} kinds of work are not measured, since preparing them takes long",
            device.info().id(),
            trials.size() - i,
            trials.size());
        return;
      }
      boolean isSmall = i >= Trials.families().size();
      if (isSmall) {
        TimedRegion.of(device, trials.get(i), clock).ifPresent(this::keep);
      } else {
        large(trials.get(i), launch);
      }
    }
  }

  private TimedRegion require(Trial trial) {
    return TimedRegion.of(device, trial, clock)
        .map(this::keep)
        .orElseThrow(() -> unable("refuses the sum of two numbers"));
  }

  private Optional<TimedRegion> large(Trial trial, TimedRegion launch) {
    return TimedRegion.large(device, trial, clock, launch.best(), mostBytes).map(this::keep);
  }

  private TimedRegion keep(TimedRegion region) {
    regions.add(region);
    return region;
  }

  private DeviceException unable(String what) {
    return new DeviceException(device.info().id(), "cannot be measured: " + what, "another device");
  }

  private void sample(TimedCopies copies, TimedOverlap overlap) {
    double start = clock.getAsDouble();
    int idle = 0;
    for (int round = 0;
        round < LEAST_ROUNDS || (clock.getAsDouble() - start < budget && idle < IDLE_ROUNDS);
        round++) {
      idle++;
      for (TimedRegion region : regions) {
        double before = region.best();
        region.sample();
        idle = region.best() < (1 - BETTER) * before ? 0 : idle;
      }
      copies.sample();
      overlap.sample();
    }
  }

  /// Says so if usual samples are far from the least ones, which are then hardly what an idle
  /// machine would give.
  private void warnOfLoad() {
    double[] spreads = regions.stream().mapToDouble(TimedRegion::spread).sorted().toArray();
    double usual = spreads[spreads.length / 2];
    if (usual > BUSY) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}: the machine is busy, usual times are {1} times the shortest; tombolo calibrate --again on an idle one makes predictions better",
          device.info().id(),
          "%.1f".formatted(usual));
    }
  }

  private Calibration result(
      TimedRegion launch, TimedRegion stream, TimedCopies copies, TimedOverlap overlap) {
    double bytesPerSecond = stream.work().bytes() / beyond(launch, stream);
    double launchSeconds = Math.max(0, launch.best() - launch.work().bytes() / bytesPerSecond);
    Map<DType, Double> rates = new EnumMap<>(DType.class);
    arithmetic.forEach((dtype, region) -> rates.put(dtype, flops(region) / beyond(launch, region)));
    Calibration plain =
        new Calibration(
            Optional.of(Instant.now()),
            launchSeconds,
            bytesPerSecond,
            rates,
            copies.heap(),
            copies.offHeap(),
            overlap.share(),
            Map.of(),
            Map.of());
    return plain.withReached(reached(launch, plain));
  }

  private static double flops(TimedRegion region) {
    return region.work().flops().values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /// What a region takes beyond its launch; never less than a tenth of it all, should the launch
  /// have had bad luck.
  private static double beyond(TimedRegion launch, TimedRegion region) {
    return Math.max(region.best() - launch.best(), region.best() / 10);
  }

  private Map<Family, Efficiency> reached(TimedRegion launch, Calibration plain) {
    Map<Family, List<Fit.Sample>> samples = new EnumMap<>(Family.class);
    for (TimedRegion region : regions) {
      boolean isRate = region == launch || arithmetic.containsValue(region);
      if (!isRate) {
        Work work = region.work();
        samples
            .computeIfAbsent(work.family(), _ -> new ArrayList<>())
            .add(
                new Fit.Sample(
                    plain.arithmeticSeconds(work),
                    plain.memorySeconds(work),
                    beyond(launch, region)));
      }
    }
    Map<Family, Efficiency> reached = new EnumMap<>(Family.class);
    samples.forEach((family, all) -> reached.put(family, Fit.efficiency(all)));
    return reached;
  }

  @Override
  public void close() {
    regions.forEach(TimedRegion::close);
  }
}

package org.tombolo.device.simulated;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.tombolo.device.DeviceException;

/// Decides which calls of a simulated device fail: the one with a given number, counted per kind
/// from 0. Safe for use by several threads.
public final class FaultPlan {
  /// What can fail.
  public enum Kind {
    /// Allocation of a buffer: as if memory were full.
    ALLOCATE,
    /// Copy to the device.
    UPLOAD,
    /// Copy from the device.
    DOWNLOAD,
    /// Run of a region.
    LAUNCH,
    /// Run of a region, after which the device answers nothing any more.
    LOSE_DEVICE,
    /// Run of a region that never ends.
    HANG
  }

  private final Kind kind;
  private final long at;
  private final AtomicLong count = new AtomicLong();

  private FaultPlan(Kind kind, long at) {
    this.kind = kind;
    this.at = at;
  }

  /// Nothing fails.
  public static FaultPlan none() {
    return new FaultPlan(Kind.ALLOCATE, -1);
  }

  /// One call fails.
  ///
  /// @param kind of the call
  /// @param at how many calls of that kind succeed before
  public static FaultPlan at(Kind kind, long at) {
    return new FaultPlan(kind, at);
  }

  boolean fails(Kind call) {
    boolean runs = kind == Kind.LOSE_DEVICE || kind == Kind.HANG;
    boolean counts = call == kind || (runs && call == Kind.LAUNCH);
    return at >= 0 && counts && count.getAndIncrement() == at;
  }

  boolean losesDevice() {
    return kind == Kind.LOSE_DEVICE;
  }

  boolean hangs() {
    return kind == Kind.HANG;
  }

  DeviceException failure(String device, Kind call) {
    return new DeviceException(
        device,
        "%s number %d failed as planned".formatted(call.name().toLowerCase(Locale.ROOT), at),
        "another fault plan");
  }
}

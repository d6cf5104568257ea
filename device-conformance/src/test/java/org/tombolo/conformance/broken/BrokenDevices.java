package org.tombolo.conformance.broken;

import java.util.List;
import java.util.function.UnaryOperator;
import org.tombolo.device.Device;

/// All ways to break a device, each with what must find it.
public final class BrokenDevices {
  private BrokenDevices() {}

  /// A device that breaks the contract in one way.
  ///
  /// @param name of the mistake
  /// @param check that is about it and must fail
  /// @param suites all in which something fails, in alphabetical order
  /// @param breaking makes the device from a healthy one
  public record Mistake(String name, String check, String suites, UnaryOperator<Device> breaking) {}

  /// Every mistake.
  public static List<Mistake> all() {
    return List.of(
        new Mistake(
            "drops a wait",
            "ordering/a-long-chain",
            "gradients ordering",
            BrokenQueues.DropsAWait::new),
        new Mistake(
            "races between queues",
            "ordering/random-tasks-0",
            "ordering",
            BrokenQueues.RacesBetweenQueues::new),
        new Mistake(
            "copies one byte short",
            "copies/copy-65-bytes",
            "copies gradients ordering",
            BrokenQueues.CopiesOneByteShort::new),
        new Mistake(
            "forgets odd bytes",
            "copies/upload-7-bytes",
            "buffers concurrency copies numerics ordering programs",
            BrokenQueues.ForgetsOddBytes::new),
        new Mistake(
            "ignores an offset",
            "copies/upload-64-bytes",
            "concurrency copies gradients lifetime ordering",
            BrokenQueues.IgnoresAnOffset::new),
        new Mistake(
            "reads host bytes late",
            "copies/host-bytes-may-change-after-the-call",
            "copies",
            BrokenQueues.ReadsHostBytesLate::new),
        new Mistake(
            "loses an error",
            "errors/a-failed-launch-is-reported",
            "errors",
            BrokenQueues.LosesAnError::new),
        new Mistake(
            "reuses a freed buffer",
            "buffers/closing-twice-frees-once",
            "buffers errors",
            BrokenMemory.ReusesAFreedBuffer::new),
        new Mistake(
            "leaks buffers",
            "lifetime/memory-comes-back",
            "buffers errors lifetime",
            BrokenMemory.LeaksBuffers::new),
        new Mistake(
            "counts bytes twice",
            "metering/own-count-of-uploads",
            "metering",
            device -> new BrokenMemory.CountsBytesTwice(device, 2)),
        new Mistake(
            "swaps two arguments",
            "launches/operand-order",
            "gradients launches numerics ordering programs",
            BrokenPrograms.SwapsTwoArguments::new),
        new Mistake(
            "returns a stale binary",
            "programs/other-constants",
            "concurrency gradients programs",
            BrokenPrograms.ReturnsAStaleBinary::new),
        new Mistake(
            "shares arguments between launches",
            "programs/launches-of-one-executable-are-apart",
            "gradients ordering programs",
            BrokenPrograms.SharesArguments::new),
        new Mistake(
            "fails on nothing",
            "launches/no-elements",
            "launches numerics",
            BrokenPrograms.FailsOnNothing::new),
        new Mistake(
            "flushes denormals",
            "numerics/denormals/mul/f32",
            "numerics",
            BrokenPrograms.FlushesDenormals::new),
        new Mistake(
            "writes past the end",
            "launches/loop-over-16",
            "launches numerics programs",
            BrokenPrograms.WritesPastTheEnd::new),
        new Mistake(
            "mishandles odd sizes",
            "launches/loop-over-17",
            "buffers concurrency discovery errors gradients launches lifetime numerics ordering programs",
            BrokenPrograms.MishandlesOddSizes::new),
        new Mistake(
            "wrong in place",
            "launches/result-over-an-operand",
            "launches numerics programs",
            BrokenPrograms.WrongInPlace::new));
  }
}

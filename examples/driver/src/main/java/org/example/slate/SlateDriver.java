package org.example.slate;

import java.util.List;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Driver;
import org.tombolo.device.Probe;

/// A made-up accelerator with memory of its own and a thread for each of its queues. It computes in
/// single precision, a few operations only; whoever uses it puts the rest elsewhere.
public final class SlateDriver implements Driver {
  private static final DeviceInfo INFO =
      new DeviceInfo(
          "slate:0",
          "Slate",
          "Example",
          "1",
          DeviceInfo.Kind.ACCELERATOR,
          1,
          256L << 20,
          false,
          // What the card would do if it were one. Placement believes it.
          new DeviceInfo.Speed(2e12, 2e11, 5e-6));

  @Override
  public String id() {
    return "slate";
  }

  /// A driver for real hardware looks for its library and its devices here, and answers with a
  /// `Probe.Missing` for what is not there. It must not throw.
  @Override
  public List<Probe> probe() {
    return List.of(new Probe.Found(INFO));
  }

  @Override
  public Device open(Probe.Found found) {
    return open(found, false);
  }

  /// @param failing whether the first launch fails, which the conformance kit asks for
  static Device open(Probe.Found found, boolean failing) {
    if (!found.info().id().equals(INFO.id())) {
      throw new DeviceException(found.info().id(), "is not there; there is slate:0", "slate:0");
    }
    return new SlateDevice(found.info(), failing);
  }
}

package org.tombolo.peers.kernels;

import org.tombolo.device.DeviceInfo;
import org.tombolo.examples.kernels.KernelExample;
import org.tombolo.examples.kernels.KernelExample.Outcome;
import org.tombolo.scheduler.Engine;

/// An example on a device of ours.
final class TomboloRun implements CountedRun {
  private final Engine engine;
  private final KernelExample.Run run;

  TomboloRun(KernelExample example, String device, int scale) {
    this.engine = Engine.open(device);
    this.run = example.on(engine, scale);
  }

  @Override
  public void round() {
    run.round();
  }

  @Override
  public Outcome outcome() {
    return run.outcome();
  }

  @Override
  public long up() {
    return engine.meter().up();
  }

  @Override
  public long down() {
    return engine.meter().down();
  }

  @Override
  public String where() {
    DeviceInfo device = engine.devices().getFirst();
    return device.model() + ", " + device.version();
  }

  @Override
  public void close() {
    run.close();
    engine.close();
  }
}

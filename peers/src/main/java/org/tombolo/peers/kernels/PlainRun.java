package org.tombolo.peers.kernels;

import org.tombolo.examples.kernels.KernelExample;
import org.tombolo.examples.kernels.KernelExample.Outcome;

/// An example in plain Java on one thread.
record PlainRun(KernelExample.Run run) implements CountedRun {
  static PlainRun of(KernelExample example, int scale) {
    return new PlainRun(
        example
            .plain(scale)
            .orElseThrow(() ->
                new UnsupportedOperationException("would be another program: training by hand")));
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
    return 0;
  }

  @Override
  public long down() {
    return 0;
  }

  @Override
  public String where() {
    return "JDK " + Runtime.version();
  }
}

package org.tombolo.cli;

import java.util.OptionalLong;
import org.tombolo.device.ByteMeter;
import org.tombolo.nn.Progress;
import org.tombolo.nn.TrainingListener;

/// What a step takes, metered from the end of one step to the end of the next one of the same
/// epoch: so the first step, validation and checkpoints do not count.
final class StepMeter implements TrainingListener {
  private final ByteMeter bytes;
  private int epoch;
  private long time;
  private long up;
  private long down;

  private long steps;
  private long nanos;
  private long mostUp;
  private long mostDown;

  StepMeter(ByteMeter bytes) {
    this.bytes = bytes;
  }

  @Override
  public void stepped(Progress progress) {
    long now = System.nanoTime();
    long nowUp = bytes.up();
    long nowDown = bytes.down();
    if (progress.epoch() == epoch) {
      steps++;
      nanos += now - time;
      mostUp = Math.max(mostUp, nowUp - up);
      mostDown = Math.max(mostDown, nowDown - down);
    }
    epoch = progress.epoch();
    time = now;
    up = nowUp;
    down = nowDown;
  }

  /// How many steps were metered.
  long steps() {
    return steps;
  }

  /// Steps in a second; NaN if none was metered.
  double stepsPerSecond() {
    return steps / (nanos * 1e-9);
  }

  /// Bytes that went to devices in the step that moved most; empty if none was metered.
  OptionalLong bytesUp() {
    return steps == 0 ? OptionalLong.empty() : OptionalLong.of(mostUp);
  }

  /// Bytes that came from devices in the step that moved most; empty if none was metered.
  OptionalLong bytesDown() {
    return steps == 0 ? OptionalLong.empty() : OptionalLong.of(mostDown);
  }
}

package org.tombolo.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What commands about training have in common: what is learned, where, and how much at a time.
final class TaskOptions {
  @Parameters(
      paramLabel = "TASK",
      converter = Task.FromName.class,
      description =
          "What to learn: digits (1,797 handwritten digits, part of this program) or clothing"
              + " (Fashion-MNIST, 70,000 pictures of clothes).")
  private Task task = Task.DIGITS;

  @Option(
      names = {"-d", "--device", "--devices"},
      paramLabel = "DEVICE",
      description =
          "Where to compute: cpu, opencl, opencl:1 (the names that `tombolo devices` prints),"
              + " several of them with commas between, or auto: the processor and every device that"
              + " is not a processor. Without it: auto.")
  private String device = "auto";

  @Option(
      names = {"-b", "--batch"},
      paramLabel = "N",
      converter = FromOne.class,
      description = "Examples in a step. Without it: 32 for digits, 128 for clothing.")
  private @Nullable Integer batch;

  Task task() {
    return task;
  }

  String device() {
    return device;
  }

  int batch() {
    return batch == null ? task.batch() : batch;
  }
}

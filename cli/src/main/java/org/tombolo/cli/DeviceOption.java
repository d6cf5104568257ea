package org.tombolo.cli;

import picocli.CommandLine.Option;

/// Where a command that computes does so.
final class DeviceOption {
  @Option(
      names = {"-d", "--device", "--devices"},
      paramLabel = "DEVICE",
      description =
          "Where to compute: cpu, opencl, opencl:1 (the names that `tombolo devices` prints),"
              + " several of them with commas between, or auto: the processor and every device that"
              + " is not a processor. Without it: auto.")
  private String names = "auto";

  String names() {
    return names;
  }
}

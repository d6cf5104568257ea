package org.tombolo.cpu.kernel;

/// Computes one value of a loop for the run of points that the registers stand at.
@FunctionalInterface
interface Step {
  void run(Registers on);
}

package org.tombolo.peers.kernels;

import org.tombolo.examples.kernels.KernelExample;

/// An example that is ready to run, with what crosses between host and device.
interface CountedRun extends KernelExample.Run {
  /// Bytes to devices so far.
  long up();

  /// Bytes from devices so far.
  long down();

  /// Who runs it, and where.
  String where();
}

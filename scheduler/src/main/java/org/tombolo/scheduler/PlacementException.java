package org.tombolo.scheduler;

/// A graph that cannot be placed on the devices of an engine. The message names each operation that
/// none of them runs, with their reasons.
public final class PlacementException extends RuntimeException {
  private static final long serialVersionUID = 1;

  PlacementException(String problem, String remedy) {
    super(problem + "\n  try: " + remedy);
  }
}

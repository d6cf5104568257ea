package org.tombolo.conformance;

/// What running a check takes, for those who want to leave some out.
public enum Tag {
  /// One of many of its kind, or long.
  SLOW,
  /// Uses the device from several threads at once.
  THREADS,
  /// Asks for much memory, or for memory many times.
  MEMORY
}

package org.tombolo.device;

/// An executable with the memory it works on, ready to be launched any number of times, but by one
/// thread at a time. Closing twice is harmless.
public interface Launch extends AutoCloseable {
  @Override
  void close();
}

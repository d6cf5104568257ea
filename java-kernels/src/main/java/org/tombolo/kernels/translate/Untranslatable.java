package org.tombolo.kernels.translate;

/// Bytecode that has no meaning on a device.
public final class Untranslatable extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param where `File.java:line`
  /// @param what what was seen there, and what is needed
  Untranslatable(String where, String what) {
    super(where + ": " + what);
  }
}

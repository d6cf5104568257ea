package org.tombolo.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;

/// The system's OpenCL loader, which knows the drivers of all vendors.
final class OpenClLibrary {
  /// Names that the loader goes by on Linux, Windows and macOS.
  static final List<String> NAMES =
      List.of(
          "libOpenCL.so.1",
          "libOpenCL.so",
          "OpenCL.dll",
          "/System/Library/Frameworks/OpenCL.framework/OpenCL");

  private OpenClLibrary() {}

  /// Opens the first of these libraries that is there, for the rest of the process.
  @SuppressWarnings("restricted")
  static Optional<SymbolLookup> open(List<String> names) {
    for (String name : names) {
      try {
        return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
      } catch (IllegalArgumentException missing) {
        // The next name may be there.
      }
    }
    return Optional.empty();
  }
}

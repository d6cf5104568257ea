package org.tombolo.onednn;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;

/// The native library, taken out of its jar into a cache folder and loaded once for the life of the
/// process.
final class NativeLibrary {
  /// How often an idle thread of OpenMP looks for work before it sleeps: some ten microseconds, so
  /// that it is there for the next of two kernels and out of the way of what else computes.
  private static final String SPINS = "10000";

  private NativeLibrary() {}

  /// Loads the library with what it needs beside it.
  ///
  /// @return its functions and those of its OpenMP
  /// @throws IOException if the jar for this platform is not on the class path, or cannot be
  ///   unpacked
  /// @throws IllegalArgumentException if the system refuses to load it
  @SuppressWarnings("restricted")
  static SymbolLookup load() throws IOException {
    String platform = Loader.getPlatform();
    setEnvironment("GOMP_SPINCOUNT", SPINS);
    SymbolLookup all = null;
    for (String file : files(platform)) {
      String resource = "/org/bytedeco/dnnl/%s/%s".formatted(platform, file);
      if (NativeLibrary.class.getResource(resource) == null) {
        throw new IOException("no %s on the class path".formatted(resource));
      }
      Path unpacked = Loader.cacheResource(NativeLibrary.class, resource).toPath();
      SymbolLookup one = SymbolLookup.libraryLookup(unpacked, Arena.global());
      all = all == null ? one : all.or(one);
    }
    if (all == null) {
      throw new IOException("no files are known for platform " + platform);
    }
    return all;
  }

  /// What is loaded, in this order.
  private static List<String> files(String platform) {
    return switch (platform.toLowerCase(Locale.ROOT)) {
      case "linux-x86_64", "linux-arm64" -> List.of("libgomp.so.1", "libdnnl.so.3");
      default -> List.of();
    };
  }

  /// Sets a variable that OpenMP reads when it is loaded, unless the user has set it.
  @SuppressWarnings("restricted")
  private static void setEnvironment(String name, String value) {
    Linker linker = Linker.nativeLinker();
    var setenv = linker.defaultLookup().find("setenv");
    if (setenv.isEmpty() || System.getenv(name) != null) {
      return;
    }
    FunctionDescriptor type =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocateFrom(name);
      MemorySegment text = arena.allocateFrom(value);
      int _ = (int) linker.downcallHandle(setenv.get(), type).invokeExact(key, text, 0);
    } catch (Throwable e) {
      throw new IllegalStateException("setenv", e);
    }
  }
}

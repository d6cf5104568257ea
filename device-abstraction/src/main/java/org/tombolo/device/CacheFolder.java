package org.tombolo.device;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/// Where files lie that can be made again: calibrations, built programs.
public final class CacheFolder {
  /// Property that names another folder.
  public static final String PROPERTY = "tombolo.cache";

  private CacheFolder() {}

  /// What the property says, else where the system keeps such files: `$XDG_CACHE_HOME` or
  /// `~/.cache`, `%LOCALAPPDATA%` on Windows, `~/Library/Caches` on macOS; a folder `tombolo` in
  /// it.
  ///
  /// @param properties those of the system
  /// @param environment variables
  public static Path of(Properties properties, Map<String, String> environment) {
    String asked = properties.getProperty(PROPERTY, "");
    if (!asked.isBlank()) {
      return Path.of(asked);
    }
    Path home = Path.of(properties.getProperty("user.home", "."));
    String system = properties.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String caches = environment.getOrDefault("XDG_CACHE_HOME", "");
    String local = environment.getOrDefault("LOCALAPPDATA", "");
    Path folder =
        Path.of(caches).isAbsolute()
            ? Path.of(caches)
            : system.startsWith("windows") && !local.isBlank()
                ? Path.of(local)
                : system.startsWith("mac")
                    ? home.resolve("Library/Caches")
                    : home.resolve(".cache");
    return folder.resolve("tombolo");
  }
}

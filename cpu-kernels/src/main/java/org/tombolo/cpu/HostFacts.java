package org.tombolo.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/// What is known of the machine: read from where Linux tells it, else guessed from what Java knows.
final class HostFacts {
  /// Property that bounds the memory of a device, in bytes or with a suffix k, m or g.
  static final String MEMORY_PROPERTY = "tombolo.cpu.memory";

  private HostFacts() {}

  /// Bytes that buffers may take: what the property says, else the memory of the machine or of the
  /// container, whichever is less; where neither is known, four times the largest heap, since the
  /// JVM takes a quarter of the memory for the heap unless told otherwise.
  ///
  /// @throws IllegalArgumentException if the property is not a size
  static long memoryBytes() {
    String asked = System.getProperty(MEMORY_PROPERTY);
    if (asked != null) {
      return parse(asked);
    }
    OptionalLong machine =
        lines("/proc/meminfo").stream()
            .filter(line -> line.startsWith("MemTotal:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
            .findFirst();
    OptionalLong container =
        lines("/sys/fs/cgroup/memory.max").stream()
            .filter(line -> line.matches("\\d{1,18}"))
            .mapToLong(Long::parseLong)
            .findFirst();
    long guess = Math.max(Runtime.getRuntime().maxMemory(), 1L << 28) * 4;
    long bytes = machine.orElse(guess);
    return Math.min(bytes, container.orElse(bytes));
  }

  private static long parse(String asked) {
    String text = asked.strip().toLowerCase(Locale.ROOT);
    int suffix = text.isEmpty() ? -1 : "kmg".indexOf(text.charAt(text.length() - 1));
    String digits = suffix < 0 ? text : text.substring(0, text.length() - 1);
    if (digits.matches("\\d{1,9}") || (suffix < 0 && digits.matches("\\d{1,18}"))) {
      long bytes = Long.parseLong(digits) << (10 * (suffix + 1));
      if (bytes > 0) {
        return bytes;
      }
    }
    throw new IllegalArgumentException(
        "%s is \"%s\"; need a number of bytes, or one with suffix k, m or g\n  try: -D%s=8g"
            .formatted(MEMORY_PROPERTY, asked, MEMORY_PROPERTY));
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException | RuntimeException e) {
      return List.of(); // not Linux, or not allowed: a normal machine too
    }
  }
}

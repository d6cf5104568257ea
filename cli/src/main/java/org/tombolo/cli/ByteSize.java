package org.tombolo.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads amounts of memory: `4096`, `512K`, `1.5G`, `2GiB`, `300MB`. `K` and `KiB` are 1,024 bytes,
/// `KB` are 1,000, and so on.
final class ByteSize {
  private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)([KMGT]?)(|B|IB)");
  private static final String UNITS = "KMGT";

  private ByteSize() {}

  /// The number of bytes; empty if the text says none.
  static Optional<Long> read(String text) {
    Matcher parts = FORM.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!parts.matches()) {
      return Optional.empty();
    }
    boolean decimal = parts.group(3).equals("B");
    int power = parts.group(2).isEmpty() ? 0 : UNITS.indexOf(parts.group(2)) + 1;
    double unit = Math.pow(decimal ? 1000 : 1024, power);
    double bytes = Double.parseDouble(parts.group(1)) * unit;
    return bytes < Long.MAX_VALUE ? Optional.of(Math.round(bytes)) : Optional.empty();
  }
}

package org.tombolo.cli;

/// Amounts as people read them.
final class Quantities {
  private static final String[] BINARY = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final String[] DECIMAL = {"", "k", "M", "G", "T", "P", "E"};

  private Quantities() {}

  /// Such as `23.4 GiB`.
  static String bytes(long bytes) {
    double amount = bytes;
    int unit = 0;
    while (amount >= 1024 && unit < BINARY.length - 1) {
      amount /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " bytes" : "%.1f %s".formatted(amount, BINARY[unit]);
  }

  /// Such as `90 Gflop/s` for the unit `flop/s`.
  static String rate(double perSecond, String unit) {
    double amount = perSecond;
    int step = 0;
    while (amount >= 1000 && step < DECIMAL.length - 1) {
      amount /= 1000;
      step++;
    }
    return "%.3g %s%s".formatted(amount, DECIMAL[step], unit);
  }

  /// Minutes and seconds, such as `1:05`.
  static String clock(double seconds) {
    long whole = Math.round(seconds);
    return "%d:%02d".formatted(whole / 60, whole % 60);
  }
}

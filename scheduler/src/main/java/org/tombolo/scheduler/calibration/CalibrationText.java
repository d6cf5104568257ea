package org.tombolo.scheduler.calibration;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.tombolo.device.Link;
import org.tombolo.graph.DType;

/// The text of a [Calibration]: a line `name = value` for each number, in seconds, bytes and
/// operations, and a checksum of all lines before it at the end.
final class CalibrationText {
  /// Part of the key: a file of another format is not read.
  static final int FORMAT = 1;

  private static final String CHECKSUM = "checksum";
  private static final String BETWEEN = " = ";

  /// A text that is none, with what is wrong.
  static final class DamagedException extends Exception {
    private static final long serialVersionUID = 1;

    DamagedException(String what) {
      super(what);
    }
  }

  private final Map<String, String> fields;

  private CalibrationText(Map<String, String> fields) {
    this.fields = fields;
  }

  /// @param key what the calibration is of
  static String of(Calibration calibration, String key) {
    Map<String, Object> lines = new LinkedHashMap<>();
    lines.put("of", key);
    lines.put("measured", calibration.measured().orElseThrow());
    lines.put("launch.seconds", calibration.launchSeconds());
    lines.put("memory.bytes_per_second", calibration.bytesPerSecond());
    new TreeMap<>(calibration.flopsPerSecond())
        .forEach((dtype, rate) -> lines.put(arithmetic(dtype), rate));
    lines.put("link.mode", lower(calibration.link().mode()));
    put(lines, "link.heap", calibration.link());
    put(lines, "link.off_heap", calibration.offHeap());
    lines.put("overlap", calibration.overlap());
    new TreeMap<>(calibration.reached())
        .forEach((family, share) -> {
          lines.put(reached(family) + ".start_seconds", share.startSeconds());
          lines.put(reached(family) + ".arithmetic", share.arithmetic());
          lines.put(reached(family) + ".memory", share.memory());
        });
    new TreeMap<>(calibration.corrections())
        .forEach((family, factor) -> lines.put(correction(family), factor));
    StringBuilder text =
        new StringBuilder(
            "# What work takes on a device. Without this file it is measured anew.\n");
    lines.forEach((name, value) -> text.append(name).append(BETWEEN).append(value).append('\n'));
    String sum = checksum(text);
    return text.append(CHECKSUM).append(BETWEEN).append(sum).append('\n').toString();
  }

  private static void put(Map<String, Object> lines, String name, Link link) {
    lines.put(name + ".up.latency_seconds", link.upLatencySeconds());
    lines.put(name + ".up.bytes_per_second", link.upBytesPerSecond());
    lines.put(name + ".down.latency_seconds", link.downLatencySeconds());
    lines.put(name + ".down.bytes_per_second", link.downBytesPerSecond());
  }

  private static String checksum(CharSequence text) {
    CRC32 sum = new CRC32();
    sum.update(text.toString().getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(sum.getValue());
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static String arithmetic(DType dtype) {
    return "arithmetic." + dtype + ".flops_per_second";
  }

  private static String reached(Family family) {
    return "reached." + lower(family);
  }

  private static String correction(Family family) {
    return "correction." + lower(family);
  }

  /// Reads what [#of] wrote.
  ///
  /// @param key what it has to be of
  /// @throws DamagedException if it is not whole, or of something else
  static Calibration parse(String text, String key) throws DamagedException {
    int end = text.lastIndexOf(CHECKSUM + BETWEEN);
    String last = end < 0 ? "" : text.substring(end);
    if (!last.equals(CHECKSUM + BETWEEN + checksum(text.substring(0, Math.max(end, 0))) + "\n")) {
      throw new DamagedException("its checksum is missing or another");
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line : text.substring(0, end).split("\n", -1)) {
      int at = line.indexOf(BETWEEN);
      if (at > 0 && !line.startsWith("#")) {
        fields.put(line.substring(0, at), line.substring(at + BETWEEN.length()));
      }
    }
    CalibrationText read = new CalibrationText(fields);
    if (!read.text("of").equals(key)) {
      throw new DamagedException("it is of " + read.text("of"));
    }
    try {
      return read.calibration();
    } catch (RuntimeException e) { // a date or a constant that is none
      throw new DamagedException(String.valueOf(e.getMessage()));
    }
  }

  private Calibration calibration() throws DamagedException {
    Map<DType, Double> rates = new EnumMap<>(DType.class);
    for (DType dtype : DType.values()) {
      if (fields.containsKey(arithmetic(dtype))) {
        rates.put(dtype, positive(arithmetic(dtype)));
      }
    }
    Map<Family, Efficiency> reached = new EnumMap<>(Family.class);
    Map<Family, Double> corrections = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      if (fields.containsKey(reached(family) + ".arithmetic")) {
        reached.put(
            family,
            new Efficiency(
                number(reached(family) + ".start_seconds"),
                positive(reached(family) + ".arithmetic"),
                positive(reached(family) + ".memory")));
      }
      if (fields.containsKey(correction(family))) {
        corrections.put(family, positive(correction(family)));
      }
    }
    Link.Mode mode = Link.Mode.valueOf(text("link.mode").toUpperCase(Locale.ROOT));
    return new Calibration(
        Optional.of(Instant.parse(text("measured"))),
        number("launch.seconds"),
        positive("memory.bytes_per_second"),
        rates,
        link(mode, "link.heap"),
        link(mode, "link.off_heap"),
        number("overlap"),
        reached,
        corrections);
  }

  private Link link(Link.Mode mode, String name) throws DamagedException {
    return new Link(
        mode,
        number(name + ".up.latency_seconds"),
        number(name + ".down.latency_seconds"),
        positive(name + ".up.bytes_per_second"),
        positive(name + ".down.bytes_per_second"));
  }

  private String text(String name) throws DamagedException {
    String value = fields.get(name);
    if (value == null) {
      throw new DamagedException(name + " is missing");
    }
    return value;
  }

  private double positive(String name) throws DamagedException {
    double value = number(name);
    if (value == 0) {
      throw new DamagedException(name + " is 0");
    }
    return value;
  }

  private double number(String name) throws DamagedException {
    String text = text(name);
    double value;
    try {
      value = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new DamagedException("%s is \"%s\"".formatted(name, text));
    }
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new DamagedException("%s is %s".formatted(name, value));
    }
    return value;
  }
}

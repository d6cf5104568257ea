package org.tombolo.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.tombolo.scheduler.PlanOptions;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// How much memory plans may take: on every device, or on some.
///
/// @param everywhere limit of the devices that have none of their own
/// @param some limits by id of the device
record MemoryLimits(Optional<Long> everywhere, Map<String, Long> some) {

  /// Plan options with these limits.
  ///
  /// @param devices ids of the devices that there are
  /// @throws MistakeException if a limit is for another device
  PlanOptions options(List<String> devices) {
    for (String id : some.keySet()) {
      if (!devices.contains(id)) {
        throw new MistakeException(
            "--memory-limit: \"%s\" is not among the devices %s; need one of them"
                .formatted(id, devices),
            "one size for all of them, such as --memory-limit 512M");
      }
    }
    PlanOptions options = PlanOptions.defaults();
    for (String id : devices) {
      Long limit = some.getOrDefault(id, everywhere.orElse(-1L));
      if (limit >= 0) {
        options = options.withMemoryLimit(id, limit);
      }
    }
    return options;
  }

  /// Reads limits, with commas between.
  static final class FromText implements ITypeConverter<MemoryLimits> {
    @Override
    public MemoryLimits convert(String text) {
      Optional<Long> everywhere = Optional.empty();
      Map<String, Long> some = new TreeMap<>();
      for (String part : text.split(",", -1)) {
        int equals = part.indexOf('=');
        Long bytes =
            ByteSize.read(part.substring(equals + 1))
                .orElseThrow(() ->
                    new TypeConversionException(
                        "'%s'; need bytes, such as 4096, 512K, 1.5G or opencl:0=2GiB"
                            .formatted(part)));
        if (equals < 0) {
          everywhere = Optional.of(bytes);
        } else {
          some.put(part.substring(0, equals).strip(), bytes);
        }
      }
      return new MemoryLimits(everywhere, some);
    }
  }
}

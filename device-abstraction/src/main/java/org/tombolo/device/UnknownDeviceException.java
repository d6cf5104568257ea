package org.tombolo.device;

import java.util.List;
import java.util.stream.Collectors;

/// A device that was asked for by name is not there. The message lists those that are, and what
/// keeps others from being there.
public final class UnknownDeviceException extends DeviceException {
  private static final long serialVersionUID = 1;

  UnknownDeviceException(String name, List<Probe> probes) {
    super(
        name,
        "no such device; there %s%s".formatted(there(probes), missing(probes)),
        "one of those names, or auto");
  }

  private static String there(List<Probe> probes) {
    List<DeviceInfo> infos =
        probes.stream()
            .filter(Probe.Found.class::isInstance)
            .map(probe -> ((Probe.Found) probe).info())
            .toList();
    String names =
        infos.stream()
            .map(info -> "%s (%s)".formatted(info.id(), info.model()))
            .collect(Collectors.joining(", "));
    return infos.isEmpty() ? "is none" : (infos.size() == 1 ? "is " : "are ") + names;
  }

  private static String missing(List<Probe> probes) {
    return probes.stream()
        .filter(Probe.Missing.class::isInstance)
        .map(Probe.Missing.class::cast)
        .map(gone -> "\n  %s: %s; %s".formatted(gone.driver(), gone.reason(), gone.remedy()))
        .collect(Collectors.joining());
  }
}

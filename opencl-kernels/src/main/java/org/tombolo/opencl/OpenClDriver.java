package org.tombolo.opencl;

import java.util.List;
import java.util.Locale;
import org.jocl.CLException;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceException;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Driver;
import org.tombolo.device.Probe;
import org.tombolo.opencl.kernel.Dialect;

/// Every device that OpenCL finds on this machine, as `opencl:0`, `opencl:1` and so on, in the
/// order in which the system's loader lists platforms and platforms list devices.
///
/// Kernels come in two dialects; a processor gets the one, everything else the other. The system
/// property `tombolo.opencl.dialect`, or the environment variable `TOMBOLO_OPENCL_DIALECT`, set to
/// `simd` or `simt` when a device is opened, forces one.
public final class OpenClDriver implements Driver {
  /// Name of the property that forces a dialect.
  public static final String DIALECT = "tombolo.opencl.dialect";

  private static final String DIALECT_VARIABLE = "TOMBOLO_OPENCL_DIALECT";

  private final List<String> libraries;

  /// Touches nothing: no library is loaded before [#probe].
  public OpenClDriver() {
    this(OpenClLibrary.NAMES);
  }

  /// @param libraries names of the loader's library
  OpenClDriver(List<String> libraries) {
    this.libraries = libraries;
  }

  @Override
  public String id() {
    return "opencl";
  }

  @Override
  public List<Probe> probe() {
    return OpenClPlatforms.list(id(), libraries).probes();
  }

  @Override
  public Device open(Probe.Found found) {
    String id = found.info().id();
    List<OpenClPlatforms.Candidate> candidates = OpenClPlatforms.list(id(), libraries).candidates();
    OpenClPlatforms.Candidate candidate =
        candidates.stream()
            .filter(known -> known.info().id().equals(id))
            .filter(known -> known.info().fingerprint().equals(found.info().fingerprint()))
            .findFirst()
            .orElseThrow(() ->
                new DeviceException(
                    id,
                    "is no longer there; there are "
                        + candidates.stream().map(known -> known.info().id()).toList(),
                    "probe() again"));
    Dialect dialect = dialect(candidate.info());
    try (SignalHandlers _ = SignalHandlers.keep()) {
      return new OpenClDevice(candidate, dialect);
    } catch (CLException e) {
      throw new DeviceException(
          id,
          "cannot be opened: " + OpenClErrors.name(e.getStatus()),
          "clinfo to see whether the device works",
          e);
    }
  }

  private static Dialect dialect(DeviceInfo info) {
    String variable = System.getenv(DIALECT_VARIABLE);
    String forced = System.getProperty(DIALECT, variable == null ? "" : variable);
    return switch (forced.toLowerCase(Locale.ROOT)) {
      case "" -> info.kind() == DeviceInfo.Kind.CPU ? Dialect.SIMD : Dialect.SIMT;
      case "simd" -> Dialect.SIMD;
      case "simt" -> Dialect.SIMT;
      default ->
          throw new DeviceException(
              info.id(),
              "%s is \"%s\"; need simd or simt".formatted(DIALECT, forced),
              "-D%s=simd, or leave it out".formatted(DIALECT));
    };
  }
}

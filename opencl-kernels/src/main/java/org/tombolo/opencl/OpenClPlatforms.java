package org.tombolo.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Probe;
import org.tombolo.device.RegionLimits;
import org.tombolo.opencl.kernel.DeviceLimits;

/// Lists the devices of all platforms, in the order in which the loader gives them.
final class OpenClPlatforms {
  /// Bytes that every device gives in one buffer (OpenCL 1.2, table 4.3).
  private static final long LEAST_BUFFER = 1 << 20;

  /// Bytes of arguments that OpenCL guarantees to kernels of any device, those of an operand, and
  /// those that counts and working memory may take beside the operands.
  private static final long LEAST_PARAMETERS = 256;

  private static final long OPERAND = 16;
  private static final long OTHER_PARAMETERS = 64;

  /// All types of devices; JOCL's own constant is -1, which some platforms reject.
  private static final long ALL_TYPES = 0xFFFFFFFFL;

  /// `CL_DEVICE_HOST_UNIFIED_MEMORY`: deprecated since OpenCL 2.0, answered by all the same.
  private static final int UNIFIED_MEMORY = 0x1035;

  private static final String INSTALL =
      "install the vendor's driver, or PoCL for the processor:"
          + " apt-get install ocl-icd-libopencl1 pocl-opencl-icd";
  private static final int NO_PLATFORM = -1001;

  private final String driver;
  private final List<Probe> probes = new ArrayList<>();
  private final List<Candidate> candidates = new ArrayList<>();

  private OpenClPlatforms(String driver) {
    this.driver = driver;
  }

  /// A device that answers.
  ///
  /// @param platform its platform
  /// @param device its handle, which nobody has to release
  /// @param info what is known of it
  /// @param limits what kernels may ask of it
  /// @param largestBuffer bytes of the largest buffer that it promises
  /// @param regionLimits how many arguments kernels may have, and what suits compilers
  record Candidate(
      cl_platform_id platform,
      cl_device_id device,
      DeviceInfo info,
      DeviceLimits limits,
      long largestBuffer,
      RegionLimits regionLimits) {}

  /// Looks at everything there is. Loads the libraries.
  ///
  /// @param libraries names of the loader's library
  static OpenClPlatforms list(String driver, List<String> libraries) {
    OpenClPlatforms all = new OpenClPlatforms(driver);
    try (SignalHandlers handlers = SignalHandlers.keep()) {
      all.load(libraries, handlers);
    }
    return all;
  }

  private void load(List<String> libraries, SignalHandlers handlers) {
    if (OpenClLibrary.open(libraries).isEmpty()) {
      missing("no OpenCL library: none of %s can be opened".formatted(libraries), INSTALL);
      return;
    }
    try {
      Commands.load();
      CL.setExceptionsEnabled(true);
    } catch (LinkageError | RuntimeException e) {
      missing(
          "the OpenCL library or its Java binding does not load: " + e,
          "java on linux-x86_64, linux-arm64, windows or macos, with a temporary folder that"
              + " allows execution (-Djava.io.tmpdir=...)");
      return;
    }
    addPlatforms(handlers);
  }

  /// What was found and what is missing; never empty.
  List<Probe> probes() {
    return List.copyOf(probes);
  }

  /// The devices behind the found ones of [#probes], in the same order.
  List<Candidate> candidates() {
    return List.copyOf(candidates);
  }

  private void missing(String reason, String remedy) {
    probes.add(new Probe.Missing(driver, reason, remedy));
  }

  private void addPlatforms(SignalHandlers handlers) {
    try {
      int[] count = new int[1];
      CL.clGetPlatformIDs(0, null, count);
      handlers.settleCompilers();
      cl_platform_id[] platforms = new cl_platform_id[count[0]];
      if (count[0] > 0) {
        CL.clGetPlatformIDs(count[0], platforms, null);
      }
      for (cl_platform_id platform : platforms) {
        addDevices(platform);
      }
      if (platforms.length == 0) {
        missing("the OpenCL library is there, but no platform", INSTALL);
      }
    } catch (CLException e) {
      missing(
          e.getStatus() == NO_PLATFORM
              ? "the OpenCL library is there, but no platform"
              : "the OpenCL platforms cannot be listed: " + e.getMessage(),
          INSTALL);
    } catch (LinkageError | RuntimeException e) {
      missing("the OpenCL platforms cannot be listed: " + e, INSTALL);
    }
  }

  private void addDevices(cl_platform_id platform) {
    String name = "without a name";
    try {
      name = platformText(platform, CL.CL_PLATFORM_NAME);
      int[] count = new int[1];
      CL.clGetDeviceIDs(platform, ALL_TYPES, 0, null, count);
      cl_device_id[] devices = new cl_device_id[count[0]];
      if (count[0] > 0) {
        CL.clGetDeviceIDs(platform, ALL_TYPES, count[0], devices, null);
      } else {
        noDevices(name, "it lists none");
      }
      for (cl_device_id device : devices) {
        addDevice(platform, name, device);
      }
    } catch (CLException e) {
      noDevices(name, OpenClErrors.name(e.getStatus()));
    }
  }

  private void noDevices(String platform, String why) {
    missing(
        "platform %s has no device (%s)".formatted(platform, why),
        "the driver of the hardware it is for, permission to use it (groups video and render),"
            + (platform.equals("rusticl") ? " RUSTICL_ENABLE=llvmpipe or a GPU's driver," : "")
            + " or remove its file from /etc/OpenCL/vendors");
  }

  private void addDevice(cl_platform_id platform, String platformName, cl_device_id device) {
    String remedy = "update or reinstall the driver of that platform; clinfo shows what it reports";
    try {
      String id = "%s:%d".formatted(driver, candidates.size());
      Candidate candidate = describe(id, platform, platformName, device);
      if (number(device, CL.CL_DEVICE_AVAILABLE) == 0
          || number(device, CL.CL_DEVICE_COMPILER_AVAILABLE) == 0) {
        missing(
            "device %s of platform %s is not available or has no compiler"
                .formatted(candidate.info().model(), platformName),
            remedy);
        return;
      }
      candidates.add(candidate);
      probes.add(new Probe.Found(candidate.info()));
    } catch (RuntimeException e) {
      missing(
          "a device of platform %s does not say what it is: %s"
              .formatted(platformName, e.getMessage()),
          remedy);
    }
  }

  private static Candidate describe(
      String id, cl_platform_id platform, String platformName, cl_device_id device) {
    long type = number(device, CL.CL_DEVICE_TYPE);
    DeviceInfo.Kind kind =
        (type & CL.CL_DEVICE_TYPE_CPU) != 0
            ? DeviceInfo.Kind.CPU
            : (type & CL.CL_DEVICE_TYPE_GPU) != 0
                ? DeviceInfo.Kind.GPU
                : DeviceInfo.Kind.ACCELERATOR;
    int units = (int) Math.max(1, number(device, CL.CL_DEVICE_MAX_COMPUTE_UNITS));
    int lanes = Math.clamp(number(device, CL.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT), 1, 16);
    double hertz = 1e6 * Math.max(100, number(device, CL.CL_DEVICE_MAX_CLOCK_FREQUENCY));
    boolean cpu = kind == DeviceInfo.Kind.CPU;
    DeviceInfo info =
        new DeviceInfo(
            id,
            text(device, CL.CL_DEVICE_NAME),
            text(device, CL.CL_DEVICE_VENDOR),
            "%s / %s / %s"
                .formatted(
                    platformName,
                    text(device, CL.CL_DEVICE_VERSION),
                    text(device, CL.CL_DRIVER_VERSION)),
            kind,
            units,
            number(device, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
            cpu || number(device, UNIFIED_MEMORY) != 0,
            cpu
                ? new DeviceInfo.Speed(units * hertz * lanes * 2, 10e9 * Math.min(units, 4), 15e-6)
                : new DeviceInfo.Speed(units * hertz * 128, 300e9, 10e-6));
    return new Candidate(
        platform,
        device,
        info,
        new DeviceLimits(
            units,
            Math.clamp(number(device, CL.CL_DEVICE_MAX_WORK_GROUP_SIZE), 1, 1 << 20),
            number(device, CL.CL_DEVICE_LOCAL_MEM_SIZE),
            lanes,
            number(device, CL.CL_DEVICE_DOUBLE_FP_CONFIG) != 0),
        Math.max(LEAST_BUFFER, number(device, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE)),
        regionLimits(number(device, CL.CL_DEVICE_MAX_PARAMETER_SIZE)));
  }

  /// What kernels may become whose arguments take so many bytes at most. Each operand is a buffer
  /// and an offset.
  static RegionLimits regionLimits(long parameterBytes) {
    long operands = (Math.max(LEAST_PARAMETERS, parameterBytes) - OTHER_PARAMETERS) / OPERAND;
    return new RegionLimits(
        (int) Math.min(RegionLimits.USUAL.operands(), operands), RegionLimits.USUAL.operations());
  }

  /// A property of up to eight bytes; 0 where the device does not know it.
  private static long number(cl_device_id device, int property) {
    byte[] bytes = new byte[8];
    long[] size = new long[1];
    try {
      CL.clGetDeviceInfo(device, property, bytes.length, Pointer.to(bytes), size);
    } catch (CLException e) {
      if (property == CL.CL_DEVICE_TYPE || property == CL.CL_DEVICE_MAX_COMPUTE_UNITS) {
        throw e;
      }
      return 0;
    }
    ByteBuffer value = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    return size[0] == 4 ? Integer.toUnsignedLong(value.getInt(0)) : value.getLong(0);
  }

  private static String text(cl_device_id device, int property) {
    long[] size = new long[1];
    CL.clGetDeviceInfo(device, property, 0, null, size);
    byte[] bytes = new byte[(int) size[0]];
    CL.clGetDeviceInfo(device, property, bytes.length, Pointer.to(bytes), null);
    return clean(bytes);
  }

  private static String platformText(cl_platform_id platform, int property) {
    long[] size = new long[1];
    CL.clGetPlatformInfo(platform, property, 0, null, size);
    byte[] bytes = new byte[(int) size[0]];
    CL.clGetPlatformInfo(platform, property, bytes.length, Pointer.to(bytes), null);
    return clean(bytes);
  }

  private static String clean(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).replace("\0", "").strip();
  }
}

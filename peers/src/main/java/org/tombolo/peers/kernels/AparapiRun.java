package org.tombolo.peers.kernels;

import com.aparapi.Kernel;
import com.aparapi.Range;
import com.aparapi.device.Device;
import com.aparapi.device.OpenCLDevice;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.tombolo.examples.kernels.KernelExample.Outcome;

/// A kernel on Aparapi's executor, on its first OpenCL device.
///
/// By default Aparapi moves arrays by itself: before each execution all that the kernel reads or
/// writes, after it all that the kernel writes (`KernelRunner` marks an array that is written as
/// read, too). That is what is counted here, for its profile lists only some of the transfers. In
/// explicit mode arrays move where `put` and `get` say so.
abstract class AparapiRun implements CountedRun {
  /// How the work-items are laid out: extents, then those of a group if there are any, dimension 0
  /// the fastest.
  record Layout(int width, int height, int groupWidth, int groupHeight) {
    static Layout of(int width) {
      return new Layout(width, 0, 0, 0);
    }

    Range on(Device device) {
      if (height == 0) {
        return groupWidth == 0 ? device.createRange(width) : device.createRange(width, groupWidth);
      }
      return groupWidth == 0
          ? device.createRange2D(width, height)
          : device.createRange2D(width, height, groupWidth, groupHeight);
    }
  }

  private final Kernel kernel;
  private final OpenCLDevice device;
  private final Range range;
  private final boolean explicit;
  private boolean executed;
  private long up;
  private long down;

  AparapiRun(Kernel kernel, Layout layout, boolean explicit) {
    List<OpenCLDevice> devices = OpenCLDevice.listDevices(null);
    if (devices == null || devices.isEmpty()) {
      throw new UnsupportedOperationException("finds no OpenCL device");
    }
    this.kernel = kernel;
    this.device = devices.getFirst();
    this.range = layout.on(device);
    this.explicit = explicit;
    kernel.setExplicit(explicit);
  }

  /// Arrays that the kernel reads and does not write.
  abstract List<Object> read();

  /// Arrays that the kernel writes.
  abstract List<Object> written();

  /// Runs the kernel once.
  final void execute() {
    kernel.execute(range);
    if (!executed) {
      // It goes on in Java where OpenCL fails, and says so in its log alone.
      requireOpenCl(kernel.isRunningCL());
      executed = true;
    }
    if (!explicit) {
      up += bytes(read()) + bytes(written());
      down += bytes(written());
    }
  }

  private static void requireOpenCl(boolean openCl) {
    if (!openCl) {
      throw new UnsupportedOperationException("went on in Java, not on the OpenCL device");
    }
  }

  /// In explicit mode, brings an array to the device with the next execution.
  final void put(Object array) {
    if (explicit) {
      switch (array) {
        case float[] numbers -> kernel.put(numbers);
        case int[] numbers -> kernel.put(numbers);
        default -> throw new IllegalArgumentException(array.getClass().getName());
      }
      up += bytes(List.of(array));
    }
  }

  /// In explicit mode, brings an array back.
  final void get(Object array) {
    if (explicit) {
      switch (array) {
        case float[] numbers -> kernel.get(numbers);
        case int[] numbers -> kernel.get(numbers);
        default -> throw new IllegalArgumentException(array.getClass().getName());
      }
      down += bytes(List.of(array));
    }
  }

  private static long bytes(List<Object> arrays) {
    return arrays.stream()
        .mapToLong(array ->
            switch (array) {
              case float[] numbers -> 4L * numbers.length;
              case int[] numbers -> 4L * numbers.length;
              default -> throw new IllegalArgumentException(array.getClass().getName());
            })
        .sum();
  }

  @Override
  public final long up() {
    return up;
  }

  @Override
  public final long down() {
    return down;
  }

  @Override
  public final String where() {
    return "Aparapi 3.0.2, %s, %s"
        .formatted(device.getName(), device.getOpenCLPlatform().getVersion());
  }

  @Override
  public final void close() {
    kernel.dispose();
  }

  /// A kernel that computes the same from the same operands in each round: operands are put once,
  /// results brought back each time.
  static final class Once extends AparapiRun {
    private final List<Object> read;
    private final List<Object> written;
    private final List<int[]> cleared;
    private final Supplier<Outcome> outcome;
    private boolean first = true;

    /// @param cleared results that must be zeros before each round
    Once(
        Kernel kernel,
        Layout layout,
        boolean explicit,
        List<Object> read,
        List<Object> written,
        List<int[]> cleared,
        Supplier<Outcome> outcome) {
      super(kernel, layout, explicit);
      this.read = read;
      this.written = written;
      this.cleared = cleared;
      this.outcome = outcome;
    }

    @Override
    List<Object> read() {
      return read;
    }

    @Override
    List<Object> written() {
      return written;
    }

    @Override
    public void round() {
      for (int[] each : cleared) {
        Arrays.fill(each, 0);
        put(each);
      }
      if (first) {
        read.forEach(this::put);
        first = false;
      }
      execute();
      written.forEach(this::get);
    }

    @Override
    public Outcome outcome() {
      return outcome.get();
    }
  }
}

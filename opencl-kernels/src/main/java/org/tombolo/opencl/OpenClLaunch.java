package org.tombolo.opencl;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Launch;
import org.tombolo.device.Slice;
import org.tombolo.device.SourceProgram;
import org.tombolo.opencl.Commands.Order;
import org.tombolo.opencl.Commands.Orders;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.FaultReport;
import org.tombolo.opencl.kernel.Step;

/// Kernels whose arguments are set. Each launch has kernel objects of its own, and they are used
/// under the device's lock only: two threads on one kernel object end the process.
final class OpenClLaunch implements Launch {
  private final OpenClDevice device;
  private final String what;
  private final List<OpenClBuffer> memory;
  private final List<Prepared> steps = new ArrayList<>();
  private @Nullable Slice faultWords;
  private @Nullable FaultReport report;
  private boolean closed;

  /// A kernel with its arguments and its sizes in native memory.
  private record Prepared(
      Handle<cl_kernel> kernel, int dimensions, MemorySegment global, MemorySegment local) {}

  /// @param memory every buffer that the kernels touch
  OpenClLaunch(OpenClDevice device, String name, List<OpenClBuffer> memory) {
    this.device = device;
    this.what = "launch of " + name;
    this.memory = memory.stream().distinct().toList();
  }

  /// Adds a kernel with all its arguments; takes the kernel over.
  void add(Step step, cl_kernel kernel, List<Slice> inputs, List<Slice> outputs, Slice scratch) {
    Handle<cl_kernel> handle = new Handle<>(device.info().id(), what, kernel, CL::clReleaseKernel);
    steps.add(
        new Prepared(handle, step.global().size(), sizes(step.global()), sizes(step.local())));
    int index = 0;
    for (Arg arg : step.args()) {
      switch (arg) {
        case Arg.Input(int input) -> index = memory(kernel, index, inputs.get(input), 0);
        case Arg.Output(int output) -> index = memory(kernel, index, outputs.get(output), 0);
        case Arg.Scratch(long offset, long _) -> index = memory(kernel, index, scratch, offset);
        case Arg.IntArg(int value) ->
            CL.clSetKernelArg(kernel, index++, Sizeof.cl_int, Pointer.to(new int[] {value}));
        case Arg.LongArg(long value) ->
            CL.clSetKernelArg(kernel, index++, Sizeof.cl_long, Pointer.to(new long[] {value}));
        case Arg.FloatArg(float value) ->
            CL.clSetKernelArg(kernel, index++, Sizeof.cl_float, Pointer.to(new float[] {value}));
        case Arg.Local(long bytes) -> CL.clSetKernelArg(kernel, index++, bytes, null);
      }
    }
  }

  /// Says where the kernels leave what went wrong.
  ///
  /// @param scratch the working memory of the launch
  void report(FaultReport found, Slice scratch) {
    report = found;
    faultWords =
        new Slice(scratch.buffer(), scratch.offset() + found.offset(), found.faults().words() * 4L);
  }

  /// What went wrong in a launch that has ended, empty if nothing did; looks at device memory if
  /// the kernels report anything.
  Optional<DeviceException> fault(OpenClQueue queue) {
    if (report == null || faultWords == null) {
      return Optional.empty();
    }
    SourceProgram.Faults faults = report.faults();
    int[] words = new int[faults.words()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(faultWords.bytes(), Integer.BYTES);
      queue.download(faultWords, memory, List.of()).await(Duration.ofMinutes(1));
      MemorySegment.copy(memory, JAVA_INT, 0, words, 0, words.length);
    }
    return faults
        .problem(words)
        .map(problem -> new DeviceException(device.info().id(), problem, faults.remedy()));
  }

  /// Whether its kernels report what went wrong.
  boolean reports() {
    return report != null;
  }

  private static int memory(cl_kernel kernel, int index, Slice slice, long offset) {
    OpenClBuffer buffer = (OpenClBuffer) slice.buffer();
    long at = slice.offset() + offset;
    CL.clSetKernelArg(kernel, index, Sizeof.cl_mem, Pointer.to(buffer.memory()));
    CL.clSetKernelArg(kernel, index + 1, Sizeof.cl_long, Pointer.to(new long[] {at}));
    return index + 2;
  }

  private static MemorySegment sizes(List<Long> sizes) {
    MemorySegment out = Arena.ofAuto().allocate(JAVA_LONG, sizes.size());
    for (int i = 0; i < sizes.size(); i++) {
      out.setAtIndex(JAVA_LONG, i, sizes.get(i));
    }
    return out;
  }

  OpenClDevice device() {
    return device;
  }

  /// What it is, for messages.
  String what() {
    return what;
  }

  /// Hands all kernels to an in-order queue; the device's lock is held.
  ///
  /// @param orders what the kernels wait for, and where events go
  /// @return error code of the first call that failed, or 0
  int enqueue(long queue, Orders orders) {
    if (closed) {
      throw new DeviceException(
          device.info().id(), what + " is used after it was closed", "bind the executable again");
    }
    for (OpenClBuffer buffer : memory) {
      buffer.memory();
    }
    if (steps.isEmpty()) {
      return Commands.mark(queue, orders.only());
    }
    for (int i = 0; i < steps.size(); i++) {
      Prepared step = steps.get(i);
      Order part = orders.at(i, steps.size());
      long kernel = step.kernel().get().getNativePointer();
      int code =
          Commands.launch(queue, kernel, step.dimensions(), step.global(), step.local(), part);
      if (code != CL.CL_SUCCESS) {
        return code;
      }
    }
    return CL.CL_SUCCESS;
  }

  @Override
  public void close() {
    device.release(this);
  }

  /// Releases the kernels; the device's lock is held.
  void releaseKernels() {
    closed = true;
    steps.forEach(step -> step.kernel().close());
  }

  @Override
  public String toString() {
    return "%s on %s".formatted(what, device.info().id());
  }
}

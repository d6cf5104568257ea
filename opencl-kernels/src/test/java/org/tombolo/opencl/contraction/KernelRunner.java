package org.tombolo.opencl.contraction;

import static org.jocl.CL.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_platform_id;
import org.jocl.cl_program;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Runs launches on the first OpenCL device, without the driver, so that both dialects can be tried
/// on one device. Surrounds inputs by NaN, which spoils the results of what reads too far, fills
/// working memory with NaN, which shows what reads before it writes, and checks guards around the
/// output.
final class KernelRunner implements AutoCloseable {
  private static final int GUARD = 64;
  private static final float MARK = 12345.5f;

  private final cl_device_id device;
  private final cl_context context;
  private final cl_command_queue queue;
  private final Map<String, cl_program> programs = new HashMap<>();
  private boolean closed;

  @SuppressWarnings("deprecation") // what replaces clCreateCommandQueue is not in OpenCL 1.2
  private KernelRunner(cl_device_id device) {
    this.device = device;
    this.context = clCreateContext(null, 1, new cl_device_id[] {device}, null, null, null);
    this.queue = clCreateCommandQueue(context, device, 0, null);
  }

  /// The first device there is.
  static Optional<KernelRunner> open() {
    try {
      CL.setExceptionsEnabled(true);
      int[] count = new int[1];
      clGetPlatformIDs(0, null, count);
      cl_platform_id[] platforms = new cl_platform_id[count[0]];
      clGetPlatformIDs(platforms.length, platforms, null);
      for (cl_platform_id platform : platforms) {
        try {
          cl_device_id[] devices = new cl_device_id[1];
          clGetDeviceIDs(platform, 0xFFFFFFFFL, 1, devices, null);
          return Optional.of(new KernelRunner(devices[0]));
        } catch (CLException e) {
          // A platform without devices.
        }
      }
      return Optional.empty();
    } catch (CLException | UnsatisfiedLinkError e) {
      return Optional.empty();
    }
  }

  /// What kernels may ask of the device.
  DeviceLimits limits() {
    return new DeviceLimits(
        (int) number(CL_DEVICE_MAX_COMPUTE_UNITS, 4),
        (int) number(CL_DEVICE_MAX_WORK_GROUP_SIZE, 8),
        number(CL_DEVICE_LOCAL_MEM_SIZE, 8),
        (int) number(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, 4),
        false);
  }

  private long number(int what, int bytes) {
    long[] value = new long[1];
    clGetDeviceInfo(device, what, bytes, Pointer.to(value), null);
    return value[0];
  }

  /// How many programs were built so far.
  int programsBuilt() {
    return programs.size();
  }

  /// Runs the launches once and returns the output.
  float[] run(Steps steps, float[] a, float[] b, int size) {
    float[] padded = new float[size + 2 * GUARD];
    Arrays.fill(padded, MARK);
    float[] scratch = new float[(int) (steps.scratchBytes() / 4) + 1];
    Arrays.fill(scratch, Float.NaN);
    List<cl_mem> inputs = List.of(buffer(surrounded(a)), buffer(surrounded(b)));
    cl_mem output = buffer(padded);
    cl_mem working = buffer(scratch);
    try {
      for (Step step : steps.steps()) {
        launch(step, inputs, output, working);
      }
      clEnqueueReadBuffer(
          queue, output, CL_TRUE, 0, 4L * padded.length, Pointer.to(padded), 0, null, null);
    } finally {
      inputs.forEach(CL::clReleaseMemObject);
      clReleaseMemObject(output);
      clReleaseMemObject(working);
    }
    for (int i = 0; i < GUARD; i++) {
      assertEquals(MARK, padded[i], "guard before the output, element " + (i - GUARD));
      assertEquals(MARK, padded[GUARD + size + i], "guard after the output, element +" + i);
    }
    return Arrays.copyOfRange(padded, GUARD, GUARD + size);
  }

  private static float[] surrounded(float[] values) {
    float[] all = new float[values.length + 2 * GUARD];
    Arrays.fill(all, Float.NaN);
    System.arraycopy(values, 0, all, GUARD, values.length);
    return all;
  }

  private cl_mem buffer(float[] values) {
    return clCreateBuffer(
        context,
        CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
        4L * values.length,
        Pointer.to(values),
        null);
  }

  private void launch(Step step, List<cl_mem> inputs, cl_mem output, cl_mem working) {
    if (step.isEmpty()) {
      return;
    }
    cl_kernel kernel = clCreateKernel(program(step), step.kernel(), null);
    try {
      int at = 0;
      for (Arg arg : step.args()) {
        switch (arg) {
          case Arg.Input(int index) -> at = memory(kernel, at, inputs.get(index), 4 * GUARD);
          case Arg.Output _ -> at = memory(kernel, at, output, 4 * GUARD);
          case Arg.Scratch(long offset, long _) -> at = memory(kernel, at, working, offset);
          case Arg.IntArg(int value) ->
              clSetKernelArg(kernel, at++, Sizeof.cl_int, Pointer.to(new int[] {value}));
          case Arg.LongArg(long value) ->
              clSetKernelArg(kernel, at++, Sizeof.cl_long, Pointer.to(new long[] {value}));
          case Arg.FloatArg(float value) ->
              clSetKernelArg(kernel, at++, Sizeof.cl_float, Pointer.to(new float[] {value}));
          case Arg.Local(long bytes) -> clSetKernelArg(kernel, at++, bytes, null);
        }
      }
      clEnqueueNDRangeKernel(
          queue,
          kernel,
          step.global().size(),
          null,
          step.global().stream().mapToLong(Long::longValue).toArray(),
          step.local().stream().mapToLong(Long::longValue).toArray(),
          0,
          null,
          null);
      clFinish(queue);
    } finally {
      clReleaseKernel(kernel);
    }
  }

  private static int memory(cl_kernel kernel, int at, cl_mem memory, long offset) {
    clSetKernelArg(kernel, at, Sizeof.cl_mem, Pointer.to(memory));
    clSetKernelArg(kernel, at + 1, Sizeof.cl_long, Pointer.to(new long[] {offset}));
    return at + 2;
  }

  private cl_program program(Step step) {
    return programs.computeIfAbsent(
        step.source().text(),
        text -> {
          cl_program program =
              clCreateProgramWithSource(context, 1, new String[] {text}, null, null);
          try {
            clBuildProgram(program, 1, new cl_device_id[] {device}, "-cl-std=CL1.2", null, null);
          } catch (CLException e) {
            throw new AssertionError(log(program) + "\n" + numbered(text), e);
          }
          return program;
        });
  }

  private String log(cl_program program) {
    long[] size = new long[1];
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, null, size);
    byte[] log = new byte[(int) size[0]];
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, log.length, Pointer.to(log), null);
    return new String(log, java.nio.charset.StandardCharsets.UTF_8);
  }

  private static String numbered(String text) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    for (int i = 0; i < lines.size(); i++) {
      lines.set(i, "%4d %s".formatted(i + 1, lines.get(i)));
    }
    return String.join("\n", lines);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      programs.values().forEach(CL::clReleaseProgram);
      clReleaseCommandQueue(queue);
      clReleaseContext(context);
    }
  }
}

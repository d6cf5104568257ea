package org.tombolo.opencl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/// The OpenCL calls that run at each step of a computation, made through the foreign-function API;
/// everything else goes through JOCL.
///
/// JOCL gives each pending transfer a thread of its own, takes only memory below 2 GiB and spends
/// about half a microsecond on each argument. These calls do none of that. Handles are addresses,
/// as `NativePointerObject.getNativePointer()` gives them.
///
/// The class is initialised, and with it the library opened, at its first use.
final class Commands {
  private static final SymbolLookup LIBRARY =
      OpenClLibrary.open(OpenClLibrary.NAMES)
          .orElseThrow(() -> new UnsatisfiedLinkError("none of " + OpenClLibrary.NAMES));

  private static final MethodHandle LAUNCH =
      call(
          "clEnqueueNDRangeKernel",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_INT,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle WRITE =
      call(
          "clEnqueueWriteBuffer",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle READ =
      call(
          "clEnqueueReadBuffer",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle COPY =
      call(
          "clEnqueueCopyBuffer",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_INT,
          ADDRESS,
          ADDRESS);
  private static final MethodHandle MARK =
      call("clEnqueueMarkerWithWaitList", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle FLUSH = call("clFlush", JAVA_LONG);
  private static final MethodHandle FINISH = call("clFinish", JAVA_LONG);
  private static final MethodHandle EVENT_INFO =
      call("clGetEventInfo", JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle WAIT = call("clWaitForEvents", JAVA_INT, ADDRESS);
  private static final MethodHandle PROFILE =
      call("clGetEventProfilingInfo", JAVA_LONG, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
  private static final MethodHandle RELEASE = call("clReleaseEvent", JAVA_LONG);

  private static final int EXECUTION_STATUS = 0x11D3;

  private Commands() {}

  @SuppressWarnings("restricted")
  private static MethodHandle call(String name, MemoryLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(
            LIBRARY.find(name).orElseThrow(() -> new UnsatisfiedLinkError(name)),
            FunctionDescriptor.of(JAVA_INT, parameters));
  }

  /// Opens the library.
  ///
  /// @throws LinkageError if it is not there or lacks a call of OpenCL 1.2
  static void load() {
    if (LIBRARY.find("clEnqueueMarkerWithWaitList").isEmpty()) {
      throw new UnsatisfiedLinkError("clEnqueueMarkerWithWaitList");
    }
  }

  /// What a command waits for and where its event goes.
  ///
  /// @param count how many events to wait for
  /// @param events their handles, or null when there are none
  /// @param event receives the command's event, or null when nobody wants it
  record Order(int count, MemorySegment events, MemorySegment event) {
    /// After nothing but what is in the queue already, and without an event.
    static final Order NEXT = new Order(0, MemorySegment.NULL, MemorySegment.NULL);
  }

  /// What one or several commands wait for together, and where the events of the first and of the
  /// last of them go.
  ///
  /// @param only for one command
  /// @param first for the first of several
  /// @param last for the last of several
  record Orders(Order only, Order first, Order last) {
    /// @param count how many events to wait for
    /// @param events their handles
    /// @param begin receives the event of the first of several commands
    /// @param end receives the event of the only or last one
    static Orders of(int count, MemorySegment events, MemorySegment begin, MemorySegment end) {
      MemorySegment waits = count == 0 ? MemorySegment.NULL : events;
      return new Orders(
          new Order(count, waits, end),
          new Order(count, waits, begin),
          new Order(0, MemorySegment.NULL, end));
    }

    /// For one of several commands.
    Order at(int index, int commands) {
      if (commands == 1) {
        return only;
      }
      return index == 0 ? first : index == commands - 1 ? last : Order.NEXT;
    }
  }

  static int launch(
      long queue,
      long kernel,
      int dimensions,
      MemorySegment global,
      MemorySegment local,
      Order order) {
    try {
      return (int)
          LAUNCH.invokeExact(
              queue,
              kernel,
              dimensions,
              MemorySegment.NULL,
              global,
              local,
              order.count(),
              order.events(),
              order.event());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Copies from the host without waiting for the end.
  static int write(
      long queue, long buffer, long offset, long bytes, MemorySegment source, Order order) {
    try {
      return (int)
          WRITE.invokeExact(
              queue,
              buffer,
              0,
              offset,
              bytes,
              source,
              order.count(),
              order.events(),
              order.event());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Copies to the host without waiting for the end.
  static int read(
      long queue, long buffer, long offset, long bytes, MemorySegment target, Order order) {
    try {
      return (int)
          READ.invokeExact(
              queue,
              buffer,
              0,
              offset,
              bytes,
              target,
              order.count(),
              order.events(),
              order.event());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int copy(
      long queue, long source, long target, long from, long to, long bytes, Order order) {
    try {
      return (int)
          COPY.invokeExact(
              queue, source, target, from, to, bytes, order.count(), order.events(), order.event());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int mark(long queue, Order order) {
    try {
      return (int) MARK.invokeExact(queue, order.count(), order.events(), order.event());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int flush(long queue) {
    try {
      return (int) FLUSH.invokeExact(queue);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int finish(long queue) {
    try {
      return (int) FINISH.invokeExact(queue);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Reads the state of an event: 0 once complete, above 0 before, below 0 when it failed.
  ///
  /// @param status memory for one `int`, which receives the state
  /// @return error code of the call
  static int status(long event, MemorySegment status) {
    try {
      return (int) EVENT_INFO.invokeExact(event, EXECUTION_STATUS, 4L, status, MemorySegment.NULL);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Reads a time of a command that has ended, in nanoseconds of the device's clock.
  ///
  /// @param what one of the `CL_PROFILING_COMMAND_*`
  /// @param time memory for one `long`, which receives it
  /// @return error code of the call
  static int profile(long event, int what, MemorySegment time) {
    try {
      return (int) PROFILE.invokeExact(event, what, 8L, time, MemorySegment.NULL);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Waits for events; which also makes what their commands wrote visible here.
  static int await(int count, MemorySegment events) {
    try {
      return (int) WAIT.invokeExact(count, events);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int release(long event) {
    try {
      return (int) RELEASE.invokeExact(event);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Calls into C throw nothing of their own: what comes out is a bad argument of ours.
  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof RuntimeException problem) {
      return problem;
    }
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(e);
  }
}

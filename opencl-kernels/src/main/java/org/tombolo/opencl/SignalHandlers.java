package org.tombolo.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Keeps the process's signal handlers as they are while a platform or a compiler is at work.
///
/// The JVM needs its own: threads stop at safepoints by SIGSEGV, and in places an integer division
/// by zero becomes an exception by SIGFPE. Platforms that run in the process put others ahead of
/// them. LLVM's, once called, leaves none for a moment, and a second thread that stops then ends
/// the process; PoCL's makes each integer division by zero go on with a wrong result, in Java too.
/// LLVM installs its own once, and not again unless they are called, so what is undone here stays
/// undone. Only while a platform comes up, for some tenths of a second, its handlers are there: a
/// program with many busy threads opens its devices before they start, or runs with the JDK's
/// `libjsig` in `LD_PRELOAD`, which puts the JVM's handlers first at all times.
///
/// Signals without a handler are left alone. On systems without `sigaction` nothing is done.
final class SignalHandlers implements AutoCloseable {
  private static final int SIGNALS = 31;

  /// Room for a `struct sigaction`: 152 bytes on Linux, 16 on macOS. It begins with the handler.
  private static final long ACTION_BYTES = 256;

  private static final Optional<MethodHandle> SIGACTION = sigaction();
  private static final MemorySegment KEPT = Arena.global().allocate((SIGNALS + 1) * ACTION_BYTES);
  private static int keepers;

  private boolean closed;

  private SignalHandlers() {}

  /// Remembers the handlers, and puts them back when the result is closed. Scopes may be nested and
  /// may overlap in several threads: all go back to what was there before the first.
  static SignalHandlers keep() {
    synchronized (KEPT) {
      if (keepers++ == 0) {
        for (int signal = 1; signal <= SIGNALS; signal++) {
          read(signal, kept(signal));
        }
      }
    }
    return new SignalHandlers();
  }

  @Override
  public void close() {
    synchronized (KEPT) {
      if (closed) {
        return;
      }
      closed = true;
      keepers--;
      for (int signal = 1; signal <= SIGNALS; signal++) {
        restore(signal);
      }
    }
  }

  private static void restore(int signal) {
    long before = handler(kept(signal));
    if (before != 0 && current(signal) != before) {
      call(signal, kept(signal), MemorySegment.NULL);
    }
  }

  /// Address of the code that handles a signal now; 0 if none does.
  static long current(int signal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment now = arena.allocate(ACTION_BYTES);
      read(signal, now);
      return handler(now);
    }
  }

  private static MemorySegment kept(int signal) {
    return KEPT.asSlice(signal * ACTION_BYTES, ACTION_BYTES);
  }

  private static long handler(MemorySegment action) {
    return action.get(ValueLayout.JAVA_LONG, 0);
  }

  private static void read(int signal, MemorySegment action) {
    call(signal, MemorySegment.NULL, action);
  }

  private static void call(int signal, MemorySegment set, MemorySegment get) {
    if (SIGACTION.isEmpty()) {
      return;
    }
    try {
      // Fails for signals that cannot be caught, and changes nothing then.
      int _ = (int) SIGACTION.get().invokeExact(signal, set, get);
    } catch (Throwable e) {
      throw new AssertionError("sigaction takes an int and two addresses", e);
    }
  }

  @SuppressWarnings("restricted")
  private static Optional<MethodHandle> sigaction() {
    Linker linker = Linker.nativeLinker();
    FunctionDescriptor type =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
    return linker
        .defaultLookup()
        .find("sigaction")
        .map(address -> linker.downcallHandle(address, type));
  }
}

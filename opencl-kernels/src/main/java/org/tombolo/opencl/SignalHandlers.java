package org.tombolo.opencl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Keeps the process's signal handlers as they are while a platform or a compiler is at work.
///
/// The JVM needs its own: threads stop at safepoints by SIGSEGV, and in places an integer division
/// by zero becomes an exception by SIGFPE. Platforms that run in the process put others ahead of
/// them. LLVM's, once called, leaves none for a moment, and a second thread that stops then ends
/// the process; PoCL's makes each integer division by zero go on with a wrong result, in Java too.
/// LLVM installs its own when it is first used, and again only after one of them was called. It
/// would have them in place for as long as a platform takes to come up or a kernel to compile, so
/// [#settleCompilers] makes it install them early and takes them out at once. A compiler that is
/// not found this way is undone at the end of a scope. What is left is a moment while the first
/// device is opened: a program whose threads are busy by then runs with the JDK's `libjsig` in
/// `LD_PRELOAD`, which puts the JVM's handlers first at all times.
///
/// Signals without a handler are left alone. On systems without `sigaction` nothing is done.
final class SignalHandlers implements AutoCloseable {
  private static final int SIGNALS = 31;
  private static final int ABORT = 6;

  private static final int ATTEMPTS = 10;

  /// `llvm::sys::SetInterruptFunction(void (*)())`: installs the handlers, and with a null pointer
  /// does nothing else.
  private static final String SET_INTERRUPT_FUNCTION = "_ZN4llvm3sys20SetInterruptFunctionEPFvvE";

  /// Room for a `struct sigaction`: 152 bytes on Linux, 16 on macOS. It begins with the handler.
  private static final long ACTION_BYTES = 256;

  private static final Optional<MethodHandle> SIGACTION = sigaction();
  private static final MemorySegment KEPT = Arena.global().allocate((SIGNALS + 1) * ACTION_BYTES);
  private static final Set<String> SETTLED = new HashSet<>();
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

  /// Makes each LLVM that is in the process believe that its handlers are installed. To be called
  /// once the platforms' libraries are loaded, and before they are used.
  void settleCompilers() {
    synchronized (KEPT) {
      for (String library : loaded("libLLVM")) {
        if (SETTLED.add(library)) {
          find(library, SET_INTERRUPT_FUNCTION).ifPresent(this::settle);
        }
      }
    }
  }

  /// Where a signal met one of LLVM's handlers all the same, they are gone, and the next attempt
  /// may do.
  private void settle(MethodHandle register) {
    boolean installed = false;
    for (int attempt = 0; attempt < ATTEMPTS && !installed; attempt++) {
      try {
        register.invokeExact(MemorySegment.NULL);
      } catch (Throwable e) {
        throw new AssertionError("a function of one address", e);
      }
      restoreAll();
      // LLVM handles this one too, and it is left alone here.
      installed = handler(kept(ABORT)) != 0 || current(ABORT) != 0;
    }
  }

  private static List<String> loaded(String name) {
    Path maps = Path.of("/proc/self/maps");
    if (!Files.isReadable(maps)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(maps)) {
      return lines
          .filter(line -> line.contains("/" + name))
          .map(line -> line.substring(line.indexOf('/')))
          .distinct()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // a system that hides it; the end of the scope still restores
    }
  }

  @SuppressWarnings("restricted")
  private static Optional<MethodHandle> find(String library, String function) {
    try {
      return SymbolLookup.libraryLookup(library, Arena.global())
          .find(function)
          .map(address ->
              Linker.nativeLinker()
                  .downcallHandle(address, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS)));
    } catch (IllegalArgumentException gone) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    synchronized (KEPT) {
      if (closed) {
        return;
      }
      closed = true;
      restoreAll();
      keepers--;
    }
  }

  private static void restoreAll() {
    for (int signal = 1; signal <= SIGNALS; signal++) {
      restore(signal);
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

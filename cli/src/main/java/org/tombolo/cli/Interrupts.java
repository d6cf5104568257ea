package org.tombolo.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.IntConsumer;

/// Lets work end in good order when Ctrl-C is pressed (SIGINT) or the process is asked to end
/// (SIGTERM): the first signal is remembered for the work to look at, the second one ends the
/// process at once. Once closed, the first one ends it in the usual way.
///
/// What a handler replaced is not put back when it is closed. A compiler that runs in this process,
/// as OpenCL's for processors does, may have put a native handler of its own before the JVM's
/// meanwhile, which passes signals on; taken for what was there before, and put back after it is
/// gone, it would leave the JVM without any.
///
/// A shutdown hook would not do: while hooks run, the JVM lets a second Ctrl-C wait for them. So
/// this is the API `sun.misc.Signal`, which the module `jdk.unsupported` exports to everybody. It
/// is called by reflection because the compiler warns of it in a way that cannot be suppressed.
final class Interrupts implements AutoCloseable {
  private static final List<String> SIGNALS = List.of("INT", "TERM");

  private final Console console;
  private final IntConsumer exit;
  private final IntConsumer halt;
  private volatile int signal;
  private volatile boolean closed;

  /// Watches nothing yet.
  ///
  /// @param exit ends the process in the usual way, with an exit status
  /// @param halt ends the process at once, with an exit status
  Interrupts(Console console, IntConsumer exit, IntConsumer halt) {
    this.console = console;
    this.exit = exit;
    this.halt = halt;
  }

  /// Watches the signals of this process, if this JVM lets anybody do so; says so if not.
  static Interrupts watch(Console console) {
    Interrupts interrupts = new Interrupts(console, System::exit, Runtime.getRuntime()::halt);
    try {
      interrupts.register();
    } catch (ReflectiveOperationException e) {
      Throwable reason = e instanceof InvocationTargetException ? e.getCause() : e;
      console.error("note: Ctrl-C will end the process without saving: " + reason);
    }
    return interrupts;
  }

  private void register() throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    Method number = signalType.getMethod("getNumber");
    Object handler =
        Proxy.newProxyInstance(
            Interrupts.class.getClassLoader(),
            new Class<?>[] {handlerType},
            (_, method, arguments) -> {
              if (method.getDeclaringClass() == Object.class) {
                return method.invoke(this, arguments);
              }
              arrived((int) number.invoke(arguments[0]));
              return null;
            });
    Method handle = signalType.getMethod("handle", signalType, handlerType);
    for (String name : SIGNALS) {
      handle.invoke(null, signalType.getConstructor(String.class).newInstance(name), handler);
    }
  }

  /// A signal came.
  void arrived(int number) {
    if (closed) {
      exit.accept(ExitStatus.SIGNAL + number);
      return;
    }
    boolean again = requested();
    signal = number;
    if (again) {
      halt.accept(status());
    } else {
      console.error("\ninterrupted: finishing this step; once more to end at once");
    }
  }

  /// Whether the work should end.
  boolean requested() {
    return signal != 0;
  }

  /// Exit status of a process that a signal ended, by the custom of shells.
  int status() {
    return ExitStatus.SIGNAL + signal;
  }

  @Override
  public void close() {
    closed = true;
  }
}

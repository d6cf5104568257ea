package org.tombolo.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/// Lets work end in good order when Ctrl-C is pressed (SIGINT) or the process is asked to end
/// (SIGTERM): the first signal is remembered for the work to look at, the second one ends the
/// process at once. Closing brings back what signals did before.
///
/// A shutdown hook would not do: while hooks run, the JVM lets a second Ctrl-C wait for them. So
/// this is the API `sun.misc.Signal`, which the module `jdk.unsupported` exports to everybody. It
/// is called by reflection because the compiler warns of it in a way that cannot be suppressed.
final class Interrupts implements AutoCloseable {
  private static final List<String> SIGNALS = List.of("INT", "TERM");

  private final Console console;
  private final IntConsumer halt;
  private final Map<Object, Object> before = new LinkedHashMap<>();
  private volatile int signal;

  /// Watches nothing yet.
  ///
  /// @param halt ends the process at once, with an exit status
  Interrupts(Console console, IntConsumer halt) {
    this.console = console;
    this.halt = halt;
  }

  /// Watches the signals of this process, if this JVM lets anybody do so; says so if not.
  static Interrupts watch(Console console) {
    Interrupts interrupts = new Interrupts(console, Runtime.getRuntime()::halt);
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
    for (String name : SIGNALS) {
      Object watched = signalType.getConstructor(String.class).newInstance(name);
      before.put(watched, handle(watched, handler));
    }
  }

  private static Object handle(Object signal, Object handler) throws ReflectiveOperationException {
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    return signal
        .getClass()
        .getMethod("handle", signal.getClass(), handlerType)
        .invoke(null, signal, handler);
  }

  /// A signal came.
  void arrived(int number) {
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
    before.forEach((watched, handler) -> {
      try {
        handle(watched, handler);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot give signals back", e);
      }
    });
    before.clear();
  }
}

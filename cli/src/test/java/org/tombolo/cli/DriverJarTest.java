package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A driver that somebody else wrote, on the class path of the command: the one in
/// `examples/driver`, which no module of ours knows.
class DriverJarTest {
  private static final Path SOURCES = Path.of("../examples/driver/src/main");

  @Test
  void theCommandSeesADriverThatIsOnlyOnItsClassPath(@TempDir Path classes) throws Exception {
    compile(classes);
    URL[] path = {classes.toUri().toURL()};
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(path, before)) {
      thread.setContextClassLoader(loader);
      Cli.run("devices").prints("slate:0: Slate");
      Cli.run("conformance", "--driver", "slate", "--quick")
          .ok()
          .prints("excluded: programs: regions are interpreted: .*")
          .prints("gradients +7 +0 +0 .*")
          .prints("CONFORMS: \\d+ passed, 0 failed, .*");
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static void compile(Path classes) throws Exception {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    try (Stream<Path> files = Files.walk(SOURCES.resolve("java"));
        var manager = javac.getStandardFileManager(null, null, null)) {
      List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
      StringWriter messages = new StringWriter();
      boolean compiled =
          javac
              .getTask(
                  messages,
                  manager,
                  null,
                  List.of(
                      "-proc:none",
                      "-Xlint:all",
                      "-Werror",
                      "-classpath",
                      System.getProperty("java.class.path"),
                      "-d",
                      classes.toString()),
                  null,
                  manager.getJavaFileObjectsFromPaths(sources))
              .call();
      assertTrue(compiled, messages::toString);
      assertEquals("", messages.toString());
    }
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Path service = Path.of("META-INF/services/org.tombolo.device.Driver");
    Files.copy(
        SOURCES.resolve("resources").resolve(service), services.resolve(service.getFileName()));
  }
}

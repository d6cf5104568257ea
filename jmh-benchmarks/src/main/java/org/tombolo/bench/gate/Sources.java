package org.tombolo.bench.gate;

import java.io.IOException;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/// Kernels of two commits in one process: those on the class path, and those of an earlier commit,
/// compiled from the repository's history.
final class Sources {
  private static final List<String> FOLDERS =
      List.of(
          "graph/src/main/java",
          "device-abstraction/src/main/java",
          "cpu-kernels/src/main/java",
          "jmh-benchmarks/src/main/java/org/tombolo/bench/gate/GateWork.java");

  private Sources() {}

  /// The work of the classes on the class path, in classes of its own each time.
  static Map<String, Map.Entry<Runnable, Supplier<float[]>>> current() {
    return work(Stream.of(System.getProperty("java.class.path").split(":")).map(Path::of).toList());
  }

  /// The work of compiled classes, in classes of its own each time.
  static Map<String, Map.Entry<Runnable, Supplier<float[]>>> of(Path classes) {
    return work(List.of(classes));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Map.Entry<Runnable, Supplier<float[]>>> work(List<Path> classPath) {
    List<URL> urls = new ArrayList<>();
    try {
      for (Path path : classPath) {
        urls.add(path.toUri().toURL());
      }
      // Stays open for what is loaded later.
      URLClassLoader loader =
          new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
      return (Map<String, Map.Entry<Runnable, Supplier<float[]>>>)
          loader.loadClass(GateWork.class.getName()).getMethod("all").invoke(null);
    } catch (MalformedURLException | ReflectiveOperationException e) {
      throw new IllegalStateException("gate: no work in " + classPath, e);
    }
  }

  /// Compiles a commit's kernels, unless that has been done.
  ///
  /// @param repository a clone with its history
  /// @param commit what to compile
  /// @param folder to keep classes in
  /// @return the folder of the classes
  /// @throws IOException if the commit is not there, or does not compile
  static Path compiled(Path repository, String commit, Path folder)
      throws IOException, InterruptedException {
    Path classes = folder.resolve(commit);
    if (Files.isDirectory(classes)) {
      return classes;
    }
    Path work = Files.createDirectories(folder.resolve(commit + ".part"));
    Path archive = work.resolve("sources.tar");
    List<String> command =
        new ArrayList<>(
            List.of("git", "archive", "--format=tar", "--output=" + archive, commit, "--"));
    command.addAll(FOLDERS);
    run(repository, command);
    Path sources = Files.createDirectories(work.resolve("sources"));
    run(repository, List.of("tar", "-xf", archive.toString(), "-C", sources.toString()));
    compile(sources, Files.createDirectories(work.resolve("classes")));
    Files.move(work.resolve("classes"), classes);
    return classes;
  }

  private static void compile(Path sources, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IOException("gate: this Java has no compiler\n  try: a JDK");
    }
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "--add-modules",
            "jdk.incubator.vector",
            "-cp",
            System.getProperty("java.class.path"),
            "-implicit:none",
            "-d",
            classes.toString());
    try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
        Stream<Path> found = Files.walk(sources)) {
      List<Path> java = found.filter(path -> path.toString().endsWith(".java")).toList();
      boolean done =
          compiler
              .getTask(
                  messages, files, null, options, null, files.getJavaFileObjectsFromPaths(java))
              .call();
      if (!done) {
        throw new IOException("gate: the accepted commit does not compile\n" + messages);
      }
    }
  }

  private static void run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(
          "gate: %s\n%s  try: a clone with its whole history"
              .formatted(String.join(" ", command), said));
    }
  }
}

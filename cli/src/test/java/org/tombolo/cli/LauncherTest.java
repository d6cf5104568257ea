package org.tombolo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The `./tombolo` script, run in a copy of the repository's skeleton with a JDK and a Maven that
/// only write down how they were called.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a bash script")
class LauncherTest {
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
  private static final List<String> MODULES =
      List.of(
          "graph", "device-abstraction", "cpu-kernels", "opencl-kernels", "scheduler", "nn", "cli");
  private static final List<String> TOOLS =
      List.of(
          "bash",
          "cat",
          "dirname",
          "env",
          "find",
          "flock",
          "head",
          "mkdir",
          "mv",
          "readlink",
          "rm",
          "sed",
          "touch",
          "tr");

  @TempDir private Path dir;
  private Path home;
  private Path tools;

  private record Run(int exit, String out, String err, long pid) {}

  @BeforeEach
  void copySkeleton() throws IOException {
    home = Files.createDirectories(dir.resolve("a home"));
    Files.createDirectories(home.resolve("scripts"));
    Files.copy(REPOSITORY.resolve("scripts/jdk.sh"), home.resolve("scripts/jdk.sh"));
    Path script = home.resolve("tombolo");
    Files.copy(REPOSITORY.resolve("tombolo"), script);
    makeExecutable(script);
    Files.writeString(home.resolve("pom.xml"), "<project/>");
    for (String module : MODULES) {
      Files.createDirectories(home.resolve(module).resolve("src/main/java"));
      Files.writeString(home.resolve(module).resolve("pom.xml"), "<project/>");
    }
    // A PATH with what the script calls and neither java nor Maven.
    tools = Files.createDirectories(dir.resolve("tools"));
    for (String tool : TOOLS) {
      Path found = onPath(tool);
      if (found != null) {
        makeExecutable(
            Files.writeString(tools.resolve(tool), "#!/bin/sh\nexec '" + found + "' \"$@\"\n"));
      }
    }
  }

  @Test
  void withoutAnyJdkItSaysWhereItLookedAndHowToGetOne() throws Exception {
    Path old = fakeJdk("jdks/old", "17.0.15");
    Run run = launch(Map.of("TOMBOLO_JDK_SEARCH", dir.resolve("jdks").toString()), "devices");
    assertEquals(2, run.exit(), run.err());
    assertEquals("", run.out());
    assertTrue(run.err().contains("No JDK 25 or newer found"), run.err());
    assertTrue(run.err().contains(old + " (JDK 17)"), run.err());
    assertTrue(run.err().contains("\n  try: "), run.err());
  }

  @Test
  void javaHomeWithoutJavaIsNamed() throws Exception {
    Path empty = Files.createDirectories(dir.resolve("empty"));
    Run run =
        launch(
            Map.of("JAVA_HOME", empty.toString(), "TOMBOLO_JDK_SEARCH", empty.toString()),
            "devices");
    assertEquals(2, run.exit(), run.err());
    assertTrue(run.err().contains("JAVA_HOME=" + empty + " (no Java)"), run.err());
  }

  @Test
  void tomboloJavaHomeIsUsedAloneAndChecked() throws Exception {
    fakeJdk("jdks/new", "25.0.3");
    Path runtime = fakeJdk("runtime", "25");
    Files.delete(runtime.resolve("bin/javac"));
    Run run =
        launch(
            Map.of(
                "TOMBOLO_JAVA_HOME",
                runtime.toString(),
                "TOMBOLO_JDK_SEARCH",
                dir.resolve("jdks").toString()),
            "devices");
    assertEquals(2, run.exit(), run.err());
    assertTrue(run.err().contains("found Java 25 without compiler"), run.err());
    assertTrue(run.err().contains("unset it"), run.err());
  }

  @Test
  void withoutMavenItSaysHowToGetIt() throws Exception {
    fakeJdk("jdks/new", "25.0.3");
    Run run = launch(newJdk(), "devices");
    assertEquals(2, run.exit(), run.err());
    assertTrue(run.err().contains("needs Maven"), run.err());
    assertTrue(run.err().contains("\n  try: install it"), run.err());
  }

  @Test
  void aFailedBuildIsReportedAndTriedAgain() throws Exception {
    fakeJdk("jdks/new", "25.0.3");
    writeTool("mvn", "echo 'no such symbol'\nexit 1\n");
    for (int attempt = 0; attempt < 2; attempt++) {
      Run run = launch(newJdk(), "devices");
      assertEquals(2, run.exit(), run.err());
      assertEquals("", run.out());
      assertTrue(run.err().contains("no such symbol"), run.err());
      assertTrue(run.err().contains("the build failed"), run.err());
    }
  }

  @Test
  void itBuildsOnceThenBecomesJava() throws Exception {
    Path jdk = fakeJdk("jdks/new", "26-ea");
    Path builds = fakeMaven();
    Run first = launch(newJdk(), "train", "two words", "*", "");
    assertEquals(7, first.exit(), first.err());
    assertTrue(first.err().contains("building the command line"), first.err());
    assertEquals("JAVA_HOME=" + jdk, Files.readAllLines(builds, UTF_8).get(0));

    Run second = launch(newJdk(), "train", "two words", "*", "");
    assertEquals(7, second.exit(), second.err());
    assertEquals("", second.err());
    assertEquals(1, Files.readAllLines(builds, UTF_8).size());
    List<String> lines = second.out().lines().toList();
    assertEquals("pid " + second.pid(), lines.get(0), "java must replace the script");
    assertEquals(
        List.of(
            "[--add-modules]",
            "[jdk.incubator.vector]",
            "[--enable-native-access=ALL-UNNAMED]",
            "[-cp]",
            "[" + home.resolve("cli/target/tombolo/lib") + "/*]",
            "[org.tombolo.cli.Main]",
            "[train]",
            "[two words]",
            "[*]",
            "[]"),
        lines.subList(1, lines.size()));
  }

  @Test
  void javaOptionsAreAddedWordByWord() throws Exception {
    fakeJdk("jdks/new", "25");
    fakeMaven();
    Map<String, String> environment = new HashMap<>(newJdk());
    environment.put("TOMBOLO_JAVA_OPTS", "-Xmx1g -Dx=y");
    Run run = launch(environment, "devices");
    assertTrue(run.out().contains("[-Xmx1g]\n[-Dx=y]\n[-cp]"), run.out());
  }

  @Test
  void jarsOfFurtherDriversComeAfterItsOwn() throws Exception {
    fakeJdk("jdks/new", "25");
    fakeMaven();
    Map<String, String> environment = new HashMap<>(newJdk());
    environment.put("TOMBOLO_DRIVERS", "/a b/slate.jar:/c.jar");
    Run run = launch(environment, "devices");
    String path = home.resolve("cli/target/tombolo/lib") + "/*:/a b/slate.jar:/c.jar";
    assertTrue(run.out().contains("[-cp]\n[" + path + "]\n"), run.out());
  }

  @Test
  void aNewerSourcePomOrDeletedSourceBuildsAgain() throws Exception {
    fakeJdk("jdks/new", "25.0.3");
    Path builds = fakeMaven();
    Path source = home.resolve("graph/src/main/java/A.java");
    Files.writeString(source, "class A {}");
    setBack(source);
    launch(newJdk(), "devices");
    assertEquals(1, Files.readAllLines(builds, UTF_8).size());

    touchLater(source);
    launch(newJdk(), "devices");
    assertEquals(2, Files.readAllLines(builds, UTF_8).size(), "a newer source");

    setBack(source);
    touchLater(home.resolve("nn/pom.xml"));
    launch(newJdk(), "devices");
    assertEquals(3, Files.readAllLines(builds, UTF_8).size(), "a newer pom");

    setBack(home.resolve("nn/pom.xml"));
    Files.delete(source);
    touchLater(source.getParent());
    launch(newJdk(), "devices");
    assertEquals(4, Files.readAllLines(builds, UTF_8).size(), "a deleted source");

    setBack(source.getParent());
    launch(newJdk(), "devices");
    assertEquals(4, Files.readAllLines(builds, UTF_8).size(), "nothing new");
  }

  @Test
  void itWorksThroughALinkFromElsewhere() throws Exception {
    fakeJdk("jdks/new", "25.0.3");
    fakeMaven();
    Path link = Files.createSymbolicLink(dir.resolve("t"), Path.of("a home", "tombolo"));
    Run run = launch(link, newJdk(), List.of("devices"));
    assertEquals(7, run.exit(), run.err());
    assertFalse(run.err().contains("No such file"), run.err());
  }

  private Map<String, String> newJdk() {
    return Map.of("TOMBOLO_JDK_SEARCH", dir.resolve("jdks").toString());
  }

  /// A JDK whose java prints its process id and arguments and exits with 7.
  private Path fakeJdk(String name, String version) throws IOException {
    Path jdk = dir.resolve(name);
    Path bin = Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "X=\"1\"\nJAVA_VERSION=\"" + version + "\"\n");
    Path java = bin.resolve("java");
    Files.writeString(
        java, "#!/usr/bin/env bash\necho \"pid $$\"\nprintf '[%s]\\n' \"$@\"\nexit 7\n");
    makeExecutable(java);
    makeExecutable(Files.writeString(bin.resolve("javac"), "#!/usr/bin/env bash\n"));
    return jdk;
  }

  /// A Maven that makes the library folder; returns the file with one line for each of its runs.
  private Path fakeMaven() throws IOException {
    Path builds = dir.resolve("builds");
    writeTool(
        "mvn",
        "echo \"JAVA_HOME=$JAVA_HOME\" >> '"
            + builds
            + "'\nmkdir -p cli/target/tombolo/lib\necho 'on stdout'\n");
    return builds;
  }

  private void writeTool(String name, String body) throws IOException {
    makeExecutable(Files.writeString(tools.resolve(name), "#!/usr/bin/env bash\n" + body));
  }

  private Run launch(Map<String, String> environment, String... arguments) throws Exception {
    return launch(home.resolve("tombolo"), environment, Arrays.asList(arguments));
  }

  private Run launch(Path script, Map<String, String> environment, List<String> arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(arguments);
    Path out = dir.resolve("out");
    Path err = dir.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(tools.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", tools.toString());
    builder.environment().put("HOME", dir.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the launcher hangs: " + command);
    }
    return new Run(
        process.exitValue(), Files.readString(out), Files.readString(err), process.pid());
  }

  private static Path onPath(String tool) {
    for (String folder : System.getenv("PATH").split(":")) {
      Path candidate = Path.of(folder, tool);
      if (Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  private static Path makeExecutable(Path file) throws IOException {
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void setBack(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
  }

  private static void touchLater(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plus(Duration.ofMinutes(1))));
  }
}

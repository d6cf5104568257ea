package org.tombolo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The driver in `examples/driver`: built and tested as a stranger would, by Maven from its own
/// pom, with our artifacts from a repository. Its page shows nothing but its source.
class DriverExampleTest {
  private static final Path ROOT = Path.of("..");
  private static final Path PROJECT = Path.of("driver");
  private static final Path PAGE = ROOT.resolve("docs/write-a-driver.md");
  private static final int MINUTES = 5;

  /// What the project's dependencies need of ours.
  private static final List<String> MODULES =
      List.of("graph", "device-abstraction", "scheduler", "device-conformance", "cpu-kernels");

  /// A repository with what this build made, so that nothing has to be installed where others find
  /// it, and the user's own one to copy plugins and libraries from, so that nothing is fetched.
  private static final String SETTINGS =
      """
      <settings>
        <profiles>
          <profile>
            <id>here</id>
            <repositories>
              <repository>
                <id>built</id>
                <url>BUILT</url>
                <snapshots><checksumPolicy>ignore</checksumPolicy></snapshots>
              </repository>
              <repository>
                <id>central</id>
                <url>USER</url>
                <releases><checksumPolicy>ignore</checksumPolicy></releases>
              </repository>
            </repositories>
            <pluginRepositories>
              <pluginRepository>
                <id>central</id>
                <url>USER</url>
                <releases><checksumPolicy>ignore</checksumPolicy></releases>
              </pluginRepository>
            </pluginRepositories>
          </profile>
        </profiles>
        <activeProfiles>
          <activeProfile>here</activeProfile>
        </activeProfiles>
      </settings>
      """;

  @Test
  void itsOwnBuildPassesWithOurArtifacts(@TempDir Path dir) throws Exception {
    // Surefire is told where Maven and its repository are; elsewhere there may be neither.
    Path maven = Path.of(System.getProperty("maven.home", "no Maven"), "bin", "mvn");
    assumeTrue(Files.isExecutable(maven), "not run by Maven");
    Path built = dir.resolve("built");
    deploy(built, "tombolo", ROOT);
    for (String module : MODULES) {
      deploy(built, "tombolo-" + module, ROOT.resolve(module));
    }
    Path user = Path.of(System.getProperty("maven.repo.local"));
    Path settings = dir.resolve("settings.xml");
    Files.writeString(
        settings,
        SETTINGS
            .replace("BUILT", built.toUri().toString())
            .replace("USER", user.toUri().toString()));
    Path project = dir.resolve("driver");
    copy(PROJECT, project);

    Path log = dir.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(
                maven.toString(),
                "-B",
                "-ntp",
                "-o",
                "-Daether.offline.protocols=file",
                "-s",
                settings.toString(),
                "-Dmaven.repo.local=" + dir.resolve("local"),
                "test")
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().keySet().removeAll(List.of("MAVEN_ARGS", "MAVEN_OPTS"));
    Process process = builder.start();
    if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    String told = Files.readString(log);
    assertEquals(0, process.waitFor(), told);
    assertTrue(
        Pattern.compile("Tests run: 2, Failures: 0, .*Skipped: 0").matcher(told).find(), told);
  }

  /// Puts a module into a repository as its `deploy` would.
  private static void deploy(Path repository, String artifact, Path module) throws IOException {
    String version = version();
    Path folder =
        Files.createDirectories(
            repository.resolve("org/tombolo").resolve(artifact).resolve(version));
    String name = artifact + "-" + version;
    Files.copy(module.resolve("pom.xml"), folder.resolve(name + ".pom"));
    Path classes = module.resolve("target/classes");
    if (Files.isDirectory(classes)) {
      try (OutputStream out = Files.newOutputStream(folder.resolve(name + ".jar"));
          JarOutputStream jar = new JarOutputStream(out);
          Stream<Path> files = Files.walk(classes)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          jar.putNextEntry(new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
          Files.copy(file, jar);
        }
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    for (Path file : files(from)) {
      Path target = to.resolve(from.relativize(file));
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
  }

  /// The project's files, without what a build of it left.
  private static List<Path> files(Path project) throws IOException {
    try (Stream<Path> files = Files.walk(project)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.startsWith(project.resolve("target")))
          .toList();
    }
  }

  private static String version() throws IOException {
    return first("<version>([^<]*)</version>", Files.readString(ROOT.resolve("pom.xml")));
  }

  private static String first(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertTrue(matcher.find(), pattern);
    return matcher.group(1);
  }

  /// The same versions as the build around it, of our modules and of everything else: what the
  /// build has not fetched, the test above could not find.
  @Test
  void itsPomNamesThisVersionAndStandsAlone() throws IOException {
    String pom = Files.readString(PROJECT.resolve("pom.xml"));
    String root = Files.readString(ROOT.resolve("pom.xml"));
    assertEquals(version(), first("<tombolo.version>(.*)</tombolo.version>", pom));
    assertTrue(!pom.contains("<parent>"), "a stranger has no parent of ours");
    assertTrue(!root.contains("<module>examples/driver"), "it is no module");
    assertEquals(
        first("<junit.version>(.*)</junit.version>", root),
        first("<artifactId>junit-jupiter</artifactId>\\s*<version>(.*)</version>", pom));
    Matcher plugin =
        Pattern.compile("<artifactId>(maven-[a-z]+-plugin)</artifactId>\\s*<version>(.*)</version>")
            .matcher(pom);
    int plugins = 0;
    while (plugin.find()) {
      plugins++;
      String ours =
          "<artifactId>%s</artifactId>\\s*<version>(.*)</version>".formatted(plugin.group(1));
      assertEquals(first(ours, root), plugin.group(2), plugin.group(1));
    }
    assertEquals(5, plugins);
  }

  /// Each block of code on the page is part of the file that the line before it names.
  @Test
  void itsPageShowsItsSource() throws IOException {
    Map<String, String> sources =
        files(PROJECT).stream()
            .collect(
                Collectors.toMap(file -> file.getFileName().toString(), DriverExampleTest::code));
    String page = Files.readString(PAGE);
    Matcher block =
        Pattern.compile("`([\\w.]+)`:\\n\\n```(java|xml|text)\\n(.*?)```", Pattern.DOTALL)
            .matcher(page);
    List<String> shown = new ArrayList<>();
    while (block.find()) {
      String source = sources.get(block.group(1));
      assertTrue(source != null, "no file " + block.group(1));
      String code = code(block.group(3));
      assertTrue(source.contains(code), () -> block.group(1) + " does not hold\n" + code);
      shown.add(block.group(1));
    }
    assertTrue(shown.size() >= 8, shown::toString);
    assertEquals(
        Pattern.compile("```(java|xml|text)\\n").matcher(page).results().count(),
        shown.size(),
        "blocks that name no file");
  }

  private static String code(Path file) {
    try {
      return code(Files.readString(file));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Lines without their indentation; no empty ones.
  private static String code(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }
}

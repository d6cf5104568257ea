package org.tombolo.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/// Chromium without a window, for pages. Where it is missing tests are skipped, unless
/// `-Dtombolo.browser=required` makes that a failure.
final class Browser {
  private static final long LONGEST_SECONDS = 120;

  private final String program;
  private final Path folder;

  private Browser(String program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  /// @param folder for pages, pictures and the profile
  static Browser in(Path folder) {
    Optional<Path> found =
        Stream.of(System.getenv("PATH").split(":"))
            .flatMap(place ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(name -> Path.of(place, name)))
            .filter(Files::isExecutable)
            .findFirst();
    if (System.getProperty("tombolo.browser", "").equals("required")) {
      assertTrue(found.isPresent(), "Chromium is required, and not on the path");
    }
    assumeTrue(found.isPresent(), "no Chromium here, which would load the pages");
    return new Browser(found.orElseThrow().toString(), folder);
  }

  /// The document after its scripts have run.
  String load(String page, String fragment) throws IOException, InterruptedException {
    return run("--dump-dom", address(page, fragment));
  }

  /// What the page looks like.
  BufferedImage picture(String page, String fragment) throws IOException, InterruptedException {
    Path file = folder.resolve("page.png");
    Files.deleteIfExists(file);
    run("--hide-scrollbars", "--screenshot=" + file, address(page, fragment));
    return ImageIO.read(file.toFile());
  }

  private String address(String page, String fragment) throws IOException {
    Path file = folder.resolve("page.html");
    Files.writeString(file, page);
    return file.toUri() + fragment;
  }

  private String run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program, "--headless=new", "--disable-gpu"));
    command.addAll(
        List.of(
            "--no-sandbox", // needed by root, as in a container; the page is our own
            "--no-first-run",
            "--window-size=1500,1800",
            "--user-data-dir=" + folder.resolve("profile")));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(log.toFile())
            .start();
    if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("Chromium has not ended: " + Files.readString(log));
    }
    assertEquals(0, process.exitValue(), () -> "Chromium's messages are in " + log);
    return Files.readString(out);
  }
}

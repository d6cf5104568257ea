package org.tombolo.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The Java that the README shows is part of an example, and so is compiled and run.
class ReadmeTest {
  private static final Path ROOT = Path.of("..");

  @Test
  void showsOnlyWhatAnExampleHolds() throws IOException {
    List<String> examples = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("src/main/java/org/tombolo/examples"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        examples.add(code(Files.readString(file)));
      }
    }
    String[] parts = Files.readString(ROOT.resolve("README.md")).split("```", -1);
    int blocks = 0;
    for (int i = 1; i < parts.length; i += 2) {
      if (parts[i].startsWith("java\n")) {
        blocks++;
        String shown = code(parts[i].substring("java\n".length()));
        assertTrue(
            examples.stream().anyMatch(example -> example.contains(shown)),
            "no example holds\n" + parts[i]);
      }
    }
    assertTrue(blocks > 0, "the README shows no Java");
  }

  @Test
  void theOnnxPageShowsTheExample() throws IOException {
    String section = Files.readString(ROOT.resolve("docs/onnx.md")).split("## Fine-tuning", -1)[1];
    String shown = code(section.split("```java\n", -1)[1].split("```", -1)[0]);
    String example = Files.readString(Path.of("src/main/java/org/tombolo/examples/FineTune.java"));
    assertTrue(code(example).contains(shown), shown);
  }

  /// Lines of code without their indentation; no comments, no empty lines.
  private static String code(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("//"))
        .collect(Collectors.joining("\n"));
  }
}

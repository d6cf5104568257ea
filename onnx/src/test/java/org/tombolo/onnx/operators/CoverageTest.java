package org.tombolo.onnx.operators;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Keeps the table of docs/onnx.md true; `-Dtombolo.onnx.write` writes it anew.
class CoverageTest {
  private static final String BEGIN = "<!-- operators: written by CoverageTest -->\n";
  private static final String END = "<!-- end of operators -->";

  @Test
  void thePageListsTheOperators() throws IOException {
    Path page = Path.of("../docs/onnx.md");
    String text = Files.readString(page);
    int from = text.indexOf(BEGIN) + BEGIN.length();
    int to = text.indexOf(END);
    String current = text.substring(0, from) + Coverage.table() + text.substring(to);
    if (Boolean.getBoolean("tombolo.onnx.write")) {
      Files.writeString(page, current);
    }
    assertEquals(
        current, Files.readString(page), "-Dtombolo.onnx.write=true writes the table anew");
  }
}

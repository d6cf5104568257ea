package org.tombolo.onnx.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// ONNX's own checker, with inference of all shapes, as Debian's package `python3-onnx` has it. It
/// knows version 17 of the operators, and so not the bitwise ones.
final class Checker {
  private static final Path PYTHON = Path.of("/usr/bin/python3");

  private static final String SCRIPT =
      """
      import glob, sys, onnx
      checked = 0
      for file in sorted(glob.glob(sys.argv[1] + '/*.onnx')):
          checked += 1
          model = onnx.load(file)
          if model.opset_import[0].version > 17 >= onnx.defs.onnx_opset_version():
              continue
          try:
              onnx.checker.check_model(file, full_check=True)
          except Exception as e:
              print(file, e)
      print(checked, 'models')
      """;

  private Checker() {}

  /// Checks all models of a folder.
  static void check(Path folder, int models) throws IOException {
    if (!Files.isExecutable(PYTHON) || !run("import onnx.checker", "").isEmpty()) {
      System.out.println("no check by ONNX's own checker: there is no package python3-onnx");
      return;
    }
    assertEquals(models + " models\n", run(SCRIPT, folder.toString()));
  }

  private static String run(String script, String argument) throws IOException {
    Process process =
        new ProcessBuilder(PYTHON.toString(), "-c", script, argument)
            .redirectErrorStream(true)
            .start();
    return new String(process.getInputStream().readAllBytes(), UTF_8);
  }
}

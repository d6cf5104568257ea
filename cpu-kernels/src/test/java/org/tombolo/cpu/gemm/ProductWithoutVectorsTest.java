package org.tombolo.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A JVM that is started without the Vector API.
class ProductWithoutVectorsTest {
  private static final int N = 37;

  @Test
  void plansRunInPlainJavaWithTheSameBitsAndAWarningNamesTheFlag()
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ProductWithoutVectorsTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String printed;
    try {
      printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(50, TimeUnit.SECONDS), "does not end");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), printed);
    assertTrue(printed.contains("try: java --add-modules jdk.incubator.vector"), printed);
    assertTrue(printed.contains("bits " + Arrays.hashCode(product())), printed);
  }

  /// Runs in the other JVM.
  public static void main(String[] args) {
    assertFalse(Contractions.vectorized());
    System.out.println("bits " + Arrays.hashCode(product()));
  }

  private static float[] product() {
    TensorType type = TensorType.f32(N, N);
    float[] x = new float[N * N];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) Math.sin(i);
    }
    float[] out = new float[x.length];
    try (WorkerTeam team = new WorkerTeam(1)) {
      Op.Dot op = new Op.Dot(List.of(), List.of(), List.of(1), List.of(0));
      MemorySegment operand = MemorySegment.ofArray(x);
      new Contractions(team)
          .dot(op, type, type)
          .run(operand, operand, MemorySegment.ofArray(out), MemorySegment.NULL);
    }
    return out;
  }
}

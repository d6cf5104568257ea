package org.tombolo.cpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.tombolo.device.LoopKernel;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.UnaryFn;

/// The trial that generated code has to pass before it takes over.
class StageTrialTest {
  /// `exp(a * b)` from memory to memory.
  private static final StageForm PRODUCT =
      new StageForm(
          List.of(
              new StageForm.Memory(Kind.FLOAT, 0),
              new StageForm.Array(Kind.FLOAT, 0),
              new StageForm.Apply(Kind.FLOAT, new LoopKernel.Binary(BinaryFn.MUL, 0, 1)),
              new StageForm.Apply(Kind.FLOAT, new LoopKernel.Unary(UnaryFn.EXP, 2))),
          List.of(new StageForm.Result(3, true, 1)));

  /// Fast for certain, whatever the JVM's compiler has made of vector code before: it copies what
  /// the generated code gave at first.
  @Test
  void passesWhatIsRightAndFast() throws InterruptedException {
    Stage right = StageWriter.write(PRODUCT);
    byte[] known = new byte[Registers.CHUNK * Float.BYTES];
    int[] points = new int[1];
    Stage fast =
        (on, at, n) -> {
          MemorySegment result = on.memory[1];
          if (n > points[0]) {
            right.run(on, at, n);
            MemorySegment.copy(result, ValueLayout.JAVA_BYTE, 0, known, 0, n * Float.BYTES);
            points[0] = n;
          }
          MemorySegment.copy(known, 0, result, ValueLayout.JAVA_BYTE, 0, n * Float.BYTES);
        };
    StageTrial.Verdict verdict = new StageTrial(PRODUCT, fast).run();
    assertTrue(verdict.passed(), verdict::toString);
  }

  @Test
  void generatedCodeIsRight() throws InterruptedException {
    StageTrial.Verdict verdict =
        new StageTrial(PRODUCT, StageWriter.write(PRODUCT), 1_000_000_000L).run();
    assertTrue(verdict.equal(), verdict::toString);
  }

  /// Runs of whole vectors, with nothing left over, are the usual ones after the trial: they must
  /// not be what the compiler has never seen.
  @Test
  void codeThatTakesOverStaysCompiled() throws Exception {
    Stage stage = StageWriter.write(PRODUCT);
    StageTrial.Verdict verdict = new StageTrial(PRODUCT, stage).run();
    assumeTrue(verdict.passed(), verdict::toString);
    Path file = Files.createTempFile("deoptimized", ".jfr");
    try (Arena arena = Arena.ofShared();
        Recording recording = new Recording()) {
      StageOperands operands = new StageOperands();
      operands.grow(2, 1);
      operands.memory[0] = arena.allocate(Registers.CHUNK * Float.BYTES, Float.BYTES);
      operands.memory[1] = arena.allocate(Registers.CHUNK * Float.BYTES, Float.BYTES);
      operands.arrays[0] = new float[Registers.CHUNK];
      operands.constants = new long[PRODUCT.items().size()];
      recording.enable("jdk.Deoptimization").withoutStackTrace();
      recording.start();
      for (int i = 0; i < 100; i++) {
        stage.run(operands, 0, Registers.CHUNK);
      }
      recording.stop();
      recording.dump(file);
      String code = stage.getClass().getPackageName() + ".Fused";
      List<String> thrownBack =
          RecordingFile.readAllEvents(file).stream()
              .filter(event -> event.getEventType().getName().equals("jdk.Deoptimization"))
              .map(event -> event.<RecordedMethod>getValue("method"))
              .filter(method -> method.getType().getName().startsWith(code))
              .map(RecordedMethod::getName)
              .toList();
      assertEquals(List.of(), thrownBack);
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void refusesWhatIsWrongInOnePlace() throws InterruptedException {
    Stage right = StageWriter.write(PRODUCT);
    Stage wrong =
        (on, at, n) -> {
          right.run(on, at, n);
          if (n > 700) {
            on.memory[1].set(ValueLayout.JAVA_FLOAT, 700 * 4L, 1.5f);
          }
        };
    assertFalse(new StageTrial(PRODUCT, wrong).run().equal());
  }

  /// Code that is right but never gets fast must not take over, nor be waited for without end.
  @Test
  void refusesWhatStaysSlow() throws InterruptedException {
    Stage right = StageWriter.write(PRODUCT);
    Stage slow =
        (on, at, n) -> {
          for (long until = System.nanoTime() + 50_000; System.nanoTime() < until; ) {
            Thread.onSpinWait();
          }
          right.run(on, at, n);
        };
    StageTrial.Verdict verdict = new StageTrial(PRODUCT, slow, 2_000_000_000L).run();
    assertTrue(verdict.equal(), verdict::toString);
    assertFalse(verdict.passed(), verdict::toString);
  }
}

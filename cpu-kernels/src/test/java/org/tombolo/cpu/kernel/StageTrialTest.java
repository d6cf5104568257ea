package org.tombolo.cpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.tombolo.device.LoopKernel;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.UnaryFn;

/// The trial that generated code has to pass before it takes over.
class StageTrialTest {
  /// Nanoseconds that a trial never needs.
  private static final long LONG = 30_000_000_000L;

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
  private static Stage fast() {
    Stage right = StageWriter.write(PRODUCT);
    byte[] known = new byte[Registers.CHUNK * Float.BYTES];
    int[] points = new int[1];
    return (on, at, n) -> {
      MemorySegment result = on.memory[1];
      if (n > points[0]) {
        right.run(on, at, n);
        MemorySegment.copy(result, ValueLayout.JAVA_BYTE, 0, known, 0, n * Float.BYTES);
        points[0] = n;
      }
      MemorySegment.copy(known, 0, result, ValueLayout.JAVA_BYTE, 0, n * Float.BYTES);
    };
  }

  @Test
  void passesWhatIsRightAndFast() throws InterruptedException {
    StageTrial.Verdict verdict = new StageTrial(PRODUCT, fast(), LONG).run();
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
  void takesEachWayThroughTheCode() throws InterruptedException {
    Stage right = StageWriter.write(PRODUCT);
    Set<Integer> leftOver = new TreeSet<>();
    Stage slow =
        (on, at, n) -> {
          leftOver.add(n % PRODUCT.lanes());
          spin(20_000);
          right.run(on, at, n);
        };
    new StageTrial(PRODUCT, slow, 500_000_000L).run();
    assertTrue(leftOver.contains(0) && leftOver.size() > 1, leftOver::toString);
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
    assertFalse(new StageTrial(PRODUCT, wrong, LONG).run().equal());
  }

  /// Code that is right but never gets fast must not take over, nor be waited for without end.
  @Test
  void refusesWhatStaysSlow() throws InterruptedException {
    Stage right = StageWriter.write(PRODUCT);
    Stage slow =
        (on, at, n) -> {
          spin(50_000);
          right.run(on, at, n);
        };
    StageTrial.Verdict verdict = new StageTrial(PRODUCT, slow, 2_000_000_000L).run();
    assertTrue(verdict.equal(), verdict::toString);
    assertFalse(verdict.passed(), verdict::toString);
  }

  /// Code that the JVM's compiler left behind is made anew, and does not keep others waiting.
  @Test
  void triesSlowCodeAgainAsANewClass() throws InterruptedException {
    Stage right = StageWriter.write(PRODUCT);
    AtomicInteger made = new AtomicInteger();
    Stages.Entry entry =
        new Stages.Entry(
            PRODUCT,
            form -> {
              if (made.getAndIncrement() > 0) {
                return fast();
              }
              return (on, at, n) -> {
                spin(50_000);
                right.run(on, at, n);
              };
            },
            Stages.Progress.NOT_ASKED_FOR);
    entry.prepare();
    for (long begun = System.nanoTime();
        entry.progress() == Stages.Progress.ON_TRIAL
            && System.nanoTime() - begun < 60_000_000_000L; ) {
      Thread.sleep(10);
    }
    assertEquals(Stages.Progress.READY, entry.progress());
    assertEquals(2, made.get());
  }

  private static void spin(long nanos) {
    for (long until = System.nanoTime() + nanos; System.nanoTime() < until; ) {
      Thread.onSpinWait();
    }
  }
}

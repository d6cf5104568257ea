package org.tombolo.cpu.kernel;

import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Generated code by form, shared by all loops of the JVM.
///
/// Code on the Vector API is some hundred times slower than the interpreter of loops until the
/// JVM's second compiler has seen it. So a thread in the background runs it on made-up numbers
/// until it is compiled, compares the results with the interpreter's bit for bit, and lets it take
/// over only if it is faster. Until then, and where it is not, loops are interpreted.
///
/// Some code the JVM never compiles to the end: what its busy second compiler left to the first
/// one, which then finds it too large to count its calls in, stays as it is for ever. A new class
/// of the same code has another chance; it comes after the others that wait for their trial.
final class Stages {
  /// How long a first trial may take, in nanoseconds. Each further one may take twice as long.
  private static final long PATIENCE = 2_000_000_000L;

  /// How long the last trial may take: on a busy machine the compiler is last in the queue.
  private static final long MOST_PATIENCE = 8 * PATIENCE;

  /// Forms beyond this many are interpreted: a program that makes new ones for ever must not fill
  /// the memory with classes.
  private static final int MOST = 2000;

  private static final System.Logger LOG = System.getLogger("org.tombolo.cpu");

  private static final Map<StageForm, Entry> ENTRIES = new ConcurrentHashMap<>();

  private static final ThreadPoolExecutor TRIALS =
      new ThreadPoolExecutor(
          1,
          1,
          1,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          work -> Thread.ofPlatform().name("tombolo-cpu-loops").daemon().unstarted(work));

  static {
    TRIALS.allowCoreThreadTimeOut(true);
  }

  private Stages() {}

  /// How far the code of a form is.
  enum Progress {
    NOT_ASKED_FOR,
    ON_TRIAL,
    READY,
    REFUSED
  }

  /// The code of one form.
  static final class Entry {
    private final StageForm form;
    private final Function<StageForm, Stage> writer;
    private final AtomicReference<Progress> progress;
    private volatile @Nullable Stage stage;

    /// @param writer makes a new class for a form
    Entry(StageForm form, Function<StageForm, Stage> writer, Progress progress) {
      this.form = form;
      this.writer = writer;
      this.progress = new AtomicReference<>(progress);
    }

    /// The code, once it is ready.
    @Nullable Stage stage() {
      return stage;
    }

    Progress progress() {
      return progress.get();
    }

    /// Makes the code in the background, unless that was asked for before.
    void prepare() {
      if (progress.compareAndSet(Progress.NOT_ASKED_FOR, Progress.ON_TRIAL)) {
        TRIALS.execute(() -> attempt(PATIENCE));
      }
    }

    /// Makes the code at once, however slow it is as yet.
    synchronized void force() {
      if (stage == null) {
        stage = writer.apply(form);
        progress.set(Progress.READY);
      }
    }

    private void attempt(long patience) {
      Progress end = Progress.REFUSED;
      try {
        Stage made = writer.apply(form);
        StageTrial.Verdict verdict = new StageTrial(form, made, patience).run();
        LOG.log(verdict.passed() ? Level.DEBUG : Level.INFO, "cpu: {0}: {1}", form, verdict);
        if (verdict.passed()) {
          stage = made;
          end = Progress.READY;
        } else if (verdict.equal() && !verdict.ended() && patience < MOST_PATIENCE) {
          end = Progress.ON_TRIAL;
          TRIALS.execute(() -> attempt(2 * patience));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException | LinkageError e) {
        LOG.log(Level.DEBUG, "cpu: a fused loop stays interpreted: " + form, e);
      } finally {
        progress.set(end);
      }
    }
  }

  /// The entry of a form.
  static Entry of(StageForm form) {
    Entry known = ENTRIES.get(form);
    if (known != null) {
      return known;
    }
    if (ENTRIES.size() >= MOST) {
      return new Entry(form, StageWriter::write, Progress.REFUSED);
    }
    return ENTRIES.computeIfAbsent(
        form, key -> new Entry(key, StageWriter::write, Progress.NOT_ASKED_FOR));
  }
}

package org.tombolo.cpu.team;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// A fixed set of threads that share the tasks of one job at a time with the thread that asks for
/// it.
///
/// Whoever calls [#run] says into how many tasks its work is cut; which thread takes which task is
/// left to chance. So results are equal bit for bit, at each repetition and for any number of
/// threads, as long as the cut depends on the work alone and each task writes its own place. A team
/// of one, a job of one task, a job started inside a task, and a job that comes while the team is
/// busy with another caller's all run on the calling thread alone: nothing waits, nothing
/// deadlocks.
///
/// Idle threads spin for a moment, because the next kernel of a plan comes soon, and then park,
/// because the cores belong to others too. They are daemons.
public final class WorkerTeam implements AutoCloseable {
  /// Property that sets the number of threads, the caller included; without it, all processors.
  public static final String THREADS_PROPERTY = "tombolo.cpu.threads";

  /// Polls before an idle thread parks: some hundred microseconds, as waking one costs a product of
  /// 1024 by 1024 some 5 percent.
  private static final int SPINS = 20_000;

  private final ReentrantLock busy = new ReentrantLock();
  private final Worker[] workers;
  private volatile @Nullable Job current;
  private volatile boolean closed;

  /// Jobs that found the team busy.
  private final LongAdder refused = new LongAdder();

  /// A team of this many threads, of which the caller of [#run] is one.
  ///
  /// @param threads at least 1
  public WorkerTeam(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "worker team: %d threads; need 1 or more\n  try: %s=%d"
              .formatted(threads, THREADS_PROPERTY, Runtime.getRuntime().availableProcessors()));
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].start();
    }
  }

  /// The number of threads that [#THREADS_PROPERTY] asks for, else one per processor.
  ///
  /// @throws IllegalArgumentException if the property is not a number of at least 1
  public static int threads() {
    String asked = System.getProperty(THREADS_PROPERTY);
    int processors = Runtime.getRuntime().availableProcessors();
    if (asked == null) {
      return processors;
    }
    try {
      int threads = Integer.parseInt(asked.strip());
      if (threads >= 1) {
        return threads;
      }
    } catch (NumberFormatException e) {
      // Reported below, like a number that is too small.
    }
    throw new IllegalArgumentException(
        "%s is \"%s\"; need a whole number of 1 or more\n  try: -D%s=%d"
            .formatted(THREADS_PROPERTY, asked, THREADS_PROPERTY, processors));
  }

  /// Number of threads, the caller included.
  public int size() {
    return workers.length + 1;
  }

  /// How many jobs ran on their caller alone so far, since the team was busy with another one's:
  /// where this grows, times tell little.
  public long refused() {
    return refused.sum();
  }

  /// Runs `body` once for each number from 0 to `tasks - 1` and returns when all have ended. What
  /// tasks wrote is then visible to the caller. If tasks throw, the rest is skipped and the first
  /// exception comes out here.
  ///
  /// @param tasks how many, at least 0; they should be alike in size
  /// @param body safe to be called by several threads at once
  /// @throws IllegalStateException after [#close]
  public void run(int tasks, IntConsumer body) {
    if (closed) {
      throw new IllegalStateException("worker team: closed\n  try: a device that is still open");
    }
    boolean shared =
        tasks > 1 && workers.length > 0 && !busy.isHeldByCurrentThread() && busy.tryLock();
    if (!shared) {
      if (tasks > 1 && workers.length > 0 && !busy.isHeldByCurrentThread()) {
        refused.increment();
      }
      for (int task = 0; task < tasks; task++) {
        body.accept(task);
      }
      return;
    }
    try {
      Job job = new Job(tasks, body, Thread.currentThread());
      current = job;
      int helpers = Math.min(tasks - 1, workers.length);
      for (int i = 0; i < helpers; i++) {
        workers[i].wake();
      }
      job.help();
      job.awaitEnd();
      current = null;
      job.rethrow();
    } finally {
      busy.unlock();
    }
  }

  /// Cuts `count` items into ranges of `grain` (the last may be shorter) and runs the body for
  /// each.
  ///
  /// @param count items, at least 0
  /// @param grain items per range, at least 1; must not depend on the number of threads
  /// @param body called with the first item of a range and one past its last
  public void runRanges(long count, long grain, RangeBody body) {
    int tasks = Math.toIntExact((count + grain - 1) / grain);
    run(tasks, task -> body.run(task * grain, Math.min(count, (task + 1) * grain)));
  }

  /// Work on a range of items.
  @FunctionalInterface
  public interface RangeBody {
    /// Works on the items from `from` up to but not including `to`.
    void run(long from, long to);
  }

  /// Ends the threads once a job that is running is done. Closing twice is harmless.
  @Override
  public void close() {
    busy.lock();
    try {
      closed = true;
    } finally {
      busy.unlock();
    }
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
  }

  private final class Worker extends Thread {
    private volatile boolean parked;

    Worker(int number) {
      super("tombolo-cpu-" + number);
      setDaemon(true);
    }

    /// Makes a parked worker look for work.
    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      int idle = 0;
      while (!closed) {
        Job job = current;
        if (job != null && job.help()) {
          idle = 0;
        } else if (idle < SPINS) {
          idle++;
          Thread.onSpinWait();
        } else {
          parked = true;
          // Looks again after the flag is up, so that a job published before it is not missed.
          Job late = current;
          if (!closed && (late == null || late.isTaken())) {
            LockSupport.park(WorkerTeam.this);
          }
          parked = false;
          idle = 0;
        }
      }
    }
  }

  private static final class Job {
    private final int tasks;
    private final IntConsumer body;
    private final Thread caller;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private volatile @Nullable Throwable failure;
    private volatile boolean callerParked;

    Job(int tasks, IntConsumer body, Thread caller) {
      this.tasks = tasks;
      this.body = body;
      this.caller = caller;
    }

    /// Whether no task is left to be started.
    boolean isTaken() {
      return next.get() >= tasks;
    }

    /// Works on tasks until none is left; false if there was none.
    boolean help() {
      boolean any = false;
      while (!isTaken()) {
        int task = next.getAndIncrement();
        if (task >= tasks) {
          break;
        }
        any = true;
        work(task);
      }
      return any;
    }

    private void work(int task) {
      try {
        if (failures.get() == 0) {
          body.accept(task);
        }
      } catch (Throwable t) {
        if (failures.getAndIncrement() == 0) {
          failure = t;
        }
      } finally {
        if (ended.incrementAndGet() == tasks && callerParked) {
          LockSupport.unpark(caller);
        }
      }
    }

    void awaitEnd() {
      int idle = 0;
      while (ended.get() < tasks) {
        if (idle < SPINS) {
          idle++;
          Thread.onSpinWait();
        } else {
          callerParked = true;
          if (ended.get() < tasks) {
            LockSupport.park(this);
          }
        }
      }
    }

    void rethrow() {
      Throwable thrown = failure;
      if (thrown instanceof RuntimeException exception) {
        throw exception;
      }
      if (thrown instanceof Error error) {
        throw error;
      }
    }
  }
}

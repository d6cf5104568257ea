package org.tombolo.kernels;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.KernelFault;

/// Runs work-groups with barriers whose code cannot be [taken apart][ResumableRun]: a virtual
/// thread for each work-item of a group, which goes on to the same item of the next group.
///
/// All of a group always meet: at a barrier of the kernel, or at the end of the item. If some are
/// here and others there, or if one fails, all are told and stop, so that none waits for ever.
final class GroupThreads {
  private final JavaProgram program;
  private final int size;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition met = lock.newCondition();
  private int waiting;
  private int ended;
  private long round;
  private @Nullable Item atBarrier;
  private @Nullable Item atEnd;
  private @Nullable RuntimeException failure;

  /// Stops a work-item because another one of its group failed.
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    Stopped() {
      super(null, null, false, false);
    }
  }

  GroupThreads(JavaProgram program, int size) {
    this.program = program;
    this.size = size;
  }

  void run(List<MemorySegment> in, List<MemorySegment> out, int from, int to) {
    Kernel first = program.bound(in, out);
    List<Accessor> shared = program.of(first, Accessor.Mode.LOCAL);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int number = i;
      Kernel kernel = i == 0 ? first : program.bound(in, out);
      List<Accessor> locals = program.of(kernel, Accessor.Mode.LOCAL);
      for (int k = 0; k < locals.size(); k++) {
        locals.get(k).share(shared.get(k));
      }
      threads.add(
          Thread.ofVirtual()
              .name(program.name() + " item " + i)
              .start(() -> items(kernel, number, from, to, shared)));
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true; // the kernel's memory is in use until all have ended
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void items(Kernel kernel, int number, int from, int to, List<Accessor> shared) {
    Item item = program.item(each -> meet(each, false));
    List<Accessor> own = program.of(kernel, Accessor.Mode.PRIVATE);
    try {
      for (int group = from; group < to; group++) {
        item.moveTo(group, number);
        if (number == 0) {
          shared.forEach(Accessor::begin);
        }
        meet(item, true); // the group's memory is ready
        program.step(kernel, item, own, 1);
        item.moveTo(group, number); // for messages
        meet(item, true); // nobody uses the group's memory any more
      }
    } catch (Stopped e) {
      // Another work-item has said why.
    } catch (RuntimeException e) {
      fail(e);
    } catch (Error e) { // or the others would wait for ever
      fail(new KernelFault(program.name() + " failed: " + e, "less recursion or memory", e));
    }
  }

  private void fail(RuntimeException e) {
    lock.lock();
    try {
      if (failure == null) {
        failure = e;
      }
      met.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void meet(Item item, boolean end) {
    lock.lock();
    try {
      stopIfFailed();
      waiting++;
      ended += end ? 1 : 0;
      if (end) {
        atEnd = item;
      } else {
        atBarrier = item;
      }
      if (waiting == size) {
        if (ended != 0 && ended != size) {
          failure =
              GroupStages.parted(
                  program.name(), Objects.requireNonNull(atBarrier), Objects.requireNonNull(atEnd));
        }
        waiting = 0;
        ended = 0;
        round++;
        met.signalAll();
      } else {
        long mine = round;
        while (round == mine && failure == null) {
          met.awaitUninterruptibly();
        }
      }
      stopIfFailed();
    } finally {
      lock.unlock();
    }
  }

  private void stopIfFailed() {
    if (failure != null) {
      throw new Stopped();
    }
  }
}

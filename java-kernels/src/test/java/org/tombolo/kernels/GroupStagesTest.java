package org.tombolo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.device.KernelFault;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Work-items that run by turns on one thread do what those do that have a thread each.
class GroupStagesTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int GROUP = 12;

  /// One result of the operand's type.
  abstract static class Meeting extends Kernel {
    final Floats.Reader x = new Floats.Reader();
    final Floats.Writer y = new Floats.Writer();
    final Floats.Local shared = new Floats.Local(GROUP);

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return operands;
    }
  }

  /// Variables of all kinds, some of which share a slot, across barriers in loops.
  static final class Variables extends Meeting {
    @Override
    protected void run(Item item) {
      int l = item.localId(0);
      long wide = 1L << (40 + l);
      double fine = 1e-9 * l;
      boolean odd = l % 2 == 1;
      byte small = (byte) (l * 37);
      float sum = x.get(item.globalId(0));
      for (int round = 0; round < 3; round++) {
        shared.set(l, sum + round);
        item.barrier();
        float other = shared.get((l + 1) % GROUP);
        item.barrier();
        wide += small;
        fine *= 1.5;
        sum = odd ? sum + other : sum - other;
        odd = !odd;
      }
      {
        double first = fine;
        item.barrier();
        sum += (float) first;
      }
      {
        long second = wide;
        item.barrier();
        sum += second >> 38;
      }
      y.set(item.globalId(0), sum);
    }
  }

  /// Jumps of all sorts around barriers: a switch, `break`, `continue`, a barrier that none reach.
  static final class Jumps extends Meeting {
    final int rounds;

    Jumps(int rounds) {
      this.rounds = rounds;
    }

    @Override
    protected void run(Item item) {
      int l = item.localId(0);
      float sum = x.get(item.globalId(0));
      if (rounds < 0) {
        item.barrier();
      }
      int round = 0;
      while (true) {
        if (round > rounds) {
          break;
        }
        switch (round++ % 3) {
          case 0 -> {
            shared.set(l, sum);
            item.barrier();
            sum += shared.get(GROUP - 1 - l);
            item.barrier();
          }
          case 1 -> {
            sum = l % 3 == 0 ? 2 * sum : -sum;
            continue;
          }
          default -> item.barrier();
        }
      }
      if (rounds == 4) {
        return;
      }
      y.set(item.globalId(0), sum);
    }
  }

  /// Each work-item has memory of its own, which must outlast barriers.
  static final class Own extends Meeting {
    private final Ints.Private mine = new Ints.Private(4);

    @Override
    protected void run(Item item) {
      int l = item.localId(0);
      mine.set(l % 4, l + 1);
      shared.set(l, x.get(item.globalId(0)));
      item.barrier();
      mine.set((l + 1) % 4, (int) shared.get(GROUP - 1 - l));
      item.barrier();
      int sum = 0;
      for (int i = 0; i < 4; i++) {
        sum = 31 * sum + mine.get(i);
      }
      y.set(item.globalId(0), sum);
    }
  }

  /// In two dimensions.
  static final class Square extends Meeting {
    @Override
    protected void run(Item item) {
      int at = item.globalId();
      shared.set(item.localId(), x.get(at));
      item.barrier();
      int turned = item.localId(1) * item.localRange(0) + item.localId(0);
      y.set(at, shared.get(turned) + item.groupId(1));
    }
  }

  /// The barrier is in a method that `run` calls.
  static final class Elsewhere extends Meeting {
    @Override
    protected void run(Item item) {
      shared.set(item.localId(0), x.get(item.globalId(0)));
      meet(item);
      y.set(item.globalId(0), shared.get(GROUP - 1 - item.localId(0)));
    }

    private static void meet(Item item) {
      item.barrier();
    }
  }

  /// A variable holds an accessor across the barrier.
  static final class Held extends Meeting {
    @Override
    protected void run(Item item) {
      Floats.Local memory = shared;
      memory.set(item.localId(0), x.get(item.globalId(0)));
      item.barrier();
      y.set(item.globalId(0), memory.get(GROUP - 1 - item.localId(0)));
    }
  }

  /// The barrier is within an expression, of which a part has been computed.
  static final class Within extends Meeting {
    @Override
    protected void run(Item item) {
      int l = item.localId(0);
      shared.set(l, x.get(item.globalId(0)));
      float sum =
          l
              + switch (item.groupRange(0)) {
                case 0 -> 1;
                default -> {
                  item.barrier();
                  yield shared.get(GROUP - 1 - l);
                }
              };
      y.set(item.globalId(0), sum);
    }
  }

  /// The code is that of another class.
  static class Base extends Meeting {
    private float twice(float value) {
      return 2 * value;
    }

    @Override
    protected void run(Item item) {
      shared.set(item.localId(0), x.get(item.globalId(0)));
      item.barrier();
      y.set(item.globalId(0), twice(shared.get(GROUP - 1 - item.localId(0))));
    }
  }

  static final class Derived extends Base {}

  /// Calls the code of another class.
  static final class Super extends Base {
    @Override
    protected void run(Item item) {
      super.run(item);
    }
  }

  static Stream<Kernel> byTurns() {
    return Stream.of(
        new Variables(),
        new Jumps(0),
        new Jumps(3),
        new Jumps(4),
        new Jumps(20),
        new Own(),
        new Square(),
        new Base(),
        new Derived());
  }

  static Stream<Kernel> withThreads() {
    return Stream.of(new Elsewhere(), new Held(), new Within(), new Super());
  }

  @ParameterizedTest
  @MethodSource("byTurns")
  void turnsGiveTheBitsOfThreads(Kernel kernel) {
    assertTrue(KernelClass.of(kernel.getClass()).stages().isPresent(), kernel.name());
    Range range =
        kernel instanceof Square
            ? Range.of(4 * GROUP, 5).inGroupsOf(4, 1)
            : Range.of(5 * GROUP).inGroupsOf(GROUP);
    TensorType type = TensorType.f32(range.items());
    SplittableRandom random = new SplittableRandom(SEED);
    Tensor x = Tensor.filled(type, _ -> random.nextInt(-50, 50));
    JavaProgram program = new JavaProgram(KernelCall.of(kernel, range), List.of(type));
    int size = Math.toIntExact(range.local().stream().reduce(1L, (a, b) -> a * b));
    ResumableRun.Stages stages = KernelClass.of(kernel.getClass()).stages().orElseThrow();
    Tensor turns =
        result(
            x,
            (in, out) ->
                new GroupStages(program, stages, size).run(in, out, 0, (int) program.groups()));
    Tensor threads =
        result(
            x,
            (in, out) -> new GroupThreads(program, size).run(in, out, 0, (int) program.groups()));
    assertEquals(threads, turns, "seed " + SEED);
    KernelCheck.agree(kernel, range, List.of(x)).requireAllRan().require(0, 0);
  }

  @ParameterizedTest
  @MethodSource("withThreads")
  void whatCannotBeTakenApartHasThreads(Kernel kernel) {
    assertFalse(KernelClass.of(kernel.getClass()).stages().isPresent(), kernel.name());
    Tensor x = Tensor.filled(TensorType.f32(3 * GROUP), i -> i);
    Tensor got =
        KernelCall.of(kernel, Range.of(3 * GROUP).inGroupsOf(GROUP))
            .evaluate(List.of(x))
            .getFirst();
    for (int i = 0; i < 3 * GROUP; i++) {
      int l = i % GROUP;
      int other = i - l + GROUP - 1 - l;
      int want = kernel instanceof Within ? l + other : kernel instanceof Super ? 2 * other : other;
      assertEquals(want, got.at(i), kernel.name() + "[" + i + "]");
    }
  }

  private static Tensor result(Tensor x, BiConsumer<List<MemorySegment>, List<MemorySegment>> run) {
    MemorySegment in = Arena.ofAuto().allocate(x.type().bytes(), 64).copyFrom(x.data());
    MemorySegment out = Arena.ofAuto().allocate(x.type().bytes(), 64);
    run.accept(List.of(in), List.of(out));
    return Tensor.wrap(x.type(), out);
  }

  /// Fails behind a barrier, in a way that the operand tells, in the code itself or below it.
  static final class Failing extends Meeting {
    private final Ints.Reader how = new Ints.Reader();
    private final Ints.Private kept = new Ints.Private(1);

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0));
    }

    @Override
    protected void run(Item item) {
      int l = item.localId(0);
      shared.set(l, x.get(item.globalId(0)));
      item.barrier();
      kept.set(0, l == 7 ? how.get(0) : 0);
      int what = kept.get(0); // where the check of the class does not look
      switch (what) {
        case 1 -> shared.set(GROUP + 3, 1);
        case 2 -> {
          int quotient = 100 / (l - 7);
          shared.set(l, quotient);
        }
        case 3 -> shared.set(below(l), 1);
        default -> {}
      }
      if (what == 4) {
        return;
      }
      item.barrier();
      y.set(item.globalId(0), shared.get(l));
    }

    private static int below(int l) {
      return l / (l - 7);
    }
  }

  static Stream<Integer> ways() {
    return Stream.of(1, 2, 3, 4);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void failuresAreNamedAlike(int way) {
    Tensor x = Tensor.filled(TensorType.f32(GROUP), i -> i);
    List<TensorType> types = List.of(x.type(), TensorType.of(DType.I32, 1));
    KernelCall call = KernelCall.of(new Failing(), Range.of(GROUP).inGroupsOf(GROUP));
    JavaProgram program = new JavaProgram(call, types);
    MemorySegment how = Arena.ofAuto().allocate(4, 64);
    how.set(ValueLayout.JAVA_INT, 0, way);
    ResumableRun.Stages stages = call.type().stages().orElseThrow();
    List<String> messages = new ArrayList<>();
    List<BiConsumer<List<MemorySegment>, List<MemorySegment>>> both =
        List.of(
            (in, out) -> new GroupThreads(program, GROUP).run(in, out, 0, 1),
            (in, out) -> new GroupStages(program, stages, GROUP).run(in, out, 0, 1));
    for (var each : both) {
      KernelFault fault =
          assertThrows(
              KernelFault.class,
              () -> result(x, (in, out) -> each.accept(List.of(in.getFirst(), how), out)));
      messages.add(String.valueOf(fault.getMessage()));
    }
    String text = messages.get(1);
    if (way == 4) { // which of those that wait is named is open
      assertTrue(text.contains("waits at a barrier, item [7] of its group has ended"), text);
    } else {
      assertEquals(messages.get(0), text);
      assertTrue(text.startsWith("kernel Failing, item [7]: "), text);
      assertTrue(text.matches("(?s).*\\(GroupStagesTest.java:\\d+\\).*"), text);
    }
  }
}

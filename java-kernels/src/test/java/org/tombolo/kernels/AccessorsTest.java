package org.tombolo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Accessors that other tests leave out: wide numbers in memory of groups and work-items, narrow
/// ones that are read and written, and exchanges.
class AccessorsTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int GROUP = 8;

  /// Turns each group around, by way of both kinds of memory.
  static final class Wide extends Kernel {
    private final Longs.Reader a = new Longs.Reader();
    private final Doubles.Reader d = new Doubles.Reader();
    private final Longs.Writer b = new Longs.Writer();
    private final Doubles.ReadWriter e = new Doubles.ReadWriter();
    private final Longs.Local longs = new Longs.Local(GROUP);
    private final Doubles.Local doubles = new Doubles.Local(GROUP);
    private final Longs.Private own = new Longs.Private(2);
    private final Doubles.Private fine = new Doubles.Private(3);

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0), operands.get(2));
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      int l = item.localId(0);
      own.set(l % 2, a.get(i));
      fine.set(l % 3, d.get(i));
      longs.set(l, own.get(0) + 3 * own.get(1));
      doubles.set(l, fine.get(0) - fine.get(1) + fine.get(2));
      item.barrier();
      b.set(i, longs.get(GROUP - 1 - l));
      e.set(i, e.get(i) + doubles.get(GROUP - 1 - l) % 0.3);
    }
  }

  @Test
  void wideNumbersInMemoryOfGroupsAndItems() {
    int n = 5 * GROUP;
    SplittableRandom random = new SplittableRandom(SEED);
    Tensor a = Tensor.wholes(TensorType.of(DType.I64, n), _ -> random.nextLong() >> 4);
    Tensor d = Tensor.filled(TensorType.of(DType.F64, n), _ -> random.nextDouble());
    Tensor e = Tensor.filled(TensorType.of(DType.F64, n), i -> i);
    Range range = Range.of(n).inGroupsOf(GROUP);
    List<Tensor> got = KernelCall.of(new Wide(), range).evaluate(List.of(a, d, e));
    for (int i = 0; i < n; i++) {
      int from = i - i % GROUP + GROUP - 1 - i % GROUP;
      int l = from % GROUP;
      long whole = l % 2 == 0 ? a.longAt(from) : 3 * a.longAt(from);
      assertEquals(whole, got.get(0).longAt(i), "b[" + i + "], seed " + SEED);
      double part = l % 3 == 1 ? -d.at(from) : d.at(from);
      assertEquals(i + part % 0.3, got.get(1).at(i), "e[" + i + "], seed " + SEED);
    }
    KernelCheck.agree(new Wide(), range, List.of(a, d, e)).requireAllRan().require(0, 0);
    KernelCheck.agree(new Wide(), range.withChecks(), List.of(a, d, e))
        .requireAllRan()
        .require(0, 0);
  }

  /// Changes bytes and booleans in place.
  static final class Flip extends Kernel {
    private final Bytes.ReadWriter b = new Bytes.ReadWriter();
    private final Bools.ReadWriter t = new Bools.ReadWriter();

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return operands;
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      boolean large = b.getUnsigned(i) > 100;
      b.set(i, (byte) (2 * b.get(i) + (t.get(i) ? 1 : 0)));
      t.set(i, large != t.get(i));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"I8", "U8"})
  void narrowNumbersAreReadAndWritten(DType dtype) {
    int n = 300;
    Tensor b = Tensor.wholes(TensorType.of(dtype, n), i -> (byte) (i * 37));
    Tensor t = Tensor.wholes(TensorType.of(DType.BOOL, n), i -> i % 3 == 0 ? 1 : 0);
    List<Tensor> got = KernelCall.of(new Flip(), Range.of(n)).evaluate(List.of(b, t));
    for (int i = 0; i < n; i++) {
      byte old = (byte) (i * 37);
      byte next = (byte) (2 * old + (i % 3 == 0 ? 1 : 0));
      assertEquals(next, (byte) got.get(0).longAt(i), "b[" + i + "]");
      boolean turned = (old & 0xff) > 100 != (i % 3 == 0);
      assertEquals(turned ? 1 : 0, got.get(1).longAt(i), "t[" + i + "]");
    }
    KernelCheck.agree(new Flip(), Range.of(n), List.of(b, t)).requireAllRan().require(0, 0);
  }

  /// Everybody puts a number where another one was, in memory of the group and of all.
  static final class Exchange extends Kernel {
    private final Ints.ReadWriter slots = new Ints.ReadWriter();
    private final Ints.Writer found = new Ints.Writer();
    private final Ints.Local mine = new Ints.Local(1);

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0), operands.get(0));
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      if (item.localId(0) == 0) {
        mine.set(0, 0);
      }
      item.barrier();
      found.atomicAdd(0, slots.atomicExchange(0, i + 1));
      found.atomicAdd(1, mine.atomicExchange(0, i + 1));
      item.barrier();
      if (item.localId(0) == 0) {
        slots.atomicAdd(1, mine.get(0));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void exchangesLoseNothing(String device) {
    int n = 40 * GROUP;
    GraphBuilder g = new GraphBuilder("exchange");
    Node x = g.input("x", TensorType.of(DType.I32, 2));
    List<Node> results = new Exchange().callAll(Range.of(n).inGroupsOf(GROUP), x);
    g.output("slots", results.get(0));
    g.output("found", results.get(1));
    try (var engine = TestEngines.open(device);
        var state = engine.newState();
        var plan = engine.compile(g.build(), state)) {
      Map<String, Tensor> got = plan.run(Map.of("x", Tensor.of(new int[] {7, 0})));
      int all = n * (n + 1) / 2; // whatever the order, each number is found or still there
      for (int slot = 0; slot < 2; slot++) {
        long sum = got.get("slots").longAt(slot) + got.get("found").longAt(slot);
        assertEquals(slot == 0 ? all + 7 : all, sum, "slot " + slot);
      }
    }
  }
}

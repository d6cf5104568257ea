package org.tombolo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;

/// What kernels do wrong is named, on every device, and harms nobody.
class FaultsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Reads and writes two places further.
  static final class Shifted extends SampleKernels.Same {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();
    private final Floats.Private own = new Floats.Private(4);
    private final Ints.Local shared = new Ints.Local(3);
    private final int which;

    Shifted(int which) {
      this.which = which;
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(1);
      switch (which) {
        case 0 -> y.set(i, x.get(i + 2));
        case 1 -> y.set(i - 1, 1);
        case 2 -> own.set(i * 2, 1);
        case 3 -> shared.atomicAdd(3, i);
        default -> {
          int quotient = 7 / (i - 1);
          y.set(i, quotient);
        }
      }
    }
  }

  private static String fault(String device, Kernel kernel, Range range, Tensor x) {
    GraphBuilder g = new GraphBuilder("faulty");
    Node in = g.input("x", x.type());
    g.output("y", kernel.call(range, in));
    try (Engine engine = TestEngines.open(device);
        var state = engine.newState();
        var plan = engine.compile(g.build(), state)) {
      RuntimeException e = assertThrows(RuntimeException.class, () -> plan.run(Map.of("x", x)));
      // The device is as it was.
      GraphBuilder sound = new GraphBuilder("sound");
      Node again = sound.input("x", TensorType.f32(3));
      sound.output("y", again.add(1));
      try (var other = engine.compile(sound.build(), state)) {
        assertEquals(
            Tensor.of(new float[] {2, 2, 2}),
            other.run(Map.of("x", Tensor.of(new float[] {1, 1, 1}))).get("y"));
      }
      return String.valueOf(e.getMessage());
    }
  }

  private static void assertFault(String device, int which, String item, String wanted) {
    Range range = Range.of(1, 3).inGroupsOf(1, 3).withChecks();
    Tensor x = Tensor.of(new float[] {1, 2, 3});
    String text = fault(device, new Shifted(which), range, x);
    assertTrue(text.contains("kernel Shifted, item " + item + ": " + wanted), text);
    assertTrue(text.contains("(FaultsTest.java:"), text);
    assertTrue(text.contains("try: " + JavaProgram.REMEDY), text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void namesKernelItemAndAccessor(String device) {
    // Which of several items comes first is open.
    Range range = Range.of(1, 1).inGroupsOf(1, 1).withChecks();
    Tensor one = Tensor.of(new float[] {5}, 1);
    String text = fault(device, new Shifted(0), range, one);
    assertTrue(
        text.contains("kernel Shifted, item [0, 0]: x: index is 2; need 0 <= index < 1"), text);
    assertFault(device, 1, "[0, 0]", "y: index is -1; need 0 <= index < 3");
    assertFault(device, 2, "[0, 2]", "own: index is 4; need 0 <= index < 4");
    text = fault(device, new Shifted(3), range, one);
    assertTrue(
        text.contains("kernel Shifted, item [0, 0]: shared: index is 3; need 0 <= index < 3"),
        text);
    assertFault(device, 4, "[0, 1]", "an integer is divided by zero");
  }

  /// Some of a group leave before the barrier, for a reason in memory, into which the check of the
  /// class does not look.
  static final class Early extends SampleKernels.Same {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();
    private final Ints.Private place = new Ints.Private(1);

    @Override
    protected void run(Item item) {
      place.set(0, item.localId(0));
      if (place.get(0) == 1) {
        return;
      }
      item.barrier();
      y.set(item.globalId(0), x.get(item.globalId(0)));
    }
  }

  @Test
  void aBarrierThatNotAllReachIsAnError() {
    Tensor x = Tensor.filled(TensorType.f32(8), i -> i);
    String text =
        assertTimeoutPreemptively(
            PATIENCE, () -> fault("cpu", new Early(), Range.of(8).inGroupsOf(4), x));
    assertTrue(text.contains("kernel Early: item ["), text);
    assertTrue(text.contains("waits at a barrier, item ["), text);
    assertTrue(text.contains("try: barriers outside of conditions and early returns"), text);
  }

  /// One of a group fails while others wait.
  static final class Failing extends SampleKernels.Same {
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer y = new Floats.Writer();

    @Override
    protected void run(Item item) {
      if (item.localId(0) == 2) {
        y.set(-5, 1);
      }
      item.barrier();
      y.set(item.globalId(0), x.get(item.globalId(0)));
    }
  }

  @Test
  void oneThatFailsStopsItsGroup() {
    Tensor x = Tensor.filled(TensorType.f32(8), i -> i);
    String text =
        assertTimeoutPreemptively(
            PATIENCE, () -> fault("cpu", new Failing(), Range.of(8).inGroupsOf(4), x));
    assertTrue(text.contains("y: index is -5; need 0 <= index < 8"), text);
  }

  @Test
  void aPropertyChecksEveryRange() {
    assertTrue(!Range.of(3).checked());
    System.setProperty(Range.DEBUG_PROPERTY, "true");
    try {
      assertTrue(Range.of(3).inGroupsOf(3).checked());
    } finally {
      System.clearProperty(Range.DEBUG_PROPERTY);
    }
  }

  @Test
  void operandsMustFit() {
    GraphBuilder g = new GraphBuilder("g");
    Node x = g.input("x", TensorType.f32(3));
    Node i = g.input("i", TensorType.of(DType.I32, 3));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> new Saxpy(1).call(Range.of(3), x))
            .getMessage()
            .startsWith("kernel Saxpy: 1 operands; need [x, y]\n  try: an operand for each"));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> new Saxpy(1).call(Range.of(3), x, i))
            .getMessage()
            .startsWith("kernel Saxpy: operand y is i32[3]; need [f32]\n  try: cast(...)"));
    assertEquals(
        "kernel GroupSum: part is local memory, range [3] has no groups; need groups that share it",
        assertThrows(
                KernelException.class, () -> new SampleKernels.GroupSum(4, 1).call(Range.of(3), x))
            .problem());
    assertEquals(
        "range: groups of [4] in [6]; need as many extents, each a divisor",
        assertThrows(ShapeException.class, () -> Range.of(6).inGroupsOf(4)).problem());
    assertEquals(List.of(3L), Range.of(3).global());
  }
}

package org.tombolo.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;

/// `a - b` of 16 numbers, bound to memory that does not fit.
class BindCheckTest {
  private final SimulatedDevice device = SimulatedDevice.of("simulated:0", 1 << 16);
  private final Buffer buffer = device.allocate(1024);
  private final Slice a = new Slice(buffer, 0, 64);
  private final Slice b = new Slice(buffer, 64, 64);
  private final Slice y = new Slice(buffer, 128, 64);
  private final Slice scratch = new Slice(buffer, 256, 8);
  private final Kernel kernel = Kernel.of(difference());

  private static Region difference() {
    GraphBuilder g = new GraphBuilder("difference");
    Node x = g.input("a", TensorType.f32(16));
    g.output("y", x.sub(g.input("b", TensorType.f32(16))));
    return new Region("difference", g.build());
  }

  /// What may be done in place, and working memory of 8 bytes.
  private static Executable executable(boolean inPlace) {
    return new Executable() {
      @Override
      public long scratchBytes() {
        return 8;
      }

      @Override
      public boolean inPlace(int output, int input) {
        return inPlace && input == 0;
      }

      @Override
      public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
        throw new AssertionError("not bound here");
      }

      @Override
      public void close() {}
    };
  }

  private void check(boolean inPlace, List<Slice> inputs, Slice output, Slice working) {
    kernel.requireFit("difference", executable(inPlace), 64, inputs, List.of(output), working);
  }

  private void refuses(String problem, List<Slice> inputs, Slice output, Slice working) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> check(true, inputs, output, working));
    assertEquals(
        "bind difference: "
            + problem
            + "\n  try: aligned ranges of exactly these sizes, apart from each other",
        e.getMessage());
  }

  @Test
  void whatFitsPasses() {
    check(false, List.of(a, b), y, scratch);
    check(false, List.of(a, a), y, scratch);
    check(true, List.of(a, b), a, scratch);
  }

  @Test
  void whatDoesNotFitIsNamed() {
    refuses("1 inputs; need 2: [f32[16], f32[16]]", List.of(a), y, scratch);
    Slice small = new Slice(buffer, 0, 60);
    refuses("input 0 has 60 bytes; need 64 for f32[16]", List.of(small, b), y, scratch);
    Slice odd = new Slice(buffer, 160, 64);
    refuses("output 0 begins at byte 160; need a multiple of 64", List.of(a, b), odd, scratch);
    Slice little = new Slice(buffer, 256, 7);
    refuses("working memory of 7 bytes; need 8", List.of(a, b), y, little);
    Slice crooked = new Slice(buffer, 264, 8);
    refuses(
        "the working memory begins at byte 264; need a multiple of 64", List.of(a, b), y, crooked);
    Slice inside = new Slice(buffer, 128, 8);
    refuses(
        "output 0 overlaps the working memory; need memory of its own", List.of(a, b), y, inside);
    refuses("output 0 overlaps input 1; need memory of its own", List.of(a, b), b, scratch);
    assertThrows(IllegalArgumentException.class, () -> check(false, List.of(a, b), a, scratch));
  }

  @Test
  void rangesOverlapIfTheyShareAByte() {
    assertTrue(new Slice(buffer, 0, 65).overlaps(b));
    assertTrue(b.overlaps(new Slice(buffer, 0, 65)));
    assertFalse(a.overlaps(b));
    assertFalse(new Slice(buffer, 64, 0).overlaps(b));
    try (Buffer other = device.allocate(1024)) {
      assertFalse(new Slice(other, 64, 64).overlaps(b));
    }
  }

  @Test
  void limitationsNeedAReason() {
    assertEquals("so", Limitations.none().and("copies", "so").reasons().get("copies"));
    assertThrows(IllegalArgumentException.class, () -> Limitations.none().and("copies", " "));
  }
}

package org.tombolo.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tombolo.device.BuildException;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.PlacementException;

class OpenClKernelTest {
  private static final OpenClKernel SAXPY =
      OpenClKernel.source(
              "saxpy",
              """
              /* y = a * x + y; kernel void saxpy( is below */
              __kernel void saxpy(
                  global const float *x, // read
                  const double a,
                  __global float *y) {
                size_t i = get_global_id(0);
                y[i] = (float)a * x[i] + y[i];
              }
              """)
          .reads("x", DType.F32)
          .updates("y", DType.F32)
          .scalar("a", 2.0);

  private static Graph graph(OpenClKernel kernel) {
    GraphBuilder g = new GraphBuilder("saxpy");
    Node x = g.input("x", TensorType.f32(5));
    Node y = g.input("y", TensorType.f32(5));
    g.output("z", kernel.call(Range.of(5), x.add(1), y).add(y));
    return g.build();
  }

  private static float[] run(String device, Graph graph) {
    try (Engine engine = TestEngines.open(device);
        var state = engine.newState();
        var plan = engine.compile(graph, state)) {
      Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5});
      return plan.run(Map.of("x", x, "y", x)).get("z").toFloats();
    }
  }

  @Test
  void runsBetweenOperations() {
    assertArrayEquals(new float[] {6, 10, 14, 18, 22}, run("opencl", graph(SAXPY)));
  }

  @Test
  void runsElsewhereInJava() {
    Graph graph = graph(SAXPY.orInJava(new Saxpy(2)));
    for (String device : List.of("cpu", "simulated", "opencl")) {
      assertArrayEquals(new float[] {6, 10, 14, 18, 22}, run(device, graph), device);
    }
  }

  @Test
  void elsewhereItIsRefused() {
    PlacementException e = assertThrows(PlacementException.class, () -> run("cpu", graph(SAXPY)));
    assertTrue(
        e.getMessage().contains("kernel saxpy is OpenCL C and has no form in Java"),
        e.getMessage());
  }

  @Test
  void whatDoesNotBuildPointsIntoTheSource() {
    OpenClKernel wrong =
        OpenClKernel.source(
                "wrong",
                """
                kernel void wrong(global const float *x,
                                  global float *y) {
                  size_t i = get_global_id(0);
                  y[i] = x[i] + missing;
                }
                """)
            .reads("x", DType.F32)
            .updates("y", DType.F32);
    BuildException e = assertThrows(BuildException.class, () -> run("opencl", graph(wrong)));
    assertTrue(e.getMessage().contains(":4:"), e.getMessage());
    assertTrue(e.getMessage().contains("    4 |   y[i] = x[i] + missing;"), e.getMessage());
    assertTrue(e.remedy().contains("the source of the kernel"), e.remedy());
  }

  @Test
  void parametersAreThoseOfTheSource() {
    String text = "kernel void f(global const float *x, global int *y, const int n) {}";
    OpenClKernel f = OpenClKernel.source("f", text);
    assertEquals(
        "kernel f: parameter x is not declared; need reads, writes, updates or scalar for it",
        problem(f));
    assertEquals(
        "kernel f: parameter x is float * in the source and i32 where it is declared; need the same",
        problem(f.reads("x", DType.I32)));
    assertEquals(
        "kernel f: parameter x is constant and written; need `global float *x`",
        problem(f.updates("x", DType.F32)));
    assertEquals(
        "kernel f: parameter y is not constant and read only; need `global const int *y`",
        problem(f.reads("x", DType.F32).reads("y", DType.I32)));
    OpenClKernel both = f.reads("x", DType.F32).updates("y", DType.I32);
    assertEquals(
        "kernel f: parameter n is int in the source and float where it is declared; need the same",
        problem(both.scalar("n", 1f)));
    assertEquals(
        "kernel f: the function has no parameters [z]; need one for each that is declared",
        problem(both.scalar("n", 1).reads("z", DType.F32)));
    assertEquals(
        "kernel g: the source has no `kernel void g(`; need that function",
        problem(OpenClKernel.source("g", text)));
    assertEquals(
        "kernel h: parameter `local float *t` is not understood; need `global const float *x`, `global float *y` or `const float a`",
        problem(OpenClKernel.source("h", "kernel void h(local float *t) {}")));
  }

  private static String problem(OpenClKernel kernel) {
    GraphBuilder g = new GraphBuilder("g");
    return assertThrows(KernelException.class, () -> kernel.callIn(g, Range.of(1))).problem();
  }

  @Test
  void canBeDifferentiated() {
    OpenClKernel kernel =
        SAXPY
            .orInJava(new Saxpy(2))
            .withGradient((_, _, dys) ->
                List.of(Optional.of(dys.getFirst().mul(2)), Optional.of(dys.getFirst())));
    GraphBuilder g = new GraphBuilder("g");
    Node x = g.input("x", TensorType.f32(5));
    Node y = g.input("y", TensorType.f32(5));
    Node sum = kernel.call(Range.of(5), x, y).mul(x).sum();
    g.output("z", Gradients.of(sum, List.of(x)).getFirst());
    // d/dx of (2x + y) x = 4x + y
    assertArrayEquals(new float[] {5, 10, 15, 20, 25}, run("opencl", g.build()));
  }

  @Test
  void aSourceIsWhole() {
    OpenClKernel parts =
        OpenClKernel.source(
                "twice",
                "// #include \"not.h\"\n  # include <more.h>\nkernel void twice(global float *y) {}")
            .writes("y", TensorType.f32(1));
    GraphBuilder g = new GraphBuilder("parts");
    assertEquals(
        "kernel twice: the source has an #include; need all of it in one text, by which compiled programs are kept\n"
            + "  try: the content of the file in its place",
        assertThrows(KernelException.class, () -> parts.callIn(g, Range.of(1))).getMessage());
  }
}

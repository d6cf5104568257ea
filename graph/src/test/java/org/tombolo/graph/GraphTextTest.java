package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GraphTextTest {

  @Test
  void printsAGraphToRead() {
    GraphBuilder g = new GraphBuilder("mlp");
    Node x = g.input("x", TensorType.f32(32, 64));
    try (var _ = g.scope("dense")) {
      Node w = g.variable("dense/kernel", TensorType.f32(64, 10));
      g.output("y", x.matmul(w).relu());
      g.assign("dense/kernel", w.mul(0.5));
    }
    g.output("mean", x.mean());
    Graph graph = g.build();

    assertEquals(
        """
        graph "mlp" {
          %0 = input "x" : f32[32,64]
          %1 = variable "dense/kernel" : f32[64,10] in "dense"
          %2 = dot(%0, %1) lhs_contract=[1] rhs_contract=[0] : f32[32,10] in "dense"
          %3 = constant value=0.0 : f32[] in "dense"
          %4 = reshape(%3) : f32[1,1] in "dense"
          %5 = broadcast(%4) : f32[32,10] in "dense"
          %6 = max(%2, %5) : f32[32,10] in "dense"
          %7 = constant value=0.5 : f32[] in "dense"
          %8 = reshape(%7) : f32[1,1] in "dense"
          %9 = broadcast(%8) : f32[64,10] in "dense"
          %10 = mul(%1, %9) : f32[64,10] in "dense"
          %11 = assign "dense/kernel"(%10) : f32[64,10] in "dense"
          %12 = reduce_sum(%0) axes=[0,1] : f32[]
          %13 = constant value=2048.0 : f32[]
          %14 = div(%12, %13) : f32[]
          output "y" = %6
          output "mean" = %14
        }
        """,
        graph.toString());
    assertEquals(graph.toString(), GraphText.parse(graph.toString()).toString());
  }

  @Test
  void printsWindowsBriefly() {
    GraphBuilder g = new GraphBuilder("conv");
    Node x = g.input("x", TensorType.f32(2, 8, 8, 3));
    g.output("y", x.conv2d(g.input("k", TensorType.f32(3, 3, 3, 5)), 2, 1));
    assertTrue(
        g.build()
            .toString()
            .contains(
                "conv(%0, %1) size=[3,3] stride=[2,2] pad_low=[1,1] pad_high=[1,1] reversed=false"
                    + " lhs_batch=0 lhs_feature=3 lhs_spatial=[1,2] rhs_in=2 rhs_out=3"
                    + " rhs_spatial=[0,1] out_batch=0 out_feature=3 out_spatial=[1,2]"
                    + " : f32[2,4,4,5]\n"));
  }

  static Stream<Tensor> constants() {
    float oddNaN = Float.intBitsToFloat(0x7fc00123);
    return Stream.of(
        Tensor.scalar(0.1f),
        Tensor.of(new float[] {-0f, Float.MIN_VALUE, Float.MAX_VALUE, 1 / 3f}, 2, 2),
        Tensor.of(new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}, 3),
        Tensor.of(new float[] {oddNaN}, 1),
        Tensor.of(new double[] {0.1, -0.0, Double.NaN, Double.MIN_VALUE, 1e308}),
        Tensor.of(new long[] {Long.MIN_VALUE, Long.MAX_VALUE, (1L << 53) + 1}),
        Tensor.of(new int[0]),
        Tensor.of(new float[0], 2, 0, 3),
        Tensor.of(new boolean[] {true, false}),
        Tensor.wrap(TensorType.of(DType.BOOL, 2), MemorySegment.ofArray(new byte[] {1, 2})),
        Tensor.ofUnsigned(new byte[] {-1, 0, 7}),
        Tensor.filled(TensorType.of(DType.F16, 5), i -> Math.pow(0.1, i * 2)),
        Tensor.filled(TensorType.of(DType.BF16, 5), i -> Math.pow(10, i * 9)),
        Tensor.filled(TensorType.of(DType.F16, 17), i -> i / 3.0),
        Tensor.filled(TensorType.of(DType.BF16, 17), i -> i / 3.0),
        Tensor.filled(TensorType.f32(100_000), i -> Math.sin(i)),
        Tensor.filled(TensorType.of(DType.F64, 101), i -> Math.sin(i)),
        Tensor.wholes(TensorType.of(DType.I64, 101), i -> i * 0x9E3779B97F4A7C15L),
        Tensor.wholes(TensorType.of(DType.I16, 17), i -> i * 0x9E37),
        Tensor.wholes(TensorType.of(DType.I8, 17), i -> i * 0x9E));
  }

  @ParameterizedTest
  @MethodSource("constants")
  void keepsConstantsToTheBit(Tensor value) {
    GraphBuilder g = new GraphBuilder("constant");
    g.output("c", g.constant(value));
    Graph again = GraphText.parse(g.build().toString());
    assertEquals(new Op.Constant(value), again.nodes().get(0).op());
  }

  @Test
  void printsConstantsAsShortAsTheyAre() {
    GraphBuilder g = new GraphBuilder("c");
    g.output("a", g.constant(Tensor.of(new float[] {0.1f, -0f, Float.NaN}, 3)));
    g.output("b", g.constant(Tensor.filled(TensorType.of(DType.U8, 17), i -> i)));
    assertEquals(
        """
        graph "c" {
          %0 = constant value=[0.1,-0.0,nan] : f32[3]
          %1 = constant bytes="AAECAwQFBgcICQoLDA0ODxA=" : u8[17]
          output "a" = %0
          output "b" = %1
        }
        """,
        g.build().toString());
  }

  @Test
  void keepsNamesWithAnyCharacters() {
    String name = "a \"b\" \\ \n \t \u0007 ü \ud83d\ude00 // c";
    GraphBuilder g = new GraphBuilder(name);
    g.output(name, g.input(name, TensorType.f32()));
    String text = g.build().toString();
    Graph again = GraphText.parse(text);
    assertTrue(
        text.startsWith("graph \"a \\\"b\\\" \\\\ \\n \\u0009 \\u0007 ü \ud83d\ude00 // c\" {\n"),
        text);
    assertEquals(name, again.name());
    assertEquals(name, again.outputs().firstEntry().getKey());
    assertEquals(new Op.Input(name, TensorType.f32()), again.inputs().get(0).op());
  }

  @Test
  void readsFreeLayoutAndComments() {
    Graph graph =
        GraphText.parse(
            """
            // the shortest
            graph "g" { %7=input "x":f32 [ 2 , 3 ]
              %3 = exp ( %7 ) : f32[2,3] // of x
              output "y" = %3 }
            """);
    assertEquals(
        """
        graph "g" {
          %0 = input "x" : f32[2,3]
          %1 = exp(%0) : f32[2,3]
          output "y" = %1
        }
        """,
        graph.toString());
    assertEquals("graph text:3", graph.nodes().get(1).where());
  }

  @Property(tries = 100)
  void anyGraphReadsBackTheSame(@ForAll long seed, @ForAll @IntRange(max = 40) int steps) {
    Graph graph = Verifier.verify(new RandomGraphs(seed, DType.F32).next(steps + 1));

    Graph again = Verifier.verify(GraphText.parse(graph.toString()));

    assertEquals(graph.toString(), again.toString());
    assertEquals(
        graph.nodes().stream().map(Node::op).toList(),
        again.nodes().stream().map(Node::op).toList());
    assertEquals(
        graph.nodes().stream().map(Node::scope).toList(),
        again.nodes().stream().map(Node::scope).toList());
  }

  @Property(tries = 50)
  void anyGraphReadBackGivesTheSameValues(@ForAll long seed) {
    RandomGraphs graphs = new RandomGraphs(seed, DType.F32);
    Graph graph = graphs.next(25);
    Graph again = GraphText.parse(graph.toString());
    Map<String, Tensor> inputs = Feeds.byName(graph, graphs.values(graph.inputs()));
    Map<String, Tensor> variables = new HashMap<>();
    List<Tensor> values = graphs.values(graph.variables());
    for (int i = 0; i < values.size(); i++) {
      if (graph.variables().get(i).op() instanceof Op.Variable(String name, TensorType _)) {
        variables.put(name, values.get(i));
      }
    }

    Reference.Result want = Reference.run(graph, inputs, variables);
    Reference.Result got = Reference.run(again, inputs, variables);

    assertEquals(want.outputs(), got.outputs());
    assertEquals(want.variables(), got.variables());
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of("", "line 1, column 1: saw the end; need graph"),
        Arguments.of("graph mlp {}", "line 1, column 7: saw mlp; need the graph's name in quotes"),
        Arguments.of(
            "graph \"g\" {",
            "line 1, column 12: saw the end; need a node such as %0, an output, or }"),
        Arguments.of("graph \"g\" {} x", "line 1, column 14: saw x; need the end of the text"),
        in("%0 = input \"x : f32[2]", "line 2, column 14: saw \"; need a name in quotes"),
        in("%0 = input : f32[2]", "line 2, column 8: name is missing; need a name in quotes"),
        in(
            "%0 = input \"x\" : f33[2]",
            "line 2, column 20: saw \"f33\"; need one of [f32, f16, bf16, f64, i8, u8, i16, i32, i64, bool]"),
        in("%0 = input \"x\" : f32", "line 3, column 1: saw }; need a value"),
        in(
            "%0 = input \"x\" : f32[-2]",
            "line 2, column 23: shape: extents are [-2]; need 0 or more each"),
        in(
            "%0 = input \"x\" : f32[2,x]",
            "line 2, column 23: attribute extent is x; need a whole number"),
        in(
            "%0 = input \"x\" axis=1 : f32[2]",
            "line 2, column 18: saw attribute axis; need only attributes of input"),
        in(
            "%0 = iota axis=1 axis=1 : f32[2]",
            "line 2, column 20: saw attribute axis again; need it once"),
        in(
            "%0 = iota \"x\" axis=0 : f32[2]",
            "line 2, column 13: saw a name; need only attributes of iota"),
        in("%0 = iota axis=[0] : f32[2]", "line 2, column 13: axis is [0]; need a whole number"),
        in(
            "%0 = iota axis=9999999999 : f32[2]",
            "line 2, column 8: saw a number beyond 2^31; need a smaller one"),
        in("%0 = iota : f32[2]", "line 2, column 8: axis is missing; need a whole number"),
        in(
            "%0 = frobnicate : f32[2]",
            "line 2, column 8: operation is \"frobnicate\"; need the name of an operation, such as add or dot"),
        in(
            "%0 = reduce_mean axes=[0] : f32[2]",
            "line 2, column 8: operation is \"reduce_mean\"; need the name of an operation, such as add or dot"),
        in(
            "%0 = exp(%1) : f32[2]",
            "line 2, column 12: saw %1; need an operand from a line above, such as %0"),
        in(
            "%0 = iota axis=0 : f32[2]\n%0 = iota axis=0 : f32[2]",
            "line 3, column 1: saw %0; need a number that is not taken"),
        in(
            "%0 = iota axis=0 : f32[2]\n%1 = cast(%0) : i32[3]",
            "line 3, column 17: saw i32[3]; need i32[2], which cast gives"),
        in(
            "output \"y\" = %0",
            "line 2, column 16: saw %0; need an operand from a line above, such as %0"),
        in(
            "%0 = iota axis=0 : f32[2] output \"y\" = %0 output \"y\" = %0",
            "line 2, column 45: saw output \"y\" again; need one of a name"),
        in(
            "%0 = constant value=[1,2] : f32[3]",
            "line 2, column 17: value is 2 numbers; need 3 for f32[3]"),
        in(
            "%0 = constant value=[1,two] : f32[2]",
            "line 2, column 17: value is two; need a number, nan, inf or -inf"),
        in(
            "%0 = constant value=[1.5] : i32[1]",
            "line 2, column 17: value is 1.5; need a whole number"),
        in(
            "%0 = constant bytes=\"AAAA\" : f32[1]",
            "line 2, column 17: bytes is 3 bytes; need 4 for f32[1]"),
        in(
            "%0 = constant : f32[1]",
            "line 2, column 8: value is missing; need numbers, or bytes=\"base64\""),
        in("%0 = constant value=[1 2] : f32[2]", "line 2, column 26: saw 2; need ,"),
        in(
            "%0 = iota axis=0 : f32[9]\n%1 = reduce_window_max(%0) size=[2] stride=[1,1] : f32[8]",
            "line 3, column 37: stride is 2 numbers; need 1"));
  }

  private static Arguments in(String body, String message) {
    return Arguments.of("graph \"g\" {\n  " + body + "\n}", message);
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void namesLineAndColumnOfMistakes(String text, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> GraphText.parse(text));
    assertEquals(
        "graph text, " + message + "\n  try: the form that GraphText.print gives", e.getMessage());
  }

  @Test
  void namesTheLineOfOperandsThatDoNotFit() {
    ShapeException e =
        assertThrows(
            ShapeException.class,
            () ->
                GraphText.parse(
                    """
                    graph "g" {
                      %0 = iota axis=0 : f32[2]
                      %1 = not(%0) : f32[2]
                    }
                    """));
    assertEquals(
        """
        not: operand is f32[2]; need a type that not is defined for
          try: cast(DType.F32) first
          at: graph text:3\
        """,
        e.getMessage());
  }

  @Test
  void longTextsAreRead() {
    GraphBuilder g = new GraphBuilder("long");
    Node x = g.input("x", TensorType.f32(2));
    for (int i = 0; i < 5000; i++) {
      x = x.exp();
    }
    g.output("y", x);
    String text = g.build().toString().replace(" : ", " // " + "-".repeat(200) + "\n\n : ");
    assertEquals(5001, GraphText.parse(text).nodes().size());
    assertEquals(List.of("y"), List.copyOf(GraphText.parse(text).outputs().keySet()));
  }
}

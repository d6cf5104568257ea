package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What the user reads when operands do not fit: the problem, what to try, and the line to go to.
class BuildErrorsTest {

  private static Arguments mistake(Consumer<GraphBuilder> code, String message) {
    return Arguments.of(message, code);
  }

  private static Node x(GraphBuilder g, String type) {
    return g.input("x" + type, OpCases.type(type));
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(
            g -> g.add(new Op.Unary(UnaryFn.EXP), List.of()),
            """
            exp: 0 operands; need 1
              try: the builder's method for this operation\
            """),
        mistake(
            g -> g.iota(TensorType.f32(2, 3), 2),
            """
            iota: axes [2] of f32[2,3]; need distinct axes from 0 to 1
              try: axes counted from 0, outermost first\
            """),
        mistake(
            g -> g.iota(TensorType.f32(), 0),
            """
            iota: axes [0] of f32[]; need no axes, a scalar has none
              try: axes counted from 0, outermost first\
            """),
        mistake(
            g -> g.iota(TensorType.of(DType.BOOL, 2), 0),
            """
            iota: result is bool[2]; need numbers
              try: i32 and a compare\
            """),
        mistake(
            g -> g.randomBits(x(g, "i32[2]"), Shape.of(5)),
            """
            random_bits: key is i32[2]; need i64[2], a seed and a stream number
              try: constant(Tensor.of(new long[] {seed, stream}, 2))\
            """),
        mistake(
            g -> x(g, "i32[2]").exp(),
            """
            exp: operand is i32[2]; need a type that exp is defined for
              try: cast(DType.F32) first\
            """),
        mistake(
            g -> x(g, "f32[2,3]").add(x(g, "f32[3,2]")),
            """
            add: a is f32[2,3], b is f32[3,2]; need one type and shape
              try: broadcastTo(shape) for the smaller one\
            """),
        mistake(
            g -> x(g, "f32[2]").mul(x(g, "i32[2]")),
            """
            mul: a is f32[2], b is i32[2]; need one type and shape
              try: cast(DType.F32) for one of them\
            """),
        mistake(
            g -> x(g, "f32[2]").and(x(g, "f32[2]")),
            """
            and: operands are f32[2]; need a type that and is defined for
              try: cast to another type first\
            """),
        mistake(
            g -> x(g, "f32[2]").compare(CompareFn.LT, x(g, "f32[3]")),
            """
            lt: a is f32[2], b is f32[3]; need one type and shape
              try: broadcastTo(shape) for the smaller one\
            """),
        mistake(
            g -> x(g, "f32[2]").select(x(g, "f32[2]"), x(g, "f32[2]")),
            """
            select: condition is f32[2], choices are f32[2] and f32[2]; need a bool condition and \
            two choices of one type, all of one shape
              try: broadcastTo(shape) for what is smaller\
            """),
        mistake(
            g -> x(g, "f32[2,3]").reshape(5),
            """
            reshape: operand is f32[2,3] with 6 elements, target is [5] with 5; need the same \
            number of elements
              try: Shape.of(6)\
            """),
        mistake(
            g -> x(g, "f32[2,3]").permute(0, 0),
            """
            permute: operand is f32[2,3], axes are [0, 0]; need each axis of the operand once
              try: [1, 0] to turn all around\
            """),
        mistake(
            g -> x(g, "f32[3]").transpose(),
            """
            transpose: operand is f32[3]; need 2 axes or more
              try: reshape(...) first\
            """),
        mistake(
            g -> x(g, "f32[2,3]").broadcastTo(Shape.of(4, 3)),
            """
            broadcast: operand is f32[2,3], target is [4,3]; need the same rank, and extent 1 \
            wherever the target differs
              try: reshape(...) to add axes of extent 1\
            """),
        mistake(
            g -> x(g, "f32[2,3]").broadcastTo(Shape.of(3)),
            """
            broadcast: operand is f32[2,3], target is [3]; need a target of rank 2 or more
              try: a sum over the axes that are too many\
            """),
        mistake(
            g -> x(g, "f32[2,3]").slice(1, 2, 5),
            """
            slice: operand is f32[2,3], starts [0, 2], limits [2, 5], strides [1, 1]; need \
            0 <= start <= limit <= extent and stride >= 1 for each of 2 axes
              try: limits [2,3] for all of it\
            """),
        mistake(
            g -> x(g, "f32[2,3]").slice(2, 0, 1),
            """
            slice: axis 2 of f32[2,3]; need one of its 2 axes
              try: axes counted from 0, outermost first\
            """),
        mistake(
            g -> x(g, "f32[3]").pad(new long[] {-1}, new long[] {0}, new long[] {0}, 0),
            """
            pad: operand is f32[3], low [-1], high [0], interior [0]; need 0 or more for each of 1 \
            axes
              try: slice(...) to take elements away\
            """),
        mistake(
            g -> x(g, "f32[2,3]").reverse(1, 1),
            """
            reverse: axes [1, 1] of f32[2,3]; need distinct axes from 0 to 1
              try: axes counted from 0, outermost first\
            """),
        mistake(
            g -> g.concat(0),
            """
            concat: no operands; need at least one
              try: a list of tensors\
            """),
        mistake(
            g -> g.concat(1, x(g, "f32[2,3]"), x(g, "f32[3,3]")),
            """
            concat: operands are [f32[2,3], f32[3,3]]; need one type and equal extents on every \
            axis but 1
              try: reshape(...) or pad(...) before joining\
            """),
        mistake(
            g -> x(g, "bool[2]").sum(0),
            """
            reduce_sum: operand is bool[2]; need numbers
              try: cast(DType.I32) first\
            """),
        mistake(
            g -> x(g, "f32[2]").sum(1),
            """
            reduce_sum: axes [1] of f32[2]; need distinct axes from 0 to 0
              try: axes counted from 0, outermost first\
            """),
        mistake(
            g -> x(g, "f32[2]").reduceKeeping(ReduceFn.MAX, -1),
            """
            reduce_max: axis -1 of f32[2]; need one of its 1 axes
              try: axes counted from 0, outermost first\
            """),
        mistake(
            g -> x(g, "f32[2]").argMax(1),
            """
            arg_max: axis 1 of f32[2]; need one of its 1 axes
              try: axes counted from 0, outermost first\
            """),
        mistake(
            g -> x(g, "f32[2,3]").gather(0, x(g, "f32[4]")),
            """
            gather: data is f32[2,3], indices are f32[4], axis 0 with 0 batch axes; need i32 or \
            i64 indices, and 0 <= batch <= axis < rank with equal leading extents
              try: cast(DType.I32) of the indices, or 0 batch axes\
            """),
        mistake(
            g -> x(g, "f32[2,3]").gatherAlong(1, x(g, "i32[3,1]")),
            """
            gather_along: data is f32[2,3], the other is i32[3,1]; need the extents of the data \
            on every axis but 1
              try: broadcastTo(shape)\
            """),
        mistake(
            g -> x(g, "f32[2,3]").scatterAdd(0, x(g, "i32[4]"), x(g, "f32[4]")),
            """
            scatter_add: data is f32[2,3], updates are f32[4]; need numbers, and updates of type \
            f32[4,3]
              try: broadcastTo(shape) or cast(dtype) of the updates\
            """),
        mistake(
            g -> x(g, "bool[2]").scan(ReduceFn.SUM, 0),
            """
            scan_sum: operand is bool[2]; need numbers
              try: cast(DType.I32) first\
            """),
        mistake(
            g -> x(g, "f32[3,0]").argMin(1),
            """
            arg_min: operand is f32[3,0], axis 1; need an extent from 1 to 2^31 - 1 on that axis
              try: another axis\
            """),
        mistake(
            g -> x(g, "f32[3]").topK(0, 4),
            """
            arg_sort: operand is f32[3], axis 0, count 4; need a count from 0 to the extent of \
            the axis, which is below 2^31
              try: count 3 for all\
            """),
        mistake(
            g -> g.ifElse(x(g, "f32[]"), List.of(), in -> in, in -> in),
            """
            if: no results; need at least one
              try: select for one value\
            """),
        mistake(
            g ->
                g.ifElse(
                    x(g, "f32[]"),
                    List.of(x(g, "f32[]")),
                    in -> in,
                    in -> List.of(in.get(0).neg())),
            """
            if: operands are [f32[], f32[]]; need [bool[], f32[]]
              try: a condition of one element, then what the branches take\
            """),
        mistake(
            g ->
                g.whileLoop(
                    OptionalLong.empty(),
                    List.of(x(g, "f32[3]")),
                    List.of(),
                    in -> in.get(0).sum().compare(CompareFn.GT, 0),
                    in -> List.of(in.get(0).sum())),
            """
            while: body is [f32[3]] -> [f32[]], 1 carried; need results that start with the types \
            of the carried operands
              try: cast(...) or reshape(...) of the next values\
            """),
        mistake(
            g -> g.call(OpCases.doubled(), x(g, "f32[4]"), x(g, "f32[4]")),
            """
            call: operands of "an "odd" \\ name" are [f32[4], f32[4]]; need [f32[3], f32[3]]
              try: a function of a body for these types\
            """),
        mistake(
            g -> x(g, "f32[32,784]").matmul(x(g, "f32[10,784]")),
            """
            matmul: a is f32[32,784], b is f32[10,784]; need a[m,k] and b[k,n]
              try: b.transpose() if b is stored as [n,k]\
            """),
        mistake(
            g ->
                g.add(
                    new Op.Dot(List.of(), List.of(), List.of(1), List.of(1)),
                    List.of(x(g, "f32[2,3]"), x(g, "f32[5,2]"))),
            """
            dot: a is f32[2,3], b is f32[5,2], batch axes [] with [], contracted axes [1] with \
            [1]; need one type of numbers and equal extents on paired axes
              try: permute(...) or other axes\
            """),
        mistake(
            g -> x(g, "f32[2,8,8,3]").conv2d(x(g, "f32[3,3,4,5]"), 1, 0),
            """
            conv: images are f32[2,8,8,3] with features on axis 3, kernel is f32[3,3,4,5] with \
            features on axis 2, window [3, 3]; need one type of numbers, equal feature counts, \
            and the kernel's extents as window
              try: images [n,h,w,cin] with a kernel [kh,kw,cin,cout]\
            """),
        mistake(
            g -> x(g, "f32[2,8,8]").conv2d(x(g, "f32[3,3,1,5]"), 1, 0),
            """
            conv2d: images are f32[2,8,8], kernel is f32[3,3,1,5]; need [n,h,w,cin] and \
            [kh,kw,cin/groups,cout]
              try: reshape(n, h, w, 1) for images of one channel\
            """),
        mistake(
            g -> x(g, "f32[2,2,8,3]").conv2d(x(g, "f32[3,3,3,5]"), 1, 0),
            """
            conv: operands are [f32[2,2,8,3], f32[3,3,3,5]], window: spans 3 positions of an axis \
            that has 2 with padding; need at least 3
              try: a smaller window or more padding\
            """),
        mistake(
            g -> x(g, "f32[2,3]").reduceWindow(ReduceFn.MAX, List.of(WindowDim.each())),
            """
            reduce_window_max: operand is f32[2,3], window [1]; need a window extent for each of 2 \
            axes
              try: WindowDim.each() for axes that stay\
            """),
        mistake(
            g -> x(g, "bool[3]").reduceWindow(ReduceFn.SUM, List.of(WindowDim.each())),
            """
            reduce_window_sum: operand is bool[3]; need numbers
              try: cast first\
            """),
        mistake(
            g ->
                g.add(
                    new Op.WindowMaxGrad(List.of(WindowDim.of(2, 2, 0, 0))),
                    List.of(x(g, "f32[6]"), x(g, "f32[6]"))),
            """
            window_max_grad: operands are f32[6] and f32[6]; need the second to be f32[3]
              try: the gradient of the window maximum\
            """),
        mistake(
            g -> g.assign("w", x(g, "f32[2]")),
            """
            assign: no variable "w"; need one of []
              try: variable("w", ...) first\
            """),
        mistake(
            g -> {
              g.variable("w", TensorType.f32(3));
              g.assign("w", x(g, "f32[2]"));
            },
            """
            assign: variable "w" is f32[3], value is f32[2]; need the same type
              try: reshape(...) or cast(...) of the value\
            """),
        mistake(
            g -> {
              Node w = g.variable("w", TensorType.f32(3));
              g.assign("w", w);
              g.assign("w", w);
            },
            """
            assign: variable "w" is assigned already; need at most once
              try: combine the two values into one\
            """),
        mistake(
            g -> {
              g.input("x", TensorType.f32(3));
              g.input("x", TensorType.f32(2));
            },
            """
            input: "x" is already declared as f32[3], now f32[2]; need one declaration
              try: another name\
            """),
        mistake(
            g -> {
              Node w = g.variable("w", TensorType.f32(3));
              g.copy(w, List.of());
            },
            """
            variable: "w" is already declared as f32[3], now f32[3]; need one declaration
              try: another name\
            """),
        mistake(
            g -> {
              g.output("y", x(g, "f32[]"));
              g.output("y", x(g, "f32[]"));
            },
            """
            output: "y" is already declared; need one declaration
              try: another name\
            """),
        mistake(
            g -> g.output("y", x(new GraphBuilder("other"), "f32[2]")),
            """
            graph errors: node input: f32[2] belongs to another builder; need nodes of this one
              try: copy(node, operands); in a branch or a loop, an operand for it\
            """),
        mistake(
            g -> x(g, "f32[2]").softmax(1),
            """
            softmax: operands are [f32[2]], axis is 1; need one float tensor with that axis
              try: the last axis, rank - 1\
            """),
        mistake(
            g -> g.call(new Composite.SparseCrossEntropy(), x(g, "f32[2,3]"), x(g, "i64[2]")),
            """
            sparse_cross_entropy: operands are [f32[2,3], i64[2]]; need scores float[n,c] and \
            labels i32[n]
              try: cast(DType.I32) of the labels, reshape(n, c) of the scores\
            """),
        mistake(
            g ->
                g.call(
                    new Composite.SparseCrossEntropyGrad(),
                    x(g, "f32[2,3]"),
                    x(g, "i32[2]"),
                    x(g, "f32[]")),
            """
            sparse_cross_entropy_grad: dy is f32[]; need f32[2]
              try: one number per row\
            """),
        mistake(
            g -> g.call(new Composite.Dropout(0.5), x(g, "f32[2]"), x(g, "i32[2]")),
            """
            dropout: operands are [f32[2], i32[2]]; need a float tensor and a key i64[2]
              try: constant(Tensor.of(new long[] {seed, stream}, 2)) as key\
            """),
        mistake(
            g -> x(g, "i32[2]").logSoftmax(0),
            """
            log_softmax: operands are [i32[2]], axis is 0; need one float tensor with that axis
              try: the last axis, rank - 1\
            """),
        mistake(
            g -> g.call(new Composite.CrossEntropy(), x(g, "f32[2,3]"), x(g, "i32[2]")),
            """
            cross_entropy: operands are [f32[2,3], i32[2]]; need scores and targets float[n,c]
              try: sparse_cross_entropy for labels that are whole numbers\
            """),
        mistake(
            g -> g.call(new Composite.BinaryCrossEntropy(), x(g, "f32[2]"), x(g, "bool[2]")),
            """
            binary_cross_entropy: operands are [f32[2], bool[2]]; need scores and targets of one \
            float type
              try: cast(...) or reshape(...) of the targets\
            """),
        mistake(
            g ->
                g.call(
                    new Normalization.LayerNorm(1, 1e-5),
                    x(g, "f32[2,3]"),
                    x(g, "f32[3]"),
                    x(g, "f32[2]")),
            """
            layer_norm: operands are [f32[2,3], f32[3], f32[2]], axis is 1; need x float[..] with \
            that axis, then scale and shift of its extents from there on
              try: the last axis, rank - 1\
            """),
        mistake(
            g -> g.call(new Normalization.RmsNorm(2, 1e-5), x(g, "f32[2,3]"), x(g, "f32[3]")),
            """
            rms_norm: operands are [f32[2,3], f32[3]], axis is 2; need x float[..] with that axis, \
            then scale of its extents from there on
              try: the last axis, rank - 1\
            """),
        mistake(
            g -> g.call(new Normalization.BatchNormInference(0, 1e-5), x(g, "i32[3,2]")),
            """
            batch_norm_inference: operands are [i32[3,2]], axis is 0; need x float of rank 2 or more \
            with that axis, then scale, shift, mean and variance float[c] of its extent
              try: axis 1 for [n,c,h,w], the last axis for [n,h,w,c]\
            """),
        mistake(
            g -> g.call(new Normalization.BatchNorm(1, 1e-5), x(g, "f32[3]"), x(g, "f32[3]")),
            """
            batch_norm: operands are [f32[3], f32[3]], axis is 1; need x float of rank 2 or more \
            with that axis, then scale and shift float[c] of its extent
              try: axis 1 for [n,c,h,w], the last axis for [n,h,w,c]\
            """),
        mistake(
            g ->
                g.call(
                    new Normalization.GroupNorm(1, 2, 1e-5),
                    x(g, "f32[2,3]"),
                    x(g, "f32[3]"),
                    x(g, "f32[3]")),
            """
            group_norm: x is f32[2,3], axis is 1, groups is 2; need an axis past 0 and a divisor of it
              try: 1 group, or as many as channels\
            """),
        mistake(
            g ->
                g.call(
                    new Attention(1, false),
                    x(g, "f32[1,3,2,2]"),
                    x(g, "f32[1,2,2,2]"),
                    x(g, "f32[1,2,2,2]")),
            """
            attention: operands are [f32[1,3,2,2], f32[1,2,2,2], f32[1,2,2,2]]; need q \
            float[n,h,tq,d], k[n,g,tk,d], v[n,g,tk,e] with g a divisor of h, and at most a mask, \
            bool or float, that repeats to [n,h,tq,tk]
              try: reshape(n, t, heads, d).permute(0, 2, 1, 3) of projections [n,t,heads*d]\
            """));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void namesProblemRemedyAndLine(String message, Consumer<GraphBuilder> code) {
    GraphBuilder g = new GraphBuilder("errors");
    ShapeException e = assertThrows(ShapeException.class, () -> code.accept(g));

    String text = e.getMessage();
    int at = text.lastIndexOf("\n  at: ");
    assertTrue(at > 0, text);
    assertEquals(message, text.substring(0, at));
    assertEquals(message, e.problem() + "\n  try: " + e.remedy());
    assertTrue(text.startsWith("org.tombolo.graph.BuildErrorsTest:", at + 7), text);
  }

  @Test
  void everyOperationThatCanFailIsAmongThem() {
    // What a function from outside says is its own.
    List<String> never = List.of("input", "variable", "constant", "cast", "custom");
    List<String> seen =
        mistakes().map(m -> ((String) m.get()[0]).split(":")[0]).distinct().toList();
    for (OpCases.OpCase c : OpCases.all()) {
      boolean covered =
          switch (c.op()) {
            case Op.Unary _, Op.Binary _, Op.Compare _, Op.Reduce _, Op.ReduceWindow _, Op.Scan _ ->
                true;
            default -> seen.contains(c.op().mnemonic()) || never.contains(c.op().mnemonic());
          };
      assertTrue(covered, c.op().mnemonic());
    }
  }

  @Test
  void theLineIsThatOfTheCall() {
    GraphBuilder g = new GraphBuilder("line");
    Node x = g.input("x", TensorType.f32(2));
    int line = new Throwable().getStackTrace()[0].getLineNumber() + 1;
    ShapeException e = assertThrows(ShapeException.class, () -> x.matmul(x));
    assertTrue(
        e.getMessage().endsWith("  at: " + getClass().getName() + ":" + line), e.getMessage());
  }

  @Test
  void aNodeKnowsItsLineAndScope() {
    GraphBuilder g = new GraphBuilder("place");
    int line;
    Node inner;
    Node outer;
    try (var _ = g.scope("block")) {
      try (var _ = g.scope("conv")) {
        line = new Throwable().getStackTrace()[0].getLineNumber() + 1;
        inner = g.input("x", TensorType.f32(2)).relu();
      }
      outer = g.iota(TensorType.f32(1), 0);
    }
    assertEquals(getClass().getName() + ":" + line, inner.where());
    assertEquals("block/conv", inner.scope());
    assertEquals("block", outer.scope());
    assertEquals("", g.iota(TensorType.f32(1), 0).scope());
  }

  @Test
  void partsOfOperationsAreCheckedToo() {
    assertMessage(
        """
        window: size 0, stride 1, base dilation 1, window dilation 1; need 1 or more each
          try: 1 for what does not matter\
        """,
        () -> WindowDim.of(0, 1, 0, 0));
    assertMessage(
        """
        conv: axes 0, 0, [1] of the images; need each of 0 to 2 once
          try: ConvDims.channelsLast(rank)\
        """,
        () -> new ConvDims(0, 0, List.of(1), 0, 1, List.of(2), 0, 1, List.of(2)));
    assertMessage(
        """
        conv: 1, 0 and 1 spatial axes for images, kernel and result; need the same number
          try: ConvDims.channelsLast(rank)\
        """,
        () -> new ConvDims(0, 2, List.of(1), 0, 1, List.of(), 0, 2, List.of(1)));
    assertMessage(
        """
        dropout: rate is 1.0; need 0 <= rate < 1
          try: 0.5, or no dropout at all\
        """,
        () -> new Composite.Dropout(1));
    assertMessage(
        """
        layer_norm: epsilon is 0.0; need a number above 0
          try: 1e-5\
        """,
        () -> new Normalization.LayerNorm(1, 0));
  }

  private static void assertMessage(String want, Executable run) {
    assertEquals(want, assertThrows(ShapeException.class, run).getMessage());
  }
}

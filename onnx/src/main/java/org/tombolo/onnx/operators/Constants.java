package org.tombolo.onnx.operators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.TensorDef;

/// Values that come from nothing but numbers, and values of one type as values of another.
final class Constants {
  private static final long LONGEST_RANGE = 1L << 28;

  private Constants() {}

  static void define(Registry to) {
    to.add("Constant", Constants::constant, 1, 9, 11, 12, 13, 19, 21, 23, 24, 25)
        .but("no sparse_value");
    to.add("ConstantOfShape", Constants::ofShape, 9, 20, 21, 23, 24, 25);
    to.add("Range", Constants::range, 11);
    to.add("EyeLike", Constants::eyeLike, 9, 22);
    to.add("Identity", c -> List.of(c.value(0)), 1, 13, 14, 16, 19, 21, 23, 24, 25).whileLowering();
    to.add(
            "Cast",
            c -> cast(c, c.elementType("to", ElementType.FLOAT)),
            1,
            6,
            9,
            13,
            19,
            21,
            23,
            24,
            25)
        .but("no complex numbers, and no types of 8 bits or less but integers and bool");
    to.add(
            "CastLike",
            c -> cast(c, c.value(1) instanceof Value.Texts ? ElementType.STRING : c.type(1)),
            15,
            19,
            21,
            23,
            24,
            25)
        .but("as Cast");
    to.add("BitCast", Constants::bitCast, 26).onHost().but("as Cast");
  }

  private static List<Value> constant(Call c) {
    TensorDef tensor = c.tensor("value");
    if (tensor != null) {
      return List.of(c.constant(tensor));
    }
    long[] wholes = c.says("value_ints") ? c.wholes("value_ints") : null;
    if (wholes != null) {
      return List.copyOf(c.known(wholes, wholes.length));
    }
    if (c.says("value_int")) {
      return List.copyOf(c.known(new long[] {c.integer("value_int", 0)}));
    }
    if (c.says("value_float")) {
      float value = c.real("value_float", 0);
      return List.copyOf(c.known(ElementType.FLOAT, Tensor.scalar(value)));
    }
    float[] reals = c.reals("value_floats");
    if (reals != null) {
      return List.copyOf(c.known(ElementType.FLOAT, Tensor.of(reals, reals.length)));
    }
    if (c.says("value_string")) {
      return List.of(new Value.Texts(Shape.SCALAR, List.of(c.text("value_string", ""))));
    }
    if (c.says("value_strings")) {
      List<String> texts = c.texts("value_strings");
      return List.of(new Value.Texts(Shape.of(texts.size()), texts));
    }
    throw c.mistake(
        "has no value that can be read; need a dense tensor, numbers or text",
        "a model without sparse constants");
  }

  private static List<Value.Dense> ofShape(Call c) {
    Shape shape = Shape.of(c.wholes(0));
    TensorDef value = c.tensor("value");
    if (value == null) {
      return c.one(ElementType.FLOAT, c.graph().full(new TensorType(DType.F32, shape), 0));
    }
    if (!(c.constant(value) instanceof Value.Dense one) || one.size() != 1) {
      throw c.mistake("value has not one number", "a tensor of one number");
    }
    return c.one(value.type(), c.node(one).reshape(Shape.SCALAR).broadcastTo(shape));
  }

  private static List<Value.Dense> range(Call c) {
    ElementType type = c.type(0);
    Tensor start = c.host(0);
    Tensor limit = c.host(1);
    Tensor delta = c.host(2);
    double steps =
        type.isFloat()
            ? Math.ceil((limit.at(0) - start.at(0)) / delta.at(0))
            : Math.ceil(((double) limit.longAt(0) - start.longAt(0)) / delta.longAt(0));
    if (!(steps <= LONGEST_RANGE)) {
      throw c.mistake(
          "gives %.0f numbers; need %d at most".formatted(steps, LONGEST_RANGE),
          "a step that is not 0, and towards the limit");
    }
    TensorType of = TensorType.of(type.carried(), Math.max(0, (long) steps));
    return c.known(
        type,
        type.isFloat()
            ? Tensor.filled(of, i -> start.at(0) + i * delta.at(0))
            : Tensor.wholes(of, i -> start.longAt(0) + i * delta.longAt(0)));
  }

  private static List<Value.Dense> eyeLike(Call c) {
    ElementType type = c.elementType("dtype", c.type(0));
    TensorType of = new TensorType(DType.I64, c.in(0).shape());
    Node rows = c.graph().iota(of, 0).add(Nodes.scalar(c.graph(), c.integer("k", 0)));
    return c.one(type, rows.compare(CompareFn.EQ, c.graph().iota(of, 1)));
  }

  private static List<Value> cast(Call c, ElementType to) {
    if (c.value(0) instanceof Value.Texts texts) {
      return List.of(to == ElementType.STRING ? texts : parsed(c, texts, to));
    }
    ElementType from = c.type(0);
    if (to == ElementType.STRING) {
      Tensor known = c.host(0);
      List<String> out = new ArrayList<>();
      for (long i = 0; i < known.type().size(); i++) {
        out.add(text(from, known, i));
      }
      return List.of(new Value.Texts(known.shape(), out));
    }
    return List.of(convert(c, c.x(0), from, to));
  }

  private static Value.Dense parsed(Call c, Value.Texts texts, ElementType to) {
    TensorType of = new TensorType(to.carried(), texts.shape());
    try {
      return Value.Dense.of(
          to,
          to.isFloat()
              ? Tensor.filled(of, i -> number(texts.elements().get((int) i)))
              : Tensor.wholes(of, i -> Long.parseLong(texts.elements().get((int) i).strip())));
    } catch (NumberFormatException e) {
      throw c.mistake("a string is no number: " + e.getMessage(), "strings such as 1.5e3");
    }
  }

  private static double number(String text) {
    String plain = text.strip();
    String bare = plain.toLowerCase(Locale.ROOT).replaceFirst("^[+-]", "");
    double sign = plain.startsWith("-") ? -1 : 1;
    return switch (bare) {
      case "inf", "infinity" -> sign * Double.POSITIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.parseDouble(plain);
    };
  }

  /// The shortest text that reads back as the number, as Python prints it.
  private static String text(ElementType type, Tensor tensor, long i) {
    if (type == ElementType.BOOL) {
      return tensor.longAt(i) != 0 ? "True" : "False";
    }
    if (type == ElementType.UINT64) {
      return Long.toUnsignedString(tensor.longAt(i));
    }
    if (!type.isFloat()) {
      return Long.toString(tensor.longAt(i));
    }
    double value = tensor.at(i);
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    String digits =
        type == ElementType.DOUBLE ? Double.toString(value) : Float.toString((float) value);
    double size = Math.abs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e16)) {
      String[] parts = digits.split("E", 2);
      int exponent = Integer.parseInt(parts[1]);
      String mantissa =
          parts[0].endsWith(".0") ? parts[0].substring(0, parts[0].length() - 2) : parts[0];
      return "%se%s%02d".formatted(mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
    return digits.contains("E") ? new BigDecimal(digits).toPlainString() : digits;
  }

  /// A node of one element type as another.
  static Value.Dense convert(Call c, Node x, ElementType from, ElementType to) {
    if (from == to) {
      return c.result(to, x);
    }
    if (from == ElementType.UINT64 && to.isFloat()) {
      Node value = x.cast(DType.F64);
      Node wrapped = x.compare(CompareFn.LT, 0).select(value.add(0x1p64), value);
      return c.result(to, wrapped);
    }
    if (to == ElementType.UINT64 && from.isFloat()) {
      Node value = x.cast(DType.F64);
      Node high =
          value
              .sub(0x1p63)
              .cast(DType.I64)
              .binary(BinaryFn.XOR, Nodes.scalar(c.graph(), Long.MIN_VALUE));
      return c.result(to, value.compare(CompareFn.GE, 0x1p63).select(high, value.cast(DType.I64)));
    }
    if (to == ElementType.INT4 || to == ElementType.INT2) {
      // The lowest bits, with the sign that they have.
      int top = to == ElementType.INT4 ? 8 : 2;
      Node low = x.cast(DType.I32).binary(BinaryFn.AND, c.graph().scalar(DType.I32, 2 * top - 1));
      return c.result(to, low.binary(BinaryFn.XOR, c.graph().scalar(DType.I32, top)).sub(top));
    }
    if (to == ElementType.UINT4 || to == ElementType.UINT2) {
      return Elementwise.wrapped(c, to, x.cast(DType.I32));
    }
    if (from.isFloat() && to == ElementType.UINT8) {
      return c.result(to, x.cast(DType.I32).cast(DType.U8));
    }
    return Elementwise.wrapped(c, to, x.cast(to.carried()));
  }

  private static List<Value.Dense> bitCast(Call c) {
    ElementType from = c.type(0);
    ElementType to = c.elementType("to", ElementType.FLOAT);
    if (from.bits() != to.bits()) {
      throw c.mistake(
          "%s has %d bits, %s has %d; need as many".formatted(from, from.bits(), to, to.bits()),
          "another type");
    }
    return c.onHost(
        List.of(c.in(0)),
        List.of(to),
        in ->
            List.of(
                new TensorDef("", to, in.get(0).shape(), bytes(from, in.get(0)), List.of())
                    .tensor()));
  }

  /// The elements as a file would have them.
  private static MemorySegment bytes(ElementType type, Tensor tensor) {
    if (type.isNative()) {
      return tensor.data();
    }
    long size = tensor.type().size();
    if (type.bits() < 8) {
      throw new IllegalStateException(type + " is packed");
    }
    int width = type.bits() / 8;
    MemorySegment out = MemorySegment.ofArray(new byte[Math.toIntExact(size * width)]);
    for (long i = 0; i < size; i++) {
      if (width == 2) {
        out.set(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2, (short) tensor.longAt(i));
      } else {
        out.set(ValueLayout.JAVA_INT_UNALIGNED, i * 4, (int) tensor.longAt(i));
      }
    }
    return out;
  }
}

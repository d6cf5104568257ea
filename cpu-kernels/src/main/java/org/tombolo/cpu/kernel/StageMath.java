package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.tombolo.cpu.math.VectorFunctions;

/// Arithmetic on vectors and masks, as generated code calls it: one method per function and kind,
/// named like the function in lower case. Results have the bits that [FloatLanes], [DoubleLanes],
/// [IntLanes] and [LongLanes] give for each element.
final class StageMath {
  private StageMath() {}

  // FloatVector.

  static FloatVector neg(FloatVector x) {
    return x.neg();
  }

  static FloatVector abs(FloatVector x) {
    return x.abs();
  }

  static FloatVector sign(FloatVector x) {
    return VectorFunctions.sign(x);
  }

  static FloatVector floor(FloatVector x) {
    return VectorFunctions.floor(x);
  }

  static FloatVector exp(FloatVector x) {
    return VectorFunctions.exp(x);
  }

  static FloatVector log(FloatVector x) {
    return VectorFunctions.log(x);
  }

  static FloatVector tanh(FloatVector x) {
    return VectorFunctions.tanh(x);
  }

  static FloatVector erf(FloatVector x) {
    return VectorFunctions.erf(x);
  }

  static FloatVector sqrt(FloatVector x) {
    return x.sqrt();
  }

  static FloatVector add(FloatVector a, FloatVector b) {
    return a.add(b);
  }

  static FloatVector sub(FloatVector a, FloatVector b) {
    return a.sub(b);
  }

  static FloatVector mul(FloatVector a, FloatVector b) {
    return a.mul(b);
  }

  static FloatVector max(FloatVector a, FloatVector b) {
    return a.max(b);
  }

  static FloatVector min(FloatVector a, FloatVector b) {
    return a.min(b);
  }

  static FloatVector div(FloatVector a, FloatVector b) {
    return a.div(b);
  }

  // DoubleVector.

  static DoubleVector neg(DoubleVector x) {
    return x.neg();
  }

  static DoubleVector abs(DoubleVector x) {
    return x.abs();
  }

  static DoubleVector sign(DoubleVector x) {
    return x.blend(1, x.compare(VectorOperators.GT, 0)).blend(-1, x.compare(VectorOperators.LT, 0));
  }

  static DoubleVector sqrt(DoubleVector x) {
    return x.sqrt();
  }

  static DoubleVector add(DoubleVector a, DoubleVector b) {
    return a.add(b);
  }

  static DoubleVector sub(DoubleVector a, DoubleVector b) {
    return a.sub(b);
  }

  static DoubleVector mul(DoubleVector a, DoubleVector b) {
    return a.mul(b);
  }

  static DoubleVector max(DoubleVector a, DoubleVector b) {
    return a.max(b);
  }

  static DoubleVector min(DoubleVector a, DoubleVector b) {
    return a.min(b);
  }

  static DoubleVector div(DoubleVector a, DoubleVector b) {
    return a.div(b);
  }

  // IntVector.

  static IntVector neg(IntVector x) {
    return x.neg();
  }

  static IntVector abs(IntVector x) {
    return x.abs();
  }

  static IntVector sign(IntVector x) {
    return x.lanewise(VectorOperators.ASHR, 31).or(x.neg().lanewise(VectorOperators.LSHR, 31));
  }

  static IntVector not(IntVector x) {
    return x.not();
  }

  static IntVector add(IntVector a, IntVector b) {
    return a.add(b);
  }

  static IntVector sub(IntVector a, IntVector b) {
    return a.sub(b);
  }

  static IntVector mul(IntVector a, IntVector b) {
    return a.mul(b);
  }

  static IntVector max(IntVector a, IntVector b) {
    return a.max(b);
  }

  static IntVector min(IntVector a, IntVector b) {
    return a.min(b);
  }

  static IntVector and(IntVector a, IntVector b) {
    return a.and(b);
  }

  static IntVector or(IntVector a, IntVector b) {
    return a.or(b);
  }

  static IntVector xor(IntVector a, IntVector b) {
    return a.lanewise(VectorOperators.XOR, b);
  }

  static IntVector shl(IntVector a, IntVector b) {
    return a.lanewise(VectorOperators.LSHL, b).blend(0, b.compare(VectorOperators.UGE, 32));
  }

  static IntVector shr(IntVector a, IntVector b) {
    return a.lanewise(VectorOperators.LSHR, b).blend(0, b.compare(VectorOperators.UGE, 32));
  }

  // LongVector.

  static LongVector neg(LongVector x) {
    return x.neg();
  }

  static LongVector abs(LongVector x) {
    return x.abs();
  }

  static LongVector sign(LongVector x) {
    return x.lanewise(VectorOperators.ASHR, 63).or(x.neg().lanewise(VectorOperators.LSHR, 63));
  }

  static LongVector not(LongVector x) {
    return x.not();
  }

  static LongVector add(LongVector a, LongVector b) {
    return a.add(b);
  }

  static LongVector sub(LongVector a, LongVector b) {
    return a.sub(b);
  }

  static LongVector mul(LongVector a, LongVector b) {
    return a.mul(b);
  }

  static LongVector max(LongVector a, LongVector b) {
    return a.max(b);
  }

  static LongVector min(LongVector a, LongVector b) {
    return a.min(b);
  }

  static LongVector and(LongVector a, LongVector b) {
    return a.and(b);
  }

  static LongVector or(LongVector a, LongVector b) {
    return a.or(b);
  }

  static LongVector xor(LongVector a, LongVector b) {
    return a.lanewise(VectorOperators.XOR, b);
  }

  static LongVector shl(LongVector a, LongVector b) {
    return a.lanewise(VectorOperators.LSHL, b).blend(0, b.compare(VectorOperators.UGE, 64));
  }

  static LongVector shr(LongVector a, LongVector b) {
    return a.lanewise(VectorOperators.LSHR, b).blend(0, b.compare(VectorOperators.UGE, 64));
  }

  // Masks: arithmetic modulo 2.

  static VectorMask<Integer> neg(VectorMask<Integer> x) {
    return x;
  }

  static VectorMask<Integer> abs(VectorMask<Integer> x) {
    return x;
  }

  static VectorMask<Integer> sign(VectorMask<Integer> x) {
    return x;
  }

  static VectorMask<Integer> not(VectorMask<Integer> x) {
    return x.not();
  }

  static VectorMask<Integer> add(VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.xor(b);
  }

  static VectorMask<Integer> sub(VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.xor(b);
  }

  static VectorMask<Integer> mul(VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.and(b);
  }

  static VectorMask<Integer> max(VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.or(b);
  }

  static VectorMask<Integer> min(VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.and(b);
  }

  static VectorMask<Integer> and(VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.and(b);
  }

  static VectorMask<Integer> or(VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.or(b);
  }

  static VectorMask<Integer> xor(VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.xor(b);
  }

  // Comparisons.

  static VectorMask<Integer> eq(VectorSpecies<Integer> s, FloatVector a, FloatVector b) {
    return a.compare(VectorOperators.EQ, b).cast(s);
  }

  static VectorMask<Integer> ne(VectorSpecies<Integer> s, FloatVector a, FloatVector b) {
    return a.compare(VectorOperators.NE, b).cast(s);
  }

  static VectorMask<Integer> lt(VectorSpecies<Integer> s, FloatVector a, FloatVector b) {
    return a.compare(VectorOperators.LT, b).cast(s);
  }

  static VectorMask<Integer> le(VectorSpecies<Integer> s, FloatVector a, FloatVector b) {
    return a.compare(VectorOperators.LE, b).cast(s);
  }

  static VectorMask<Integer> gt(VectorSpecies<Integer> s, FloatVector a, FloatVector b) {
    return a.compare(VectorOperators.GT, b).cast(s);
  }

  static VectorMask<Integer> ge(VectorSpecies<Integer> s, FloatVector a, FloatVector b) {
    return a.compare(VectorOperators.GE, b).cast(s);
  }

  static VectorMask<Integer> eq(VectorSpecies<Integer> s, DoubleVector a, DoubleVector b) {
    return a.compare(VectorOperators.EQ, b).cast(s);
  }

  static VectorMask<Integer> ne(VectorSpecies<Integer> s, DoubleVector a, DoubleVector b) {
    return a.compare(VectorOperators.NE, b).cast(s);
  }

  static VectorMask<Integer> lt(VectorSpecies<Integer> s, DoubleVector a, DoubleVector b) {
    return a.compare(VectorOperators.LT, b).cast(s);
  }

  static VectorMask<Integer> le(VectorSpecies<Integer> s, DoubleVector a, DoubleVector b) {
    return a.compare(VectorOperators.LE, b).cast(s);
  }

  static VectorMask<Integer> gt(VectorSpecies<Integer> s, DoubleVector a, DoubleVector b) {
    return a.compare(VectorOperators.GT, b).cast(s);
  }

  static VectorMask<Integer> ge(VectorSpecies<Integer> s, DoubleVector a, DoubleVector b) {
    return a.compare(VectorOperators.GE, b).cast(s);
  }

  static VectorMask<Integer> eq(VectorSpecies<Integer> s, IntVector a, IntVector b) {
    return a.compare(VectorOperators.EQ, b);
  }

  static VectorMask<Integer> ne(VectorSpecies<Integer> s, IntVector a, IntVector b) {
    return a.compare(VectorOperators.NE, b);
  }

  static VectorMask<Integer> lt(VectorSpecies<Integer> s, IntVector a, IntVector b) {
    return a.compare(VectorOperators.LT, b);
  }

  static VectorMask<Integer> le(VectorSpecies<Integer> s, IntVector a, IntVector b) {
    return a.compare(VectorOperators.LE, b);
  }

  static VectorMask<Integer> gt(VectorSpecies<Integer> s, IntVector a, IntVector b) {
    return a.compare(VectorOperators.GT, b);
  }

  static VectorMask<Integer> ge(VectorSpecies<Integer> s, IntVector a, IntVector b) {
    return a.compare(VectorOperators.GE, b);
  }

  static VectorMask<Integer> eq(VectorSpecies<Integer> s, LongVector a, LongVector b) {
    return a.compare(VectorOperators.EQ, b).cast(s);
  }

  static VectorMask<Integer> ne(VectorSpecies<Integer> s, LongVector a, LongVector b) {
    return a.compare(VectorOperators.NE, b).cast(s);
  }

  static VectorMask<Integer> lt(VectorSpecies<Integer> s, LongVector a, LongVector b) {
    return a.compare(VectorOperators.LT, b).cast(s);
  }

  static VectorMask<Integer> le(VectorSpecies<Integer> s, LongVector a, LongVector b) {
    return a.compare(VectorOperators.LE, b).cast(s);
  }

  static VectorMask<Integer> gt(VectorSpecies<Integer> s, LongVector a, LongVector b) {
    return a.compare(VectorOperators.GT, b).cast(s);
  }

  static VectorMask<Integer> ge(VectorSpecies<Integer> s, LongVector a, LongVector b) {
    return a.compare(VectorOperators.GE, b).cast(s);
  }

  static VectorMask<Integer> eq(
      VectorSpecies<Integer> s, VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.xor(b).not();
  }

  static VectorMask<Integer> ne(
      VectorSpecies<Integer> s, VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.xor(b);
  }

  static VectorMask<Integer> lt(
      VectorSpecies<Integer> s, VectorMask<Integer> a, VectorMask<Integer> b) {
    return b.andNot(a);
  }

  static VectorMask<Integer> le(
      VectorSpecies<Integer> s, VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.andNot(b).not();
  }

  static VectorMask<Integer> gt(
      VectorSpecies<Integer> s, VectorMask<Integer> a, VectorMask<Integer> b) {
    return a.andNot(b);
  }

  static VectorMask<Integer> ge(
      VectorSpecies<Integer> s, VectorMask<Integer> a, VectorMask<Integer> b) {
    return b.andNot(a).not();
  }

  // Choices.

  static FloatVector select(
      VectorSpecies<Float> s, VectorMask<Integer> which, FloatVector a, FloatVector b) {
    return b.blend(a, which.cast(s));
  }

  static DoubleVector select(
      VectorSpecies<Double> s, VectorMask<Integer> which, DoubleVector a, DoubleVector b) {
    return b.blend(a, which.cast(s));
  }

  static IntVector select(
      VectorSpecies<Integer> s, VectorMask<Integer> which, IntVector a, IntVector b) {
    return b.blend(a, which);
  }

  static LongVector select(
      VectorSpecies<Long> s, VectorMask<Integer> which, LongVector a, LongVector b) {
    return b.blend(a, which.cast(s));
  }

  static VectorMask<Integer> select(
      VectorSpecies<Integer> s,
      VectorMask<Integer> which,
      VectorMask<Integer> a,
      VectorMask<Integer> b) {
    return which.and(a).or(b.andNot(which));
  }

  // Conversions.

  static FloatVector toFloatVector(VectorSpecies<Float> s, FloatVector x) {
    return x;
  }

  static FloatVector toFloatVector(VectorSpecies<Float> s, DoubleVector x) {
    return (FloatVector) x.convertShape(VectorOperators.D2F, s, 0);
  }

  static FloatVector toFloatVector(VectorSpecies<Float> s, IntVector x) {
    return (FloatVector) x.convertShape(VectorOperators.I2F, s, 0);
  }

  static FloatVector toFloatVector(VectorSpecies<Float> s, LongVector x) {
    return (FloatVector) x.convertShape(VectorOperators.L2F, s, 0);
  }

  static FloatVector toFloatVector(VectorSpecies<Float> s, VectorMask<Integer> x) {
    return FloatVector.zero(s).blend(1, x.cast(s));
  }

  static DoubleVector toDoubleVector(VectorSpecies<Double> s, FloatVector x) {
    return (DoubleVector) x.convertShape(VectorOperators.F2D, s, 0);
  }

  static DoubleVector toDoubleVector(VectorSpecies<Double> s, DoubleVector x) {
    return x;
  }

  static DoubleVector toDoubleVector(VectorSpecies<Double> s, IntVector x) {
    return (DoubleVector) x.convertShape(VectorOperators.I2D, s, 0);
  }

  static DoubleVector toDoubleVector(VectorSpecies<Double> s, LongVector x) {
    return (DoubleVector) x.convertShape(VectorOperators.L2D, s, 0);
  }

  static DoubleVector toDoubleVector(VectorSpecies<Double> s, VectorMask<Integer> x) {
    return DoubleVector.zero(s).blend(1, x.cast(s));
  }

  static IntVector toIntVector(VectorSpecies<Integer> s, FloatVector x) {
    return (IntVector) x.convertShape(VectorOperators.F2I, s, 0);
  }

  static IntVector toIntVector(VectorSpecies<Integer> s, DoubleVector x) {
    return (IntVector) x.convertShape(VectorOperators.D2I, s, 0);
  }

  static IntVector toIntVector(VectorSpecies<Integer> s, IntVector x) {
    return x;
  }

  static IntVector toIntVector(VectorSpecies<Integer> s, LongVector x) {
    return (IntVector) x.convertShape(VectorOperators.L2I, s, 0);
  }

  static IntVector toIntVector(VectorSpecies<Integer> s, VectorMask<Integer> x) {
    return IntVector.zero(s).blend(1, x);
  }

  static LongVector toLongVector(VectorSpecies<Long> s, FloatVector x) {
    return (LongVector) x.convertShape(VectorOperators.F2L, s, 0);
  }

  static LongVector toLongVector(VectorSpecies<Long> s, DoubleVector x) {
    return (LongVector) x.convertShape(VectorOperators.D2L, s, 0);
  }

  static LongVector toLongVector(VectorSpecies<Long> s, IntVector x) {
    return (LongVector) x.convertShape(VectorOperators.I2L, s, 0);
  }

  static LongVector toLongVector(VectorSpecies<Long> s, LongVector x) {
    return x;
  }

  static LongVector toLongVector(VectorSpecies<Long> s, VectorMask<Integer> x) {
    return LongVector.zero(s).blend(1, x.cast(s));
  }

  static VectorMask<Integer> toVectorMask(VectorSpecies<Integer> s, FloatVector x) {
    return x.compare(VectorOperators.NE, 0).cast(s);
  }

  static VectorMask<Integer> toVectorMask(VectorSpecies<Integer> s, DoubleVector x) {
    return x.compare(VectorOperators.NE, 0).cast(s);
  }

  static VectorMask<Integer> toVectorMask(VectorSpecies<Integer> s, IntVector x) {
    return x.compare(VectorOperators.NE, 0);
  }

  static VectorMask<Integer> toVectorMask(VectorSpecies<Integer> s, LongVector x) {
    return x.compare(VectorOperators.NE, 0).cast(s);
  }

  static VectorMask<Integer> toVectorMask(VectorSpecies<Integer> s, ByteVector x) {
    return x.compare(VectorOperators.NE, 0).cast(s);
  }

  static VectorMask<Integer> toVectorMask(VectorSpecies<Integer> s, VectorMask<Integer> x) {
    return x;
  }

  static ByteVector toByteVector(VectorSpecies<Byte> s, VectorMask<Integer> x) {
    return ByteVector.zero(s).blend(1, x.cast(s));
  }

  // The same number everywhere: a constant, as raw bits, and one element of memory.

  static FloatVector constantFloatVector(VectorSpecies<Float> s, long bits) {
    return FloatVector.broadcast(s, Float.intBitsToFloat((int) bits));
  }

  static DoubleVector constantDoubleVector(VectorSpecies<Double> s, long bits) {
    return DoubleVector.broadcast(s, Double.longBitsToDouble(bits));
  }

  static IntVector constantIntVector(VectorSpecies<Integer> s, long bits) {
    return IntVector.broadcast(s, (int) bits);
  }

  static LongVector constantLongVector(VectorSpecies<Long> s, long bits) {
    return LongVector.broadcast(s, bits);
  }

  static VectorMask<Integer> constantVectorMask(VectorSpecies<Integer> s, long bits) {
    return s.maskAll(bits != 0);
  }

  static FloatVector repeatedFloatVector(VectorSpecies<Float> s, MemorySegment from, long at) {
    return FloatVector.broadcast(s, from.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at));
  }

  static DoubleVector repeatedDoubleVector(VectorSpecies<Double> s, MemorySegment from, long at) {
    return DoubleVector.broadcast(s, from.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at));
  }

  static IntVector repeatedIntVector(VectorSpecies<Integer> s, MemorySegment from, long at) {
    return IntVector.broadcast(s, from.get(ValueLayout.JAVA_INT_UNALIGNED, at));
  }

  static LongVector repeatedLongVector(VectorSpecies<Long> s, MemorySegment from, long at) {
    return LongVector.broadcast(s, from.get(ValueLayout.JAVA_LONG_UNALIGNED, at));
  }

  static VectorMask<Integer> repeatedVectorMask(
      VectorSpecies<Integer> s, MemorySegment from, long at) {
    return s.maskAll(from.get(ValueLayout.JAVA_BYTE, at) != 0);
  }
}

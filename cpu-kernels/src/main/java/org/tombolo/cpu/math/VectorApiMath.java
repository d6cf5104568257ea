package org.tombolo.cpu.math;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.tombolo.graph.UnaryFn;

/// The functions of [VectorFunctions] over arrays; the rest as [PlainMath].
public final class VectorApiMath implements VectorMath {
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;

  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

  private final PlainMath plain = new PlainMath();

  @Override
  public void apply(UnaryFn fn, float[] x, float[] y, int n) {
    switch (fn) {
      case EXP -> exp(x, y, n);
      case LOG -> log(x, y, n);
      case TANH -> tanh(x, y, n);
      case ERF -> erf(x, y, n);
      case SIN, COS, NEG, ABS, SIGN, SQRT, FLOOR, NOT -> plain.apply(fn, x, y, n);
    }
  }

  @Override
  public void apply(UnaryFn fn, double[] x, double[] y, int n) {
    plain.apply(fn, x, y, n);
  }

  @Override
  public void pow(float[] a, float[] b, float[] y, int n) {
    plain.pow(a, b, y, n);
  }

  @Override
  public void pow(double[] a, double[] b, double[] y, int n) {
    plain.pow(a, b, y, n);
  }

  @Override
  public void select(int[] c, float[] a, float[] b, float[] y, int n) {
    for (int i = 0; i < n; i += F.length()) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      VectorMask<Float> yes =
          IntVector.fromArray(I, c, i, inside.cast(I)).compare(VectorOperators.NE, 0).cast(F);
      FloatVector.fromArray(F, b, i, inside)
          .blend(FloatVector.fromArray(F, a, i, inside), yes)
          .intoArray(y, i, inside);
    }
  }

  @Override
  public void keepLarger(float[] largest, int[] marks, float[] x, int mark, int n) {
    for (int i = 0; i < n; i += F.length()) {
      VectorMask<Float> inside = F.indexInRange(i, n);
      FloatVector old = FloatVector.fromArray(F, largest, i, inside);
      FloatVector value = FloatVector.fromArray(F, x, i, inside);
      VectorMask<Float> firstNan =
          value.test(VectorOperators.IS_NAN).andNot(old.test(VectorOperators.IS_NAN));
      VectorMask<Float> larger = value.compare(VectorOperators.GT, old).or(firstNan).and(inside);
      value.intoArray(largest, i, larger);
      IntVector.broadcast(I, mark).intoArray(marks, i, larger.cast(I));
    }
  }

  @Override
  public String name() {
    return "Vector API, " + F.vectorBitSize() + " bits";
  }

  private static void exp(float[] x, float[] y, int n) {
    int i = 0;
    for (; i <= n - F.length(); i += F.length()) {
      VectorFunctions.exp(FloatVector.fromArray(F, x, i)).intoArray(y, i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      VectorFunctions.exp(FloatVector.fromArray(F, x, i, rest)).intoArray(y, i, rest);
    }
  }

  private static void log(float[] x, float[] y, int n) {
    int i = 0;
    for (; i <= n - F.length(); i += F.length()) {
      VectorFunctions.log(FloatVector.fromArray(F, x, i)).intoArray(y, i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      VectorFunctions.log(FloatVector.fromArray(F, x, i, rest)).intoArray(y, i, rest);
    }
  }

  private static void tanh(float[] x, float[] y, int n) {
    int i = 0;
    for (; i <= n - F.length(); i += F.length()) {
      VectorFunctions.tanh(FloatVector.fromArray(F, x, i)).intoArray(y, i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      VectorFunctions.tanh(FloatVector.fromArray(F, x, i, rest)).intoArray(y, i, rest);
    }
  }

  private static void erf(float[] x, float[] y, int n) {
    int i = 0;
    for (; i <= n - F.length(); i += F.length()) {
      VectorFunctions.erf(FloatVector.fromArray(F, x, i)).intoArray(y, i);
    }
    if (i < n) {
      VectorMask<Float> rest = F.indexInRange(i, n);
      VectorFunctions.erf(FloatVector.fromArray(F, x, i, rest)).intoArray(y, i, rest);
    }
  }
}

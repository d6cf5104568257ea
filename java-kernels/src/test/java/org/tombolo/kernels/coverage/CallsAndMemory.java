package org.tombolo.kernels.coverage;

import java.util.List;
import org.tombolo.kernels.Ints;
import org.tombolo.kernels.Item;

/// Methods, fields and accessors.
@SuppressWarnings({"all", "fallthrough", "lossy-conversions"}) // it is about what others avoid
final class CallsAndMemory extends Constructs {
  @Override
  List<Construct> constructs() {
    return List.of(
        new Construct("callOnce", "a call"),
        new Construct("callTwice", "a call of a call"),
        new Construct("callStatic", "a static method"),
        new Construct("callPrivate", "a private method"),
        new Construct("callBase", "a method of the class above"),
        new Construct("callSuper", "super"),
        new Construct("callOverload", "methods of one name"),
        new Construct("callBoolean", "boolean arguments and results"),
        new Construct("callNarrow", "byte, short and char arguments"),
        new Construct("callWide", "long and float arguments"),
        new Construct("callVoid", "a method without a result"),
        new Construct("callVoidReturn", "a method that returns early"),
        new Construct("callInCondition", "calls in a condition"),
        new Construct("callOrder", "calls whose order shows"),
        new Construct("scalarField", "a field that is a number"),
        new Construct("booleanField", "a field that is a boolean"),
        new Construct("constantField", "a static final constant"),
        new Construct("shadowedField", "a variable with the name of a field"),
        new Construct("wordsOfC", "names that are words of OpenCL C"),
        new Construct("lengthOfAccessor", "the length of an accessor"),
        new Construct("readNeighbours", "elements at other indices"),
        new Construct("readWritten", "an element that was written before"),
        new Construct("privateArray", "an array of the work-item's own"),
        new Construct("aliasOfAccessor", "a variable for an accessor"),
        new Construct("forEachIndex", "a sum over an accessor"));
  }

  @Override
  protected void run(Item item) {
    int i = item.globalId(1);
    int v = in.get(i);
    int result =
        switch (item.globalId(0)) {
          case 0 -> callOnce(v, i);
          case 1 -> callTwice(v, i);
          case 2 -> callStatic(v, i);
          case 3 -> callPrivate(v, i);
          case 4 -> callBase(v, i);
          case 5 -> callSuper(v, i);
          case 6 -> callOverload(v, i);
          case 7 -> callBoolean(v, i);
          case 8 -> callNarrow(v, i);
          case 9 -> callWide(v, i);
          case 10 -> callVoid(v, i);
          case 11 -> callVoidReturn(v, i);
          case 12 -> callInCondition(v, i);
          case 13 -> callOrder(v, i);
          case 14 -> scalarField(v, i);
          case 15 -> booleanField(v, i);
          case 16 -> constantField(v, i);
          case 17 -> shadowedField(v, i);
          case 18 -> wordsOfC(v, i);
          case 19 -> lengthOfAccessor(v, i);
          case 20 -> readNeighbours(v, i);
          case 21 -> readWritten(v, i);
          case 22 -> privateArray(v, i);
          case 23 -> aliasOfAccessor(v, i);
          case 24 -> forEachIndex(v, i);
          default -> 0;
        };
    out.set(item.globalId(), result);
  }

  private int callOnce(int v, int i) {
    return minus(v, 3);
  }

  private int callTwice(int v, int i) {
    return minus(minus(v, 1), 2);
  }

  private int callStatic(int v, int i) {
    return twice(v);
  }

  private int callPrivate(int v, int i) {
    return hidden(v);
  }

  private int callBase(int v, int i) {
    return fromAbove(v);
  }

  private int callSuper(int v, int i) {
    return overridden(v);
  }

  private int callOverload(int v, int i) {
    return same(v) + (int) same(v * 0.5f) + same(v, 2);
  }

  private int callBoolean(int v, int i) {
    return (positive(v) ? 1 : 2) + choose(v > 2 && v < 7) + choose(!positive(v - 3));
  }

  private int callNarrow(int v, int i) {
    return narrow((byte) (v * 37), (short) (v * 4099), (char) (v + 70));
  }

  private int callWide(int v, int i) {
    return (int) wide(v * 3000000019L, v * 0.25f);
  }

  private int callVoid(int v, int i) {
    note(v);
    return scratch.get(0);
  }

  private int callVoidReturn(int v, int i) {
    note(v);
    noteIfPositive(v);
    return scratch.get(0);
  }

  private int callInCondition(int v, int i) {
    return positive(v) && !positive(v - 5) || minus(v, 3) == 4 ? 1 : 0;
  }

  private int callOrder(int v, int i) {
    note(v);
    return count(1) * 100 + count(2) * 10 + count(3);
  }

  private int scalarField(int v, int i) {
    return v * factor;
  }

  private int booleanField(int v, int i) {
    return flag ? v : -v;
  }

  private int constantField(int v, int i) {
    return v * CONSTANT;
  }

  private int shadowedField(int v, int i) {
    int factor = v;
    return factor + this.factor;
  }

  private int wordsOfC(int v, int i) {
    int kernel = v;
    int global = 3;
    int uint = kernel + global;
    int restrict = uint * 2;
    int local = 1;
    int half = restrict - local;
    return half;
  }

  private int lengthOfAccessor(int v, int i) {
    return in.length() * 1000 + v;
  }

  private int readNeighbours(int v, int i) {
    return in.get((i + 1) % 64) - in.get((i + 63) % 64);
  }

  private int readWritten(int v, int i) {
    scratch.set(1, v);
    scratch.set(1, scratch.get(1) * 3 + 1);
    int a = scratch.get(1);
    scratch.set(1, 0);
    return a;
  }

  private int privateArray(int v, int i) {
    for (int k = 0; k < 4; k++) {
      scratch.set(k, v * k);
    }
    int s = 0;
    for (int k = 0; k < 4; k++) {
      s += scratch.get(k) * scratch.get(3 - k);
    }
    return s;
  }

  private int aliasOfAccessor(int v, int i) {
    var x = in;
    return x.get(i) + v;
  }

  private int forEachIndex(int v, int i) {
    int s = 0;
    for (int k = 0; k < in.length(); k++) {
      s += in.get(k);
    }
    return s + v;
  }

  private static final int CONSTANT = 5;

  private final int factor = 3;
  private final boolean flag = true;
  private final Ints.Private scratch = new Ints.Private(4);

  private static int minus(int a, int b) {
    return a - b;
  }

  static int twice(int v) {
    return 2 * v;
  }

  private int hidden(int v) {
    return v * factor + 1;
  }

  @Override
  int overridden(int v) {
    return super.overridden(v) + 1;
  }

  private int same(int v) {
    return v * 2;
  }

  private float same(float v) {
    return v * 3;
  }

  private int same(int v, int w) {
    return v - w;
  }

  private static boolean positive(int v) {
    return v > 0;
  }

  private static int choose(boolean b) {
    return b ? 30 : 40;
  }

  private static int narrow(byte b, short s, char c) {
    return b + s * 3 + c * 5;
  }

  private static long wide(long l, float f) {
    return l / 7 + (long) f;
  }

  private void note(int v) {
    scratch.set(0, v);
  }

  private void noteIfPositive(int v) {
    if (v < 0) {
      return;
    }
    scratch.set(0, v * 2);
  }

  private int count(int v) {
    scratch.set(0, scratch.get(0) * 2 + v);
    return scratch.get(0);
  }
}

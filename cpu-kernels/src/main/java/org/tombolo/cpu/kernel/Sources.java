package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.tombolo.graph.DType;
import org.tombolo.graph.Philox;
import org.tombolo.graph.Tensor;

/// Steps that bring values in: from memory, from positions, from random bits, from nowhere.
final class Sources {
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;

  private Sources() {}

  /// Elements of an input.
  static Step load(DType dtype, int input, Walk walk, int y) {
    Walk.Sink sink =
        switch (Lane.of(dtype)) {
          case FLOAT ->
              (on, position, step, at, n) ->
                  Elements.load(dtype, on.inputs[input], position, step, on.floats[y], at, n);
          case DOUBLE ->
              (on, position, step, at, n) ->
                  Elements.load(dtype, on.inputs[input], position, step, on.doubles[y], at, n);
          case INT ->
              (on, position, step, at, n) ->
                  Elements.load(dtype, on.inputs[input], position, step, on.ints[y], at, n);
          case LONG ->
              (on, position, step, at, n) ->
                  Elements.load(dtype, on.inputs[input], position, step, on.longs[y], at, n);
        };
    return on -> walk.go(on, sink);
  }

  /// Positions as numbers.
  static Step index(DType dtype, Walk walk, int y) {
    Walk.Sink sink =
        switch (Lane.of(dtype)) {
          case FLOAT ->
              (on, position, step, at, n) -> {
                for (int i = 0; i < n; i++) {
                  on.floats[y][at + i] = Halves.round(dtype, position + i * step);
                }
              };
          case DOUBLE ->
              (on, position, step, at, n) -> {
                for (int i = 0; i < n; i++) {
                  on.doubles[y][at + i] = position + i * step;
                }
              };
          case INT ->
              (on, position, step, at, n) -> {
                for (int i = 0; i < n; i++) {
                  on.ints[y][at + i] = (int) (position + i * step);
                }
              };
          case LONG ->
              (on, position, step, at, n) -> {
                for (int i = 0; i < n; i++) {
                  on.longs[y][at + i] = position + i * step;
                }
              };
        };
    if (Lane.of(dtype) != Lane.INT) {
      return on -> walk.go(on, sink);
    }
    return on -> {
      walk.go(on, sink);
      IntLanes.wrap(dtype, on.ints[y], on.count);
    };
  }

  /// Random bits by position.
  static Step random(int key, Walk walk, int y) {
    Walk.Sink sink =
        (on, position, step, at, n) -> {
          MemorySegment words = on.inputs[key];
          randomBits(words.get(I64, 0), words.get(I64, 8), position, step, on.ints[y], at, n);
        };
    return on -> walk.go(on, sink);
  }

  private static void randomBits(
      long seed, long stream, long position, long step, int[] to, int at, int n) {
    int i = 0;
    while (i < n) {
      long word = position + i * step;
      if (step == 1 && word % 4 == 0 && i + 4 <= n) {
        int[] four =
            Philox.block(
                new int[] {
                  (int) (word >> 2), (int) (word >> 34), (int) stream, (int) (stream >>> 32)
                },
                new int[] {(int) seed, (int) (seed >>> 32)});
        System.arraycopy(four, 0, to, at + i, 4);
        i += 4;
      } else {
        to[at + i] = Philox.word(seed, stream, word);
        i++;
      }
    }
  }

  /// The same number everywhere.
  static Step literal(Tensor value, int y) {
    DType dtype = value.type().dtype();
    return switch (Lane.of(dtype)) {
      case FLOAT -> {
        float number = (float) value.at(0);
        yield on -> Arrays.fill(on.floats[y], 0, on.count, number);
      }
      case DOUBLE -> {
        double number = value.at(0);
        yield on -> Arrays.fill(on.doubles[y], 0, on.count, number);
      }
      case INT -> {
        int number = (int) value.longAt(0);
        yield on -> Arrays.fill(on.ints[y], 0, on.count, number);
      }
      case LONG -> {
        long number = value.longAt(0);
        yield on -> Arrays.fill(on.longs[y], 0, on.count, number);
      }
    };
  }
}

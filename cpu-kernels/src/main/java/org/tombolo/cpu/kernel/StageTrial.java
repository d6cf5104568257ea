package org.tombolo.cpu.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.tombolo.cpu.math.VectorMaths;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Runs the code of a form beside the interpreter, on the same made-up numbers: all of memory and
/// all working arrays are inputs or outputs of a loop.
final class StageTrial {
  /// Points, the last of which fill no vector.
  private static final int POINTS = 1021;

  /// Milliseconds for the compiler between rounds.
  private static final long PAUSE = 2;

  /// Share of the interpreter's time that the code may take at most.
  private static final double ENOUGH = 0.9;

  private static final int RUNS_AT_A_TIME = 20;
  private static final int SHORT_RUNS = 200;

  /// Calm rounds after which the code is as fast as it gets.
  private static final int ROUNDS = 10;

  /// Nanoseconds for a point that code comes near to only once it is compiled, and times of the
  /// interpreter that it comes near to only once all of it is.
  private static final long COMPILED = 10;

  private static final double NEAR = 1.5;

  /// Rounds without a gain after which compiled code is given up: other code waits for its trial.
  private static final int STANDSTILL = 200;

  private final long patience;
  private final StageForm form;
  private final Stage stage;
  private final LoopKernel loop;
  private final LoopProgram program;

  /// What came of it.
  ///
  /// @param passed whether results were equal and the code was faster
  /// @param equal whether results were equal
  /// @param ended whether the code was as fast as it gets, else patience was at an end
  /// @param interpreted nanoseconds for some thousand points
  /// @param generated the same for the code
  record Verdict(boolean passed, boolean equal, boolean ended, long interpreted, long generated) {
    @Override
    public String toString() {
      return equal
          ? String.format(Locale.ROOT, "%d ns interpreted, %d ns generated", interpreted, generated)
          : "generated code gives other results";
    }
  }

  /// @param patience how long to wait for the code to be fast, in nanoseconds
  StageTrial(StageForm form, Stage stage, long patience) {
    this.patience = patience;
    this.form = form;
    this.stage = stage;
    this.loop = loop();
    LoopSpace space = new LoopSpace(loop, new int[] {0}, new long[] {POINTS}, VectorMaths.best());
    this.program = Interpretation.of(space, Registers.CHUNK);
  }

  private LoopKernel loop() {
    Shape space = Shape.of(POINTS);
    List<TensorType> inputs = new ArrayList<>();
    List<LoopKernel.Value> body = new ArrayList<>();
    List<DType> dtypes = new ArrayList<>();
    for (StageForm.Item item : form.items()) {
      DType dtype = item.kind().dtype;
      dtypes.add(dtype);
      body.add(
          switch (item) {
            case StageForm.Memory _, StageForm.Array _ -> {
              inputs.add(TensorType.of(dtype, POINTS));
              yield new LoopKernel.Load(inputs.size() - 1, StridedView.dense(space));
            }
            case StageForm.Repeated _ -> {
              inputs.add(TensorType.of(dtype, POINTS));
              yield new LoopKernel.Load(inputs.size() - 1, StridedView.of(space, 0, 0));
            }
            case StageForm.Constant(Kind _, int number) ->
                new LoopKernel.Literal(Tensor.full(TensorType.of(dtype), number + 1));
            case StageForm.Apply(Kind _, LoopKernel.Value value) -> value;
          });
    }
    List<Integer> stores = form.results().stream().map(StageForm.Result::item).toList();
    List<TensorType> outputs =
        stores.stream().map(item -> TensorType.of(dtypes.get(item), POINTS)).toList();
    return new LoopKernel(inputs, outputs, space, body, dtypes, stores, null);
  }

  Verdict run() throws InterruptedException {
    try (Arena arena = Arena.ofShared()) {
      SplittableRandom random = new SplittableRandom(1);
      MemorySegment[] inputs =
          loop.inputs().stream()
              .map(type -> made(arena, type, random))
              .toArray(MemorySegment[]::new);
      MemorySegment[] want = outputs(arena);
      MemorySegment[] got = outputs(arena);
      StageOperands operands = operands(inputs, got);
      long interpreted = Long.MAX_VALUE;
      long generated = Long.MAX_VALUE;
      int calm = 0;
      int still = 0;
      long begun = System.nanoTime();
      boolean equal = true;
      while (equal && calm < ROUNDS && still < STANDSTILL && System.nanoTime() - begun < patience) {
        long before = Math.min(generated, interpreted);
        interpreted = Math.min(interpreted, timed(() -> interpret(inputs, want)));
        generated = Math.min(generated, timed(() -> generate(operands)));
        calm = generated < interpreted * ENOUGH ? calm + 1 : 0;
        boolean stands = Math.min(generated, interpreted) > before * ENOUGH;
        boolean compiled = generated < COMPILED * POINTS && generated < interpreted * NEAR;
        still = stands && compiled ? still + 1 : 0;
        equal = calm > 1 || isEqual(want, got, operands);
        if (calm == 0) {
          warmShort(operands);
          Thread.sleep(PAUSE);
        }
      }
      equal &= isEqual(want, got, operands);
      boolean ended = calm == ROUNDS || still == STANDSTILL;
      return new Verdict(
          equal && generated < interpreted * ENOUGH, equal, ended, interpreted, generated);
    }
  }

  private static long timed(Runnable work) {
    long begun = System.nanoTime();
    for (int i = 0; i < RUNS_AT_A_TIME; i++) {
      work.run();
    }
    return (System.nanoTime() - begun) / RUNS_AT_A_TIME;
  }

  private void interpret(MemorySegment[] inputs, MemorySegment[] outputs) {
    Registers on = program.registers(inputs, outputs, POINTS);
    try {
      program.run(on, 0, POINTS);
      program.store(on, 0);
    } finally {
      on.release();
    }
  }

  private void generate(StageOperands operands) {
    stage.run(operands, 0, POINTS);
  }

  /// Runs what is left over from whole vectors, and whole vectors that leave nothing over, as often
  /// as the compiler wants to see it: it leaves out ways that it never saw taken, and compiles anew
  /// for who takes one later.
  private void warmShort(StageOperands operands) {
    for (int i = 0; i < SHORT_RUNS; i++) {
      stage.run(operands, 0, 1 + i % 3);
      stage.run(operands, 0, form.lanes());
    }
  }

  private MemorySegment[] outputs(Arena arena) {
    return loop.outputs().stream()
        .map(type -> arena.allocate(type.bytes(), Long.BYTES))
        .toArray(MemorySegment[]::new);
  }

  private StageOperands operands(MemorySegment[] inputs, MemorySegment[] outputs) {
    StageOperands operands = new StageOperands();
    operands.grow(form.memories(), form.arrays());
    operands.constants = new long[form.items().size()];
    int input = 0;
    for (StageForm.Item item : form.items()) {
      switch (item) {
        case StageForm.Memory(Kind _, int number) -> operands.memory[number] = inputs[input++];
        case StageForm.Repeated(Kind _, int number) -> operands.memory[number] = inputs[input++];
        case StageForm.Array(Kind kind, int number) ->
            operands.arrays[number] = array(kind, inputs[input++]);
        case StageForm.Constant(Kind kind, int number) ->
            operands.constants[number] =
                switch (kind) {
                  case FLOAT -> Float.floatToRawIntBits(number + 1);
                  case DOUBLE -> Double.doubleToRawLongBits(number + 1);
                  case INT, LONG -> number + 1;
                  case MASK -> 1;
                };
        case StageForm.Apply _ -> {}
      }
    }
    for (int i = 0; i < form.results().size(); i++) {
      StageForm.Result result = form.results().get(i);
      if (result.toMemory()) {
        operands.memory[result.number()] = outputs[i];
      } else {
        operands.arrays[result.number()] = array(form.kind(result.item()), outputs[i]);
      }
    }
    return operands;
  }

  private static Object array(Kind kind, MemorySegment from) {
    return switch (kind) {
      case FLOAT -> {
        float[] array = new float[Registers.CHUNK];
        Elements.load(kind.dtype, from, 0, 1, array, 0, POINTS);
        yield array;
      }
      case DOUBLE -> {
        double[] array = new double[Registers.CHUNK];
        Elements.load(kind.dtype, from, 0, 1, array, 0, POINTS);
        yield array;
      }
      case INT, MASK -> {
        int[] array = new int[Registers.CHUNK];
        Elements.load(kind.dtype, from, 0, 1, array, 0, POINTS);
        yield array;
      }
      case LONG -> {
        long[] array = new long[Registers.CHUNK];
        Elements.load(kind.dtype, from, 0, 1, array, 0, POINTS);
        yield array;
      }
    };
  }

  /// Numbers of both signs, some of them special.
  private static MemorySegment made(Arena arena, TensorType type, SplittableRandom random) {
    MemorySegment memory = arena.allocate(type.bytes(), Long.BYTES);
    DType dtype = type.dtype();
    double[] special = {0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    for (int i = 0; i < POINTS; i++) {
      if (dtype.isFloat()) {
        double x = i % 37 == 0 ? special[i / 37 % special.length] : random.nextDouble(-4, 4);
        Elements.put(dtype, memory, i, i % 41 == 0 ? x * 0x1p-140 : x);
      } else {
        Elements.put(dtype, memory, i, i % 3 == 0 ? random.nextInt() : random.nextInt(-40, 40));
      }
    }
    return memory;
  }

  private boolean isEqual(MemorySegment[] want, MemorySegment[] got, StageOperands operands) {
    for (int i = 0; i < want.length; i++) {
      StageForm.Result result = form.results().get(i);
      Kind kind = form.kind(result.item());
      if (!result.toMemory()) {
        store(kind, operands.arrays[result.number()], got[i]);
      }
      Tensor wanted = Tensor.wrap(loop.outputs().get(i), want[i]);
      Tensor made = Tensor.wrap(loop.outputs().get(i), got[i]);
      for (int p = 0; p < POINTS; p++) {
        boolean equal =
            kind.dtype.isFloat()
                ? Double.compare(wanted.at(p), made.at(p)) == 0
                : wanted.longAt(p) == made.longAt(p);
        if (!equal) {
          return false;
        }
      }
    }
    return true;
  }

  private static void store(Kind kind, Object array, MemorySegment to) {
    switch (kind) {
      case FLOAT -> Elements.store(kind.dtype, (float[]) array, to, 0, POINTS);
      case DOUBLE -> Elements.store((double[]) array, to, 0, POINTS);
      case INT, MASK -> Elements.store(kind.dtype, (int[]) array, to, 0, POINTS);
      case LONG -> Elements.store((long[]) array, to, 0, POINTS);
    }
  }
}

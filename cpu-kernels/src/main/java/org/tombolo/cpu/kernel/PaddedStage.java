package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;

/// Code for whole vectors that takes any number of points: those that fill no vector are copied to
/// where there is room for one, and their results back.
///
/// Masks in the generated code would save the copies, but double the code: what the JVM has to
/// compile before any of it is fast, and more than its first compiler can take where there are many
/// operations.
final class PaddedStage implements Stage {
  private final StageForm form;
  private final Stage whole;
  private final int lanes;
  private final int memories;
  private final int arrays;

  /// @param whole takes multiples of the lanes of the form
  PaddedStage(StageForm form, Stage whole) {
    this.form = form;
    this.whole = whole;
    this.lanes = form.lanes();
    this.memories = form.memories();
    this.arrays = form.arrays();
  }

  @Override
  public void run(StageOperands on, int at, int n) {
    int most = n & -lanes;
    if (most > 0) {
      whole.run(on, at, most);
    }
    if (most < n) {
      rest(on, at, most, n - most);
    }
  }

  private void rest(StageOperands on, int at, int done, int n) {
    StageOperands.Spare spare = on.spare();
    StageOperands one = spare.operands;
    one.grow(memories, arrays);
    one.constants = on.constants;
    for (int i = 0; i < form.items().size(); i++) {
      switch (form.items().get(i)) {
        case StageForm.Memory(Kind kind, int number) -> {
          MemorySegment room = memory(spare, number);
          long first = on.positions[number] + (long) done * kind.bytes();
          MemorySegment.copy(on.memory[number], first, room, 0, (long) n * kind.bytes());
        }
        case StageForm.Repeated(Kind _, int number) -> {
          one.memory[number] = on.memory[number];
          one.positions[number] = on.positions[number];
        }
        case StageForm.Array(Kind kind, int number) ->
            System.arraycopy(on.arrays[number], at + done, array(spare, kind, number), 0, n);
        case StageForm.Constant _, StageForm.Apply _ -> {}
      }
    }
    for (int i = 0; i < form.results().size(); i++) {
      StageForm.Result result = form.results().get(i);
      if (result.toMemory()) {
        memory(spare, result.number());
      } else {
        array(spare, form.kind(result.item()), result.number());
      }
    }
    whole.run(one, 0, lanes);
    for (int i = 0; i < form.results().size(); i++) {
      StageForm.Result result = form.results().get(i);
      int number = result.number();
      if (result.toMemory()) {
        int bytes = form.kind(result.item()).bytes();
        long first = on.positions[number] + (long) done * bytes;
        MemorySegment.copy(one.memory[number], 0, on.memory[number], first, (long) n * bytes);
      } else {
        System.arraycopy(one.arrays[number], 0, on.arrays[number], at + done, n);
      }
    }
  }

  private static MemorySegment memory(StageOperands.Spare spare, int number) {
    MemorySegment room = spare.memory(number);
    spare.operands.memory[number] = room;
    spare.operands.positions[number] = 0;
    return room;
  }

  private static Object array(StageOperands.Spare spare, Kind kind, int number) {
    Object room = spare.array(kind, number);
    spare.operands.arrays[number] = room;
    return room;
  }
}

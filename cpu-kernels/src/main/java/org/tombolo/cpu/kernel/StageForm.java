package org.tombolo.cpu.kernel;

import java.util.List;
import org.tombolo.device.LoopKernel;

/// What a [Stage] computes, apart from where its operands lie and what its constants are: equal
/// forms share code.
///
/// @param items values, operands before users
/// @param results which of them are kept, and where
record StageForm(List<Item> items, List<Result> results) {
  StageForm {
    items = List.copyOf(items);
    results = List.copyOf(results);
  }

  /// A value of each point.
  sealed interface Item {
    Kind kind();
  }

  /// Consecutive elements of memory.
  ///
  /// @param number among the memory of the stage
  record Memory(Kind kind, int number) implements Item {}

  /// One element of memory for all points of a run.
  ///
  /// @param number among the memory of the stage
  record Repeated(Kind kind, int number) implements Item {}

  /// Elements of a working array.
  ///
  /// @param number among the arrays of the stage
  record Array(Kind kind, int number) implements Item {}

  /// The same number everywhere.
  ///
  /// @param number among the constants of the stage
  record Constant(Kind kind, int number) implements Item {}

  /// A function of earlier items, which are the operands of the value.
  record Apply(Kind kind, LoopKernel.Value value) implements Item {}

  /// Where an item goes.
  ///
  /// @param toMemory to consecutive elements of memory, else of a working array
  /// @param number among the memory or the arrays of the stage
  record Result(int item, boolean toMemory, int number) {}

  Kind kind(int item) {
    return items.get(item).kind();
  }

  /// Points per vector: as many as fit the widest type.
  int lanes() {
    boolean wide = items.stream().anyMatch(item -> item.kind().isWide());
    return Species.lanes(wide);
  }

  /// How many segments of memory there are.
  int memories() {
    int most = -1;
    for (Item item : items) {
      most =
          switch (item) {
            case Memory(var _, int number) -> Math.max(most, number);
            case Repeated(var _, int number) -> Math.max(most, number);
            case Array _, Constant _, Apply _ -> most;
          };
    }
    for (Result result : results) {
      most = result.toMemory() ? Math.max(most, result.number()) : most;
    }
    return most + 1;
  }

  /// How many working arrays there are.
  int arrays() {
    int most = -1;
    for (Item item : items) {
      most = item instanceof Array array ? Math.max(most, array.number()) : most;
    }
    for (Result result : results) {
      most = result.toMemory() ? most : Math.max(most, result.number());
    }
    return most + 1;
  }
}

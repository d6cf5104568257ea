package org.tombolo.kernels;

import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The variables of a method that are read again after an instruction, with their kinds: a flow
/// backwards from each use to the assignments that reach it, until nothing changes (Aho, Lam,
/// Sethi, Ullman, *Compilers*, 9.2.5). For methods without exception handlers.
final class LiveVariables {
  private final List<Instruction> code = new ArrayList<>();
  private final Map<Label, Integer> labels = new HashMap<>();

  /// For each instruction the slots that are live before it; one more for the end.
  private final List<SortedMap<Integer, TypeKind>> before = new ArrayList<>();

  LiveVariables(CodeModel method) {
    for (CodeElement element : method) {
      switch (element) {
        case LabelTarget at -> labels.put(at.label(), code.size());
        case Instruction instruction -> code.add(instruction);
        default -> {}
      }
    }
    for (int i = 0; i <= code.size(); i++) {
      before.add(new TreeMap<>());
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = code.size() - 1; i >= 0; i--) {
        SortedMap<Integer, TypeKind> live = after(i);
        switch (code.get(i)) {
          case StoreInstruction store -> live.remove(store.slot());
          case LoadInstruction load -> live.put(load.slot(), load.typeKind());
          case IncrementInstruction step -> live.put(step.slot(), TypeKind.INT);
          default -> {}
        }
        changed |= !live.equals(before.set(i, live));
      }
    }
  }

  /// Slots that are read after an instruction, and as what.
  ///
  /// @param index of the instruction, counted without labels and lines
  SortedMap<Integer, TypeKind> after(int index) {
    SortedMap<Integer, TypeKind> live = new TreeMap<>();
    for (int next : next(index)) {
      live.putAll(before.get(next));
    }
    return live;
  }

  private List<Integer> next(int index) {
    return switch (code.get(index)) {
      case ReturnInstruction _, ThrowInstruction _ -> List.of();
      case BranchInstruction branch ->
          branch.opcode() == Opcode.GOTO || branch.opcode() == Opcode.GOTO_W
              ? List.of(at(branch.target()))
              : List.of(at(branch.target()), index + 1);
      case TableSwitchInstruction choice -> at(choice.defaultTarget(), choice.cases());
      case LookupSwitchInstruction choice -> at(choice.defaultTarget(), choice.cases());
      default -> List.of(index + 1);
    };
  }

  private List<Integer> at(Label other, List<SwitchCase> cases) {
    List<Integer> all = new ArrayList<>(List.of(at(other)));
    cases.forEach(each -> all.add(at(each.target())));
    return all;
  }

  private int at(Label label) {
    return labels.getOrDefault(label, code.size());
  }
}

package org.tombolo.kernels.validate;

import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Instructions of a method with their lines, and where its labels stand among them.
final class Code {
  private final List<Instruction> instructions = new ArrayList<>();
  private final List<Integer> lines = new ArrayList<>();
  private final Map<Label, Integer> labels = new HashMap<>();
  private final List<ExceptionCatch> handlers = new ArrayList<>();

  Code(CodeModel code) {
    int line = 0;
    for (CodeElement element : code) {
      switch (element) {
        case LineNumber at -> line = at.line();
        case LabelTarget at -> labels.put(at.label(), instructions.size());
        case ExceptionCatch handler -> handlers.add(handler);
        case Instruction instruction -> {
          instructions.add(instruction);
          lines.add(line);
        }
        default -> {}
      }
    }
  }

  int size() {
    return instructions.size();
  }

  Instruction at(int index) {
    return instructions.get(index);
  }

  /// Line of an instruction, or 0 if the class file has no lines.
  int line(int index) {
    return index < lines.size() ? lines.get(index) : 0;
  }

  /// Index of the instruction at a label.
  int index(Label label) {
    return labels.getOrDefault(label, instructions.size());
  }

  List<ExceptionCatch> handlers() {
    return handlers;
  }

  boolean hasLines() {
    return lines.isEmpty() || lines.getFirst() != 0;
  }
}

package org.tombolo.kernels.validate;

import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds barriers that only some of the work-items of a group reach.
///
/// A value *varies* if it depends on which work-item asks. Variables are followed through the
/// method until nothing changes any more, and so are those that a branch with such a condition
/// decides about; it must not decide whether a barrier is reached. What an accessor holds varies
/// only where its index does, and arguments of a method are taken for the same everywhere. It is a
/// check for mistakes, not a proof.
final class Divergence {
  private final Code code;
  private final Set<Integer> sources;
  private final Set<Integer> barriers;
  private final boolean[] conditions;

  /// Slots of variables that vary where a jump arrives, by index of the instruction there.
  private final Map<Integer, Set<Integer>> arriving = new HashMap<>();

  /// Slots of variables that vary at present. A slot is another variable after another assignment.
  private Set<Integer> slots = new HashSet<>();

  /// @param code of a method
  /// @param sources calls whose results vary
  /// @param barriers calls that wait
  Divergence(Code code, Set<Integer> sources, Set<Integer> barriers) {
    this.code = code;
    this.sources = sources;
    this.barriers = barriers;
    this.conditions = new boolean[code.size()];
  }

  /// A barrier and the branch that keeps some from it.
  record Found(int barrier, int branch) {}

  Optional<Found> problem() {
    int before;
    do {
      before = known();
      follow();
      // The first one found is the nearest to where a value begins to vary.
      for (int at = 0; at < code.size(); at++) {
        if (conditions[at]) {
          Optional<Found> found = kept(at);
          if (found.isPresent()) {
            return found;
          }
        }
      }
    } while (known() > before);
    return Optional.empty();
  }

  private int known() {
    int count = arriving.values().stream().mapToInt(Set::size).sum();
    for (boolean condition : conditions) {
      count += condition ? 1 : 0;
    }
    return count;
  }

  /// Instructions that a branch decides about.
  private record Reach(int from, int to) {
    boolean contains(int at) {
      return from <= at && at < to;
    }
  }

  private Reach reach(int branch) {
    int target = target(branch);
    int from = Math.min(branch, target);
    int to = Math.max(branch, target);
    // The other arm of a condition follows a jump over it.
    if (target > branch
        && code.at(target - 1) instanceof BranchInstruction jump
        && isGoto(jump)
        && code.index(jump.target()) > target) {
      to = code.index(jump.target());
    }
    // Who leaves a loop early misses the rest of its trips.
    for (int i = 0; i < code.size(); i++) {
      if (code.at(i) instanceof BranchInstruction back) {
        int head = code.index(back.target());
        if (head <= branch && branch < i && (target > i || target < head)) {
          from = Math.min(from, head);
          to = Math.max(to, i);
        }
      }
    }
    return new Reach(from, to);
  }

  private Optional<Found> kept(int branch) {
    Reach reach = reach(branch);
    boolean returns = false;
    for (int i = reach.from(); i < reach.to(); i++) {
      returns |= code.at(i) instanceof ReturnInstruction;
    }
    Reach all = returns ? new Reach(reach.from(), code.size()) : reach;
    return barriers.stream()
        .sorted()
        .filter(all::contains)
        .map(barrier -> new Found(barrier, branch))
        .findFirst();
  }

  private int target(int at) {
    return switch (code.at(at)) {
      case BranchInstruction branch -> code.index(branch.target());
      case LookupSwitchInstruction cases -> code.index(cases.defaultTarget());
      case TableSwitchInstruction cases -> code.index(cases.defaultTarget());
      default -> at;
    };
  }

  private static boolean isGoto(BranchInstruction branch) {
    return branch.opcode() == Opcode.GOTO || branch.opcode() == Opcode.GOTO_W;
  }

  /// One pass in the order of the code; what is on the stack at a label is kept from a branch to
  /// it.
  private void follow() {
    List<Reach> choices = new ArrayList<>();
    for (int i = 0; i < code.size(); i++) {
      if (conditions[i]) {
        choices.add(reach(i));
      }
    }
    Map<Integer, List<Boolean>> waiting = new HashMap<>();
    List<Boolean> stack = new ArrayList<>();
    slots = new HashSet<>();
    for (int i = 0; i < code.size(); i++) {
      slots.addAll(arriving.getOrDefault(i, Set.of()));
      List<Boolean> left = waiting.get(i);
      if (left != null) {
        stack = new ArrayList<>(stack.size() == left.size() ? either(stack, left) : left);
      }
      int at = i;
      step(i, code.at(i), choices.stream().anyMatch(reach -> reach.contains(at)), stack);
      if (code.at(i) instanceof BranchInstruction branch) {
        int to = code.index(branch.target());
        waiting.merge(to, List.copyOf(stack), Divergence::either);
        arriveAt(to);
        if (isGoto(branch)) {
          stack = new ArrayList<>();
          slots = new HashSet<>();
        }
      }
    }
  }

  private void arriveAt(int target) {
    arriving.computeIfAbsent(target, _ -> new HashSet<>()).addAll(slots);
  }

  private static List<Boolean> either(List<Boolean> a, List<Boolean> b) {
    if (a.size() != b.size()) {
      return a;
    }
    List<Boolean> both = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      both.add(a.get(i) || b.get(i));
    }
    return both;
  }

  /// @param chosen whether a condition that varies decides that this is reached, so that what it
  ///   leaves varies, too
  private void step(int at, Instruction instruction, boolean chosen, List<Boolean> stack) {
    switch (instruction) {
      case LoadInstruction load -> stack.add(slots.contains(load.slot()));
      case StoreInstruction store -> {
        if (pop(stack, 1) || chosen) {
          slots.add(store.slot());
        } else {
          slots.remove(store.slot());
        }
      }
      case IncrementInstruction increment -> {
        if (chosen) {
          slots.add(increment.slot());
        }
      }
      case ConstantInstruction _ -> stack.add(chosen);
      case ConvertInstruction _ -> stack.add(pop(stack, 1));
      case OperatorInstruction operator -> stack.add(pop(stack, operands(operator.opcode())));
      case ArrayLoadInstruction _ -> stack.add(pop(stack, 2));
      case ArrayStoreInstruction _ -> pop(stack, 3);
      case FieldInstruction field -> stack.add(field.opcode() == Opcode.GETFIELD && pop(stack, 1));
      case InvokeInstruction call -> {
        int receiver = call.opcode() == Opcode.INVOKESTATIC ? 0 : 1;
        boolean varies = pop(stack, call.typeSymbol().parameterCount() + receiver);
        if (!call.typeSymbol().returnType().descriptorString().equals("V")) {
          stack.add(varies || sources.contains(at));
        }
      }
      case StackInstruction shuffle -> shuffle(shuffle.opcode(), stack);
      case BranchInstruction branch -> {
        if (!isGoto(branch)) {
          boolean one = branch.opcode().name().matches("IF(EQ|NE|LT|GE|GT|LE|NULL|NONNULL)");
          conditions[at] |= pop(stack, one ? 1 : 2);
        }
      }
      case LookupSwitchInstruction choice -> {
        conditions[at] |= pop(stack, 1);
        choice.cases().forEach(each -> arriveAt(code.index(each.target())));
        arriveAt(code.index(choice.defaultTarget()));
      }
      case TableSwitchInstruction choice -> {
        conditions[at] |= pop(stack, 1);
        choice.cases().forEach(each -> arriveAt(code.index(each.target())));
        arriveAt(code.index(choice.defaultTarget()));
      }
      case ReturnInstruction _ -> {
        stack.clear();
        slots = new HashSet<>();
      }
      default -> {}
    }
  }

  private static int operands(Opcode opcode) {
    return switch (opcode) {
      case INEG, LNEG, FNEG, DNEG, ARRAYLENGTH -> 1;
      default -> 2;
    };
  }

  /// Doubles and longs count as one value here; that the form of `dup2` depends on them changes
  /// little, for what is copied is what lay there.
  private static void shuffle(Opcode opcode, List<Boolean> stack) {
    int size = stack.size();
    switch (opcode) {
      case POP, POP2 -> pop(stack, 1);
      case SWAP -> {
        if (size >= 2) {
          stack.add(stack.remove(size - 2));
        }
      }
      default -> {
        if (size >= 1) {
          stack.add(stack.get(size - 1));
        }
      }
    }
  }

  private static boolean pop(List<Boolean> stack, int count) {
    boolean any = false;
    for (int i = 0; i < count && !stack.isEmpty(); i++) {
      any |= stack.removeLast();
    }
    return any;
  }
}

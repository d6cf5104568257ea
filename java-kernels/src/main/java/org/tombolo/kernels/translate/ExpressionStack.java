package org.tombolo.kernels.translate;

import java.lang.classfile.Opcode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The stack of the JVM while a method is translated, and the statements so far.
///
/// An expression stays on it, uncomputed, until something that it reads changes; then it is
/// computed into a variable first. So everything is evaluated in Java's order, and most expressions
/// read as they were written. Where jumps meet, the stack lies in variables, one for each place and
/// kind.
final class ExpressionStack {
  /// Longer expressions are cut, for compilers and for people.
  private static final int LONGEST = 160;

  private final StringBuilder text = new StringBuilder();
  private final Map<String, String> variables = new LinkedHashMap<>();
  private final Map<String, List<Operand>> entries = new HashMap<>();
  private @Nullable List<Operand> stack = new ArrayList<>();
  private int temporaries;

  String text() {
    return text.toString();
  }

  /// Variables of its own, with their types.
  Map<String, String> variables() {
    return variables;
  }

  boolean isReachable() {
    return stack != null;
  }

  private List<Operand> stack() {
    return Objects.requireNonNull(stack);
  }

  void statement(String statement) {
    text.append("  ").append(statement).append('\n');
  }

  void push(Operand operand) {
    stack().add(operand.text().length() > LONGEST ? fixed(operand) : operand);
  }

  Operand pop() {
    return stack().removeLast();
  }

  /// The value in a variable of its own, which nothing changes.
  Operand fixed(Operand operand) {
    if (operand.kind() == Kind.REFERENCE) {
      return operand;
    }
    String name = "t" + temporaries++;
    variables.put(name, operand.kind().c);
    statement("%s = %s;".formatted(name, operand.text()));
    return Operand.of(operand.kind(), name);
  }

  /// The value as one word, for those who write it more than once.
  Operand simple(Operand operand) {
    return operand.text().matches("[A-Za-z0-9_.>-]+|\\(\\(double\\)[A-Za-z0-9_.]+\\)")
        ? operand
        : fixed(operand);
  }

  /// Computes all that a change of a variable would change.
  void settle(String variable) {
    stack().replaceAll(operand -> operand.reads().contains(variable) ? fixed(operand) : operand);
  }

  /// Gives a variable a value.
  void assign(String variable, Operand value) {
    settle(variable);
    statement("%s = %s;".formatted(variable, value.text()));
  }

  /// Goes to a label if a condition holds, or at all if it is empty.
  void jump(String condition, String label, MethodTranslation method) {
    String test = condition;
    if (!stack().isEmpty() && !condition.isEmpty()) {
      test = fixed(Operand.of(Kind.INT, "(" + condition + ")")).text();
    }
    spill();
    meet(label, method);
    if (condition.isEmpty()) {
      statement("goto %s;".formatted(label));
      leave();
    } else {
      statement("if (%s) goto %s;".formatted(test, label));
    }
  }

  /// The statements that follow are reached by jumps only.
  void leave() {
    stack = null;
  }

  /// A label.
  void enter(String label, MethodTranslation method) {
    if (stack != null) {
      spill();
      meet(label, method);
    }
    stack = new ArrayList<>(entries.getOrDefault(label, List.of()));
    statement(label + ":;");
  }

  /// Moves the stack to the variables of its places.
  private void spill() {
    for (int depth = 0; depth < stack().size(); depth++) {
      Operand operand = stack().get(depth);
      if (operand.kind() == Kind.REFERENCE) {
        continue;
      }
      String place = "s" + depth + operand.kind().letter;
      if (!operand.text().equals(place)) {
        Operand value = operand;
        stack().set(depth, Operand.of(operand.kind(), place).reading(place));
        for (int other = 0; other < stack().size(); other++) {
          Operand each = stack().get(other);
          if (other != depth && each.reads().contains(place)) {
            stack().set(other, fixed(each));
          }
        }
        variables.put(place, operand.kind().c);
        statement("%s = %s;".formatted(place, value.text()));
      }
    }
  }

  private void meet(String label, MethodTranslation method) {
    List<Operand> known = entries.putIfAbsent(label, List.copyOf(stack()));
    if (known != null && !known.equals(stack())) {
      throw method.unfit("a choice between accessors; need a choice between numbers");
    }
  }

  /// Instructions that move values on the stack.
  void move(Opcode opcode, MethodTranslation method) {
    Operand top = pop();
    boolean wide = top.kind().isWide();
    switch (opcode) {
      case POP -> drop(top);
      case POP2 -> {
        drop(top);
        if (!wide) {
          drop(pop());
        }
      }
      case DUP -> repeat(top, 0);
      case DUP_X1 -> repeat(top, 1);
      case DUP_X2 -> repeat(top, stack().getLast().kind().isWide() ? 1 : 2);
      case DUP2 -> {
        if (wide) {
          repeat(top, 0);
        } else {
          repeatBoth(pop(), top, 0);
        }
      }
      case DUP2_X1 -> {
        if (wide) {
          repeat(top, 1);
        } else {
          repeatBoth(pop(), top, 1);
        }
      }
      case DUP2_X2 -> {
        if (wide) {
          repeat(top, stack().getLast().kind().isWide() ? 1 : 2);
        } else {
          Operand below = pop();
          repeatBoth(below, top, stack().getLast().kind().isWide() ? 1 : 2);
        }
      }
      case SWAP -> {
        Operand below = pop();
        push(top);
        push(below);
      }
      default -> throw method.unfit(opcode.name());
    }
  }

  /// What nobody uses is computed all the same where it looks at memory: checks may object.
  private void drop(Operand value) {
    if (value.reads().contains(Operand.MEMORY)) {
      fixed(value);
    }
  }

  /// Puts a value back, and once more below some others.
  private void repeat(Operand value, int below) {
    Operand once = simple(value);
    stack().add(stack().size() - below, once);
    stack().add(once);
  }

  private void repeatBoth(Operand first, Operand second, int below) {
    Operand a = simple(first);
    Operand b = simple(second);
    stack().addAll(stack().size() - below, List.of(a, b));
    stack().add(a);
    stack().add(b);
  }
}

package org.tombolo.kernels.translate;

import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tombolo.kernels.translate.KernelForm.Memory;

/// Calls of accessors, of the item, of the library, and of the kernel's own methods.
final class Calls {
  /// What references to accessors begin with; then comes their number.
  static final String ACCESSOR = "accessor ";

  private static final String ITEM = "item";

  private static final Map<String, String> ATOMICS =
      Map.of(
          "atomicAdd", "atomic_add",
          "atomicMin", "atomic_min",
          "atomicMax", "atomic_max",
          "atomicExchange", "atomic_xchg",
          "atomicCompareExchange", "atomic_cmpxchg");

  private static final Map<String, String> IDS =
      Map.of(
          "globalId", "global_id",
          "localId", "local_id",
          "groupId", "group_id",
          "globalRange", "global_range",
          "localRange", "local_range",
          "groupRange", "group_range");

  private final Translation.Maker maker;
  private final MethodTranslation method;
  private final ExpressionStack stack;

  Calls(Translation.Maker maker, MethodTranslation method, ExpressionStack stack) {
    this.maker = maker;
    this.method = method;
    this.stack = stack;
  }

  void invoke(InvokeInstruction invoke) {
    String owner = invoke.owner().asInternalName();
    String name = invoke.name().stringValue();
    MethodTypeDesc type = invoke.typeSymbol();
    List<Operand> args = new ArrayList<>();
    for (int i = 0; i < type.parameterCount(); i++) {
      args.addFirst(stack.pop());
    }
    if (invoke.opcode() == Opcode.INVOKESTATIC) {
      if (maker.classNumber(owner) >= 0) {
        own(invoke, maker.classNumber(owner), args);
      } else {
        library(owner, name, type, args);
      }
      return;
    }
    String receiver = stack.pop().text();
    if (receiver.startsWith(ACCESSOR)) {
      access(Integer.parseInt(receiver.substring(ACCESSOR.length())), name, args);
    } else if (receiver.equals(ITEM)) {
      item(name, args);
    } else {
      int number = maker.classNumber(owner);
      own(invoke, invoke.opcode() == Opcode.INVOKESPECIAL ? number : 0, args);
    }
  }

  /// A method of the kernel; what it does to memory is not looked at.
  private void own(InvokeInstruction invoke, int from, List<Operand> args) {
    Translation.@Nullable Target target =
        from < 0
            ? null
            : maker.find(from, invoke.name().stringValue(), invoke.type().stringValue());
    if (target == null) {
      throw unknown(invoke.owner().asInternalName(), invoke.name().stringValue());
    }
    String function = maker.name(target, method.where());
    String call =
        args.stream()
            .filter(arg -> arg.kind() != Kind.REFERENCE)
            .map(arg -> ", " + arg.text())
            .collect(Collectors.joining("", function + "(self", ")"));
    stack.settle(Operand.MEMORY);
    ClassDesc result = invoke.typeSymbol().returnType();
    if (result.descriptorString().equals("V")) {
      stack.statement(call + ";");
    } else {
      Kind kind = Kind.of(TypeKind.fromDescriptor(result.descriptorString()));
      if (kind == Kind.REFERENCE) {
        throw method.unfit("a method that gives an object; need numbers");
      }
      stack.push(stack.fixed(Operand.of(kind, call)));
    }
  }

  private void library(String owner, String name, MethodTypeDesc type, List<Operand> args) {
    if (owner.equals("java/util/Objects") && name.equals("requireNonNull")) {
      stack.push(args.getFirst()); // the kernel itself, before a field that is a constant
      return;
    }
    String form = Functions.call(owner, name, type.descriptorString());
    if (form == null) {
      throw unknown(owner, name);
    }
    boolean single = Functions.hasSingle(owner, name); // then each argument occurs once
    List<Operand> simple = single ? args : args.stream().map(stack::simple).toList();
    Kind kind = Kind.of(TypeKind.fromDescriptor(type.returnType().descriptorString()));
    Operand result =
        Operand.of(
            kind,
            filled(form, simple.stream().map(Operand::text).toList()),
            simple.toArray(Operand[]::new));
    List<@Nullable String> singles = new ArrayList<>();
    args.forEach(arg -> singles.add(arg.single()));
    if (single && !singles.contains(null)) {
      result = result.alsoSingle(filled(form, singles.stream().map(String::valueOf).toList()));
    }
    stack.push(result);
  }

  private String filled(String form, List<String> args) {
    String text = form.replace("$self", "self").replace("$line", String.valueOf(method.line()));
    for (int i = 0; i < args.size(); i++) {
      text = text.replace("$" + (i + 1), args.get(i));
    }
    return text;
  }

  private Untranslatable unknown(String owner, String name) {
    return method.unfit(
        "calls %s.%s; need methods of the kernel, of Math, or of accessors and the item"
            .formatted(owner.substring(owner.lastIndexOf('/') + 1), name));
  }

  private void item(String name, List<Operand> args) {
    if (name.equals("barrier")) {
      if (!maker.form().grouped()) { // each work-item is a group
        return;
      }
      stack.settle(Operand.MEMORY);
      stack.statement("barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);");
      return;
    }
    if (name.equals("rank")) {
      stack.push(Operand.of(Kind.INT, "RANK"));
      return;
    }
    String function = IDS.get(name);
    if (function == null) {
      throw unknown("Item", name);
    }
    String call =
        args.isEmpty()
            ? function.replace("_id", "_index") + "(self)"
            : "%s(self, %s)".formatted(function, args.getFirst().text());
    stack.push(Operand.of(Kind.INT, call, args.toArray(Operand[]::new)));
  }

  private void access(int number, String name, List<Operand> args) {
    KernelForm form = maker.form();
    Memory memory = form.memory().get(number);
    String element = "self->" + form.memoryName(number);
    switch (name) {
      case "length" -> stack.push(Operand.of(Kind.INT, element + "_length"));
      case "get", "getUnsigned" -> {
        Operand index = args.getFirst();
        String read =
            form.checked()
                ? "j_get_%d(self, %s, %d)".formatted(number, index.text(), method.line())
                : "%s[%s]".formatted(element, index.text());
        String value =
            memory.isBool()
                ? "(" + read + " != 0)"
                : name.equals("getUnsigned") ? "(" + read + " & 0xff)" : read;
        stack.push(Operand.of(kind(memory), value, index).reading(Operand.MEMORY));
      }
      case "set" -> {
        stack.settle(Operand.MEMORY);
        String index = args.get(0).text();
        String value = args.get(1).text();
        stack.statement(
            form.checked()
                ? "j_set_%d(self, %s, %s, %d);".formatted(number, index, value, method.line())
                : "%s[%s] = %s;".formatted(element, index, value));
      }
      default -> atomic(number, name, args, element);
    }
  }

  private void atomic(int number, String name, List<Operand> args, String element) {
    String function = ATOMICS.get(name);
    if (function == null) {
      throw unknown("accessor", name);
    }
    stack.settle(Operand.MEMORY);
    Operand index = stack.simple(args.getFirst());
    String rest =
        args.subList(1, args.size()).stream()
            .map(arg -> ", " + arg.text())
            .collect(Collectors.joining());
    String call = "%s(&%s[%s]%s)".formatted(function, element, index.text(), rest);
    String checked =
        maker.form().checked()
            ? "(j_ok_%d(self, %s, %d) ? %s : 0)"
                .formatted(number, index.text(), method.line(), call)
            : call;
    stack.push(stack.fixed(Operand.of(Kind.INT, checked)));
  }

  private static Kind kind(Memory memory) {
    return switch (memory.element()) {
      case "float" -> Kind.FLOAT;
      case "double" -> Kind.DOUBLE;
      case "long" -> Kind.LONG;
      default -> Kind.INT;
    };
  }
}

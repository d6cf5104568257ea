package org.tombolo.kernels.validate;

import java.lang.classfile.ClassModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tombolo.kernels.validate.Validator.Effects;

/// Looks at each instruction of one method.
///
/// What follows from something that was named already is not named again: where a line makes an
/// object, the calls of its methods are left out.
final class MethodCheck {
  private static final ClassDesc THROWABLE = ClassDesc.of("java.lang.Throwable");

  private static final Set<String> BOXES =
      Set.of("Byte", "Short", "Character", "Integer", "Long", "Float", "Double", "Boolean");
  private static final String OBJECT_REMEDY = "its numbers in variables or fields of their own";
  private static final String ARRAY_REMEDY = "an accessor as a field of the kernel";
  private static final String EXCEPTION_REMEDY =
      "a mark written into a result, to be looked at after the run; or debug mode for indices";

  private final Validator validator;
  private final ClassFiles files;
  private final ClassModel owner;
  private final MethodModel method;
  private final String place;
  private final Code code;
  private final Set<Integer> barriers = new HashSet<>();
  private final Set<Integer> varying = new HashSet<>();
  private Effects effects = Effects.NONE;

  MethodCheck(Validator validator, ClassModel owner, MethodModel method, String place, Code code) {
    this.validator = validator;
    this.files = validator.files();
    this.owner = owner;
    this.method = method;
    this.place = place;
    this.code = code;
  }

  Effects run() {
    parameters();
    handlers();
    for (int i = 0; i < code.size(); i++) {
      look(i, code.at(i));
    }
    result();
    if (!barriers.isEmpty()) {
      new Divergence(code, varying, barriers)
          .problem()
          .ifPresent(found ->
              problem(
                  found.barrier(),
                  "waits at a barrier that some work-items of a group do not reach, for line %d is"
                          .formatted(code.line(found.branch()))
                      + " not the same for all",
                  "the barrier outside of the condition or loop, which only decides what is"
                      + " computed"));
    }
    return effects;
  }

  private void parameters() {
    if (method.flags().has(AccessFlag.SYNCHRONIZED)) {
      synchronizes(0);
    }
    for (ClassDesc parameter : method.methodTypeSymbol().parameterList()) {
      if (Words.isAccessor(files, parameter)) {
        problem(
            0,
            "takes an accessor, a %s; methods know accessors by their fields"
                .formatted(parameter.displayName().replace('$', '.')),
            "the field itself in the method, or elements of it as arguments");
      } else if (!usable(parameter)) {
        problem(
            0,
            "takes %s; need numbers or the item".formatted(article(parameter)),
            "its elements one by one, as int, long, float, double or boolean");
      }
    }
  }

  private void result() {
    ClassDesc type = method.methodTypeSymbol().returnType();
    if (!type.isPrimitive()) {
      weak(
          0,
          "gives %s; need a number".formatted(article(type)),
          "a method for each number, or results written through an accessor");
    }
  }

  private void handlers() {
    for (var handler : code.handlers()) {
      int from = code.index(handler.tryStart());
      boolean ofMonitor = false;
      for (int i = from; i < code.index(handler.tryEnd()); i++) {
        ofMonitor |= code.at(i) instanceof MonitorInstruction;
      }
      if (!ofMonitor) {
        problem(
            from,
            "catches an exception, or has a finally; devices have no exceptions",
            "a condition that leads to no exception");
      }
    }
  }

  private void look(int index, Instruction instruction) {
    switch (instruction) {
      case NewPrimitiveArrayInstruction made ->
          makesArray(index, made.typeKind().upperBound().arrayType());
      case NewReferenceArrayInstruction made ->
          makesArray(index, made.componentType().asSymbol().arrayType());
      case NewMultiArrayInstruction made -> makesArray(index, made.arrayType().asSymbol());
      case NewObjectInstruction made -> makesObject(index, made.className().asSymbol());
      case InvokeDynamicInstruction call -> dynamic(index, call);
      case ThrowInstruction _ -> {
        // A handler ends with one.
        if (code.handlers().isEmpty()) {
          weak(index, "throws an exception; devices have none", EXCEPTION_REMEDY);
        }
      }
      case MonitorInstruction enter when enter.opcode() == Opcode.MONITORENTER ->
          synchronizes(index);
      case TypeCheckInstruction check -> {
        if (check.opcode() == Opcode.INSTANCEOF) {
          weak(
              index,
              "asks with instanceof what an object is; devices have no objects",
              "a number that says which case it is");
        } else {
          consequence(
              index, "casts to %s".formatted(Names.of(check.type().asSymbol())), OBJECT_REMEDY);
        }
      }
      case ConstantInstruction constant -> constant(index, constant);
      case FieldInstruction field -> field(index, field);
      case InvokeInstruction call -> call(index, call);
      case ArrayLoadInstruction load when load.opcode() == Opcode.AALOAD ->
          consequence(index, "reads an array of objects; devices have no objects", ARRAY_REMEDY);
      case BranchInstruction branch
          when Set.of(Opcode.IFNULL, Opcode.IFNONNULL, Opcode.IF_ACMPEQ, Opcode.IF_ACMPNE)
              .contains(branch.opcode()) ->
          weak(index, "compares objects; devices have none", "numbers that are compared");
      default -> {}
    }
  }

  private void makesArray(int index, ClassDesc type) {
    problem(
        index,
        "makes %s; devices have no heap".formatted(article(type)),
        "variables, or local memory declared as a field of the kernel");
  }

  private void makesObject(int index, ClassDesc type) {
    String name = Names.of(type);
    if (name.equals("AssertionError") && readsAssertionFlag()) {
      weak(index, "asserts; devices have no exceptions", EXCEPTION_REMEDY);
    } else if (files.extendsClass(type, THROWABLE)) {
      problem(index, "throws %s; devices have no exceptions".formatted(name), EXCEPTION_REMEDY);
    } else if (isRecord(type)) {
      problem(index, "makes the record %s; devices have no heap".formatted(name), OBJECT_REMEDY);
    } else {
      problem(index, "makes %s; devices have no heap".formatted(article(type)), OBJECT_REMEDY);
    }
  }

  private boolean readsAssertionFlag() {
    for (int i = 0; i < code.size(); i++) {
      if (code.at(i) instanceof FieldInstruction field
          && field.name().equalsString("$assertionsDisabled")) {
        return true;
      }
    }
    return false;
  }

  private void dynamic(int index, InvokeDynamicInstruction call) {
    ClassDesc factory = call.bootstrapMethod().owner();
    switch (Names.of(factory)) {
      case "LambdaMetafactory" ->
          problem(
              index,
              "makes a lambda or method reference; devices call methods by name alone",
              "a helper method of the kernel; or a kernel for each function, with a common base");
      case "StringConcatFactory" ->
          problem(index, "joins strings; devices have none", "numbers as results");
      case "SwitchBootstraps" ->
          weak(
              index,
              "switches over patterns; devices have no objects",
              "a switch over int, or if and else");
      default ->
          problem(
              index,
              "calls %s, which is linked when it runs".formatted(call.name().stringValue()),
              "code without it");
    }
  }

  private void constant(int index, ConstantInstruction constant) {
    Object value = constant.constantValue();
    if (value instanceof String) {
      weak(index, "has a string; devices have none", "a number in its place");
    } else if (constant.opcode() == Opcode.ACONST_NULL) {
      consequence(index, "has null; devices have no objects", "a number in its place");
    } else if (!(value instanceof Number)) {
      weak(index, "has a constant that is no number", "a number in its place");
    }
  }

  private void field(int index, FieldInstruction field) {
    ClassDesc type = field.typeSymbol();
    boolean own = files.extendsClass(validator.kernel(), field.owner().asSymbol());
    String plain = field.name().stringValue();
    String name = own ? plain : Names.of(field.owner().asSymbol()) + "." + plain;
    switch (field.opcode()) {
      case PUTFIELD -> {
        if (own) {
          problem(
              index,
              "writes the field %s; fields are the same for all work-items".formatted(name),
              "a variable of the method, or an accessor for what is to stay");
        } else {
          consequence(
              index,
              "writes %s, a field of an object; devices have none".formatted(name),
              OBJECT_REMEDY);
        }
      }
      case PUTSTATIC ->
          problem(
              index,
              "writes the static field %s, which devices do not share".formatted(name),
              "an accessor, written at the work-item's own index");
      case GETSTATIC -> readsStatic(index, type, name);
      default -> readsField(index, own, type, name);
    }
  }

  private void readsStatic(int index, ClassDesc type, String name) {
    if (name.contains("$SwitchMap$")) {
      problem(
          index,
          "switches over an enum; devices have no objects",
          "a switch over int, such as a number handed to the kernel");
    } else if (name.endsWith("$assertionsDisabled")) {
      problem(index, "asserts; devices have no exceptions", EXCEPTION_REMEDY);
    } else if (name.startsWith("System.")) {
      problem(
          index,
          "uses %s; devices have no console".formatted(name),
          "a result that is printed after the run");
    } else if (!type.isPrimitive()) {
      problem(
          index,
          "reads the static field %s, %s, which devices do not have".formatted(name, article(type)),
          type.isArray() ? ARRAY_REMEDY + ", fed with the array as a tensor" : OBJECT_REMEDY);
    } else {
      problem(
          index,
          "reads the static field %s, whose value the compiler does not know".formatted(name),
          "static final with a constant; or a field of the kernel, set by its constructor");
    }
  }

  private void readsField(int index, boolean own, ClassDesc type, String name) {
    if (!own) {
      consequence(
          index,
          "reads %s, a field of an object; devices have none".formatted(name),
          OBJECT_REMEDY);
    } else if (!usable(type)) {
      if (name.startsWith("this$")) {
        problem(
            index,
            "uses the object around it; devices have no objects",
            "a static class, with what it needs as fields of its own");
      } else if (name.startsWith("val$")) {
        problem(
            index,
            "captures %s, %s; devices have no objects".formatted(name.substring(4), article(type)),
            OBJECT_REMEDY);
      } else if (type.isArray()) {
        problem(
            index,
            "reads the field %s, %s; arrays are not on the device".formatted(name, article(type)),
            type.componentType().isPrimitive()
                ? ARRAY_REMEDY + ", fed with the array as a tensor"
                : "an accessor for each of its numbers");
      } else if (isRecord(type)) {
        problem(
            index,
            "reads the field %s, the record %s; devices have no objects"
                .formatted(name, Names.of(type)),
            OBJECT_REMEDY);
      } else if (type.packageName().startsWith("java.util")
          && !type.packageName().endsWith("function")) {
        problem(
            index,
            "reads the field %s, %s; devices have no objects".formatted(name, article(type)),
            ARRAY_REMEDY + ", fed with the elements as a tensor");
      } else if (files.isInterface(type)) {
        problem(
            index,
            "reads the field %s, of the interface %s; devices call methods by name alone"
                .formatted(name, Names.of(type)),
            "a helper method; or a kernel for each case, with a common base");
      } else {
        problem(
            index,
            "reads the field %s, %s; devices have no objects".formatted(name, article(type)),
            OBJECT_REMEDY);
      }
    }
  }

  private void call(int index, InvokeInstruction call) {
    ClassDesc target = call.owner().asSymbol();
    String name = call.name().stringValue();
    MethodTypeDesc type = call.typeSymbol();
    if (Words.isDeviceType(files, target)) {
      deviceCall(index, target, name);
      return;
    }
    boolean isStatic = call.opcode() == Opcode.INVOKESTATIC;
    if (isStatic && Words.isFunction(target, name, type)) {
      return;
    }
    if (isLibrary(target)) {
      libraryCall(index, target, name, isStatic);
    } else if (isStatic && !files.extendsClass(validator.kernel(), target)) {
      problem(
          index,
          "calls %s.%s; devices get the methods of the kernel and of what it extends"
              .formatted(Names.of(target), name),
          "the method in the kernel, or in a class that it extends");
    } else if (isStatic || files.extendsClass(validator.kernel(), target)) {
      boolean found = isStatic || call.opcode() == Opcode.INVOKESPECIAL;
      ownCall(index, found ? target : validator.kernel(), name, type);
    } else if (!name.equals("<init>")) {
      consequence(
          index,
          "calls %s.%s of an object; devices have no objects".formatted(Names.of(target), name),
          "a static method that takes its numbers");
    }
  }

  private void deviceCall(int index, ClassDesc target, String name) {
    if (!Words.isDeviceMethod(target, name)) {
      problem(
          index,
          "calls %s.%s, which devices do not have".formatted(Names.of(target), name),
          "get, set and length of accessors, and the ids of the item");
      return;
    }
    boolean waits = Words.isBarrier(target, name);
    boolean varies = Words.varies(target, name);
    effects = effects.or(new Effects(waits, varies));
    if (waits) {
      barriers.add(index);
    }
    if (varies) {
      varying.add(index);
    }
  }

  private static boolean isLibrary(ClassDesc type) {
    String name = type.packageName();
    return name.equals("java")
        || name.startsWith("java.")
        || name.startsWith("javax.")
        || name.startsWith("jdk.");
  }

  private void libraryCall(int index, ClassDesc target, String name, boolean isStatic) {
    if (!isStatic) {
      if (!name.equals("<init>")) {
        consequence(
            index,
            "calls %s.%s of an object; devices have no objects".formatted(Names.of(target), name),
            OBJECT_REMEDY);
      }
      return;
    }
    if (name.equals("requireNonNull")) {
      return; // put there by the compiler, before a constant field or a switch over objects
    }
    if (name.equals("valueOf") && BOXES.contains(Names.of(target))) {
      problem(
          index,
          "boxes a number as %s; devices have no objects".formatted(Names.of(target)),
          "a variable of a primitive type, such as int");
      return;
    }
    Set<String> known = Words.functions(target);
    problem(
        index,
        "calls %s.%s, which devices do not have in this form".formatted(Names.of(target), name),
        known.isEmpty()
            ? "a helper method of the kernel that computes it"
            : "%s has on devices: %s; or a helper method that computes it"
                .formatted(Names.of(target), String.join(", ", known)));
  }

  private void ownCall(int index, ClassDesc from, String name, MethodTypeDesc type) {
    Optional<ClassFiles.Found> found = files.method(from, name, type.descriptorString());
    String shown = Names.of(from) + "." + name;
    if (found.isEmpty()) {
      problem(
          index, "calls %s, which has no class file".formatted(shown), "a method of the kernel");
      return;
    }
    MethodModel callee = found.get().method();
    if (callee.flags().has(AccessFlag.NATIVE) || callee.flags().has(AccessFlag.ABSTRACT)) {
      problem(index, "calls %s, which has no Java code".formatted(shown), "a method with a body");
      return;
    }
    if (found.get().owner().flags().has(AccessFlag.INTERFACE)
        && !callee.flags().has(AccessFlag.STATIC)) {
      problem(
          index,
          "calls %s of an interface; devices call methods by name alone".formatted(shown),
          "a method of the kernel or of a class that it extends");
      return;
    }
    Optional<List<String>> cycle = validator.cycle(found.get());
    if (cycle.isPresent()) {
      List<String> way = cycle.get();
      String through =
          way.size() == 1 ? "itself" : "itself, by way of " + String.join(" and ", way);
      problem(index, "calls %s; devices have no stack for recursion".formatted(through), "a loop");
      return;
    }
    Effects inside = validator.visit(found.get());
    effects = effects.or(inside);
    if (inside.waits()) {
      barriers.add(index);
    }
    if (inside.varies()) {
      varying.add(index);
    }
  }

  private void synchronizes(int index) {
    problem(
        index, "is synchronized; work-items share no lock", "an atomic operation of an accessor");
  }

  private boolean usable(ClassDesc type) {
    return type.isPrimitive() || Words.isDeviceType(files, type);
  }

  private boolean isRecord(ClassDesc type) {
    return files
        .find(type)
        .flatMap(ClassModel::superclass)
        .map(above -> above.asSymbol().equals(ClassDesc.of("java.lang.Record")))
        .orElse(false);
  }

  private static String article(ClassDesc type) {
    String name = Names.of(type);
    return ("AEIOUaeiou".indexOf(name.charAt(0)) < 0 ? "a " : "an ") + name;
  }

  private void problem(int index, String seen, String remedy) {
    validator.add(found(index, seen, remedy));
  }

  /// A problem that objects bring along, which are named where they come from.
  private void consequence(int index, String seen, String remedy) {
    validator.addConsequence(found(index, seen, remedy));
  }

  private Problem found(int index, String seen, String remedy) {
    return new Problem(place, Names.file(owner), code.line(index), seen, remedy);
  }

  /// A problem unless its line has one already, from which it follows.
  private void weak(int index, String seen, String remedy) {
    if (!validator.hasProblem(place, code.line(index))) {
      problem(index, seen, remedy);
    }
  }
}

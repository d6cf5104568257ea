package org.tombolo.kernels.translate;

import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.NopInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// One method in C: walks its bytecode with a stack of expressions.
final class MethodTranslation {
  private static final String THIS = "this";
  private static final String ITEM = "item";

  private final Translation.Maker maker;
  private final Translation.Target target;
  private final String name;
  private final String file;
  private final MethodTypeDesc type;
  private final Map<String, String> variables = new LinkedHashMap<>();
  private final Map<Integer, String> references = new HashMap<>();
  private final Map<String, Set<String>> debugNames = new HashMap<>();
  private final Map<Label, String> labels = new HashMap<>();
  private final StringBuilder parameters = new StringBuilder("Self *self");
  private final Set<String> parameterNames = new HashSet<>();
  private final Calls calls;
  private final ExpressionStack stack;
  private int line;

  MethodTranslation(Translation.Maker maker, Translation.Target target, String name) {
    this.maker = maker;
    this.target = target;
    this.name = name;
    this.type = target.method().methodTypeSymbol();
    this.file = SourceFile.of(target.owner());
    this.stack = new ExpressionStack();
    this.calls = new Calls(maker, this, stack);
  }

  /// `type name(parameters)`, once the body is made.
  String head() {
    ClassDesc result = type.returnType();
    String c = result.descriptorString().equals("V") ? "void" : kind(result).c;
    return "%s %s(%s)".formatted(c, name, parameters);
  }

  private static Kind kind(ClassDesc type) {
    return Kind.of(TypeKind.fromDescriptor(type.descriptorString()));
  }

  String body() {
    var code = target.method().code().orElseThrow();
    for (CodeElement element : code) {
      if (element instanceof LocalVariable variable) {
        Kind kind = Kind.of(TypeKind.fromDescriptor(variable.type().stringValue()));
        debugNames
            .computeIfAbsent(key(variable.slot(), kind), _ -> new HashSet<>())
            .add(variable.name().stringValue());
      }
      targets(element).forEach(label -> labels.putIfAbsent(label, "L" + labels.size()));
    }
    declareParameters();
    for (CodeElement element : code) {
      translate(element);
    }
    StringBuilder out = new StringBuilder();
    variables.forEach((variable, c) -> {
      if (!parameterNames.contains(variable)) {
        out.append("  %s %s;\n".formatted(c, variable));
      }
    });
    stack.variables().forEach((variable, c) -> out.append("  %s %s;\n".formatted(c, variable)));
    return out.append(stack.text()).toString();
  }

  private void declareParameters() {
    int slot = 0;
    if (!target.method().flags().has(AccessFlag.STATIC)) {
      references.put(slot++, THIS);
    }
    for (ClassDesc parameter : type.parameterList()) {
      Kind kind = kind(parameter);
      if (kind == Kind.REFERENCE) {
        if (!parameter.descriptorString().equals("Lorg/tombolo/kernels/Item;")) {
          throw unfit("a parameter of type " + parameter.displayName() + "; need numbers");
        }
        references.put(slot, ITEM);
      } else {
        String variable = variable(slot, kind);
        parameterNames.add(variable);
        parameters.append(", %s %s".formatted(kind.c, variable));
      }
      slot += kind.isWide() ? 2 : 1;
    }
  }

  private static List<Label> targets(CodeElement element) {
    return switch (element) {
      case BranchInstruction branch -> List.of(branch.target());
      case TableSwitchInstruction choice -> targets(choice.defaultTarget(), choice.cases());
      case LookupSwitchInstruction choice -> targets(choice.defaultTarget(), choice.cases());
      default -> List.of();
    };
  }

  private static List<Label> targets(Label other, List<SwitchCase> cases) {
    List<Label> all = new ArrayList<>(List.of(other));
    cases.forEach(each -> all.add(each.target()));
    return all;
  }

  private static String key(int slot, Kind kind) {
    return slot + "" + kind.letter;
  }

  /// The C variable for a slot that holds values of a kind.
  private String variable(int slot, Kind kind) {
    Set<String> names = debugNames.getOrDefault(key(slot, kind), Set.of());
    String readable = names.size() == 1 ? names.iterator().next() + "_" + slot : "";
    String plain = "v" + slot + kind.letter;
    String chosen =
        readable.matches("[A-Za-z][A-Za-z0-9_]*")
                && variables.getOrDefault(readable, kind.c).equals(kind.c)
            ? readable
            : plain;
    variables.putIfAbsent(chosen, kind.c);
    return chosen;
  }

  Untranslatable unfit(String what) {
    return new Untranslatable(where(), what);
  }

  String where() {
    return file + ":" + line;
  }

  /// The line, with the number of the class that it is of in the bits above
  /// [Translation#LINE_BITS].
  int line() {
    int number = maker.classNumber(target.owner().thisClass().asInternalName());
    return number << Translation.LINE_BITS | line;
  }

  private void translate(CodeElement element) {
    switch (element) {
      case LineNumber number -> line = number.line();
      case LabelTarget place -> {
        String label = labels.get(place.label());
        if (label != null) {
          stack.enter(label, this);
        }
      }
      case ExceptionCatch _ -> throw unfit("an exception is caught; need a condition");
      case Instruction instruction -> {
        if (stack.isReachable()) {
          instruction(instruction);
        }
      }
      default -> {}
    }
  }

  private void instruction(Instruction instruction) {
    switch (instruction) {
      case NopInstruction _ -> {}
      case ConstantInstruction constant -> stack.push(constant(constant));
      case LoadInstruction load -> load(load);
      case StoreInstruction store -> store(store);
      case IncrementInstruction step -> {
        String variable = variable(step.slot(), Kind.INT);
        Operand old = Operand.of(Kind.INT, variable).reading(variable);
        stack.assign(variable, arithmetic(Kind.INT, "+", old, number(step.constant())));
      }
      case OperatorInstruction operator -> operator(operator);
      case ConvertInstruction convert -> stack.push(converted(convert));
      case StackInstruction move -> stack.move(move.opcode(), this);
      case BranchInstruction branch -> branch(branch);
      case TableSwitchInstruction choice -> choose(choice.defaultTarget(), choice.cases());
      case LookupSwitchInstruction choice -> choose(choice.defaultTarget(), choice.cases());
      case ReturnInstruction result -> {
        stack.statement(
            result.typeKind() == TypeKind.VOID
                ? "return;"
                : "return %s;".formatted(stack.pop().text()));
        stack.leave();
      }
      case FieldInstruction field -> field(field);
      case InvokeInstruction invoke -> calls.invoke(invoke);
      default ->
          throw unfit(
              "%s; need numbers, accessors and control flow"
                  .formatted(instruction.opcode().name().toLowerCase(Locale.ROOT)));
    }
  }

  private Operand constant(ConstantInstruction constant) {
    return switch (constant.constantValue()) {
      case Integer value -> number(value);
      case Long value ->
          Operand.of(
              Kind.LONG,
              value == Long.MIN_VALUE ? "(-9223372036854775807L - 1)" : signed(value + "L"));
      case Float value -> Operand.of(Kind.FLOAT, text(value));
      case Double value -> {
        Operand wide = Operand.of(Kind.DOUBLE, "((double)" + text(value) + ")");
        // Single precision has no other form of it unless nothing is lost.
        yield (double) value.floatValue() == value
            ? wide.alsoSingle(text(value.floatValue()))
            : wide;
      }
      default -> throw unfit("a constant that is no number; need numbers");
    };
  }

  static Operand number(int value) {
    return Operand.of(
        Kind.INT, value == Integer.MIN_VALUE ? "(-2147483647 - 1)" : signed(String.valueOf(value)));
  }

  private static String signed(String number) {
    return number.startsWith("-") ? "(" + number + ")" : number;
  }

  private static String text(float value) {
    return Float.isNaN(value)
        ? "NAN"
        : Float.isInfinite(value) ? (value < 0 ? "(-INFINITY)" : "INFINITY") : signed(value + "f");
  }

  private static String text(double value) {
    return Double.isNaN(value)
        ? "NAN"
        : Double.isInfinite(value) ? (value < 0 ? "(-INFINITY)" : "INFINITY") : signed("" + value);
  }

  private void load(LoadInstruction load) {
    Kind kind = Kind.of(load.typeKind());
    if (kind == Kind.REFERENCE) {
      String what = references.get(load.slot());
      if (what == null) {
        throw unfit("an object; need numbers and accessors");
      }
      stack.push(Operand.of(kind, what));
    } else {
      String variable = variable(load.slot(), kind);
      stack.push(Operand.of(kind, variable).reading(variable));
    }
  }

  private void store(StoreInstruction store) {
    Kind kind = Kind.of(store.typeKind());
    Operand value = stack.pop();
    if (kind == Kind.REFERENCE) {
      String known = references.putIfAbsent(store.slot(), value.text());
      if (known != null && !known.equals(value.text())) {
        throw unfit("one variable for several accessors; need a variable for each");
      }
    } else {
      stack.assign(variable(store.slot(), kind), value);
    }
  }

  /// Arithmetic that wraps as Java's does.
  static Operand arithmetic(Kind kind, String operator, Operand a, Operand b) {
    String form =
        switch (kind) {
          case INT -> "(int)((uint)%s %s (uint)%s)";
          case LONG -> "(long)((ulong)%s %s (ulong)%s)";
          default -> "%s %s %s";
        };
    return Operand.of(kind, "(" + form.formatted(a.text(), operator, b.text()) + ")", a, b);
  }

  private void operator(OperatorInstruction operator) {
    Opcode opcode = operator.opcode();
    switch (opcode) {
      case INEG, LNEG -> {
        Operand a = stack.pop();
        Operand zero = Operand.of(a.kind(), "0");
        stack.push(arithmetic(a.kind(), "-", zero, a));
        return;
      }
      case FNEG, DNEG -> {
        Operand a = stack.pop();
        stack.push(Operand.of(a.kind(), "(-" + a.text() + ")", a));
        return;
      }
      case ARRAYLENGTH -> throw unfit("an array; need an accessor");
      default -> {}
    }
    Operand b = stack.pop();
    Operand a = stack.pop();
    Kind kind = a.kind();
    stack.push(
        switch (opcode) {
          case IADD, LADD, FADD, DADD -> arithmetic(kind, "+", a, b);
          case ISUB, LSUB, FSUB, DSUB -> arithmetic(kind, "-", a, b);
          case IMUL, LMUL, FMUL, DMUL -> arithmetic(kind, "*", a, b);
          case FDIV, DDIV -> arithmetic(kind, "/", a, b);
          case FREM, DREM -> Operand.of(kind, "fmod(%s, %s)".formatted(a.text(), b.text()), a, b);
          case IDIV, LDIV -> divided("div", "/", a, b);
          case IREM, LREM -> divided("rem", "%", a, b);
          case IAND, LAND -> plain("&", a, b);
          case IOR, LOR -> plain("|", a, b);
          case IXOR, LXOR -> plain("^", a, b);
          case ISHL -> shift("(int)((uint)%s << (%s & 31))", a, b);
          case ISHR -> shift("%s >> (%s & 31)", a, b);
          case IUSHR -> shift("(int)((uint)%s >> (%s & 31))", a, b);
          case LSHL -> shift("(long)((ulong)%s << (%s & 63))", a, b);
          case LSHR -> shift("%s >> (%s & 63)", a, b);
          case LUSHR -> shift("(long)((ulong)%s >> (%s & 63))", a, b);
          case FCMPL, DCMPL -> compared(a, b, -1);
          case FCMPG, DCMPG -> compared(a, b, 1);
          case LCMP -> compared(a, b, 0);
          default -> throw unfit(opcode.name());
        });
  }

  private Operand divided(String function, String operator, Operand a, Operand b) {
    if (b.text().matches("[1-9][0-9]*L?")) {
      return plain(operator, a, b);
    }
    return Operand.of(
        a.kind(),
        "j_%s_%s(self, %s, %s, %d)"
            .formatted(function, a.kind().letter, a.text(), b.text(), line()),
        a,
        b);
  }

  private static Operand plain(String operator, Operand a, Operand b) {
    return Operand.of(a.kind(), "(%s %s %s)".formatted(a.text(), operator, b.text()), a, b);
  }

  private static Operand shift(String form, Operand a, Operand b) {
    return Operand.of(a.kind(), "(" + form.formatted(a.text(), b.text()) + ")", a, b);
  }

  private Operand compared(Operand left, Operand right, int nan) {
    Operand a = left;
    Operand b = right;
    if (a.single() != null && b.single() != null && isExact(a, b)) {
      a = Operand.of(Kind.FLOAT, a.single(), a);
      b = Operand.of(Kind.FLOAT, b.single(), b);
    }
    a = stack.simple(a);
    b = stack.simple(b);
    Operand.Comparison what = new Operand.Comparison(a.text(), b.text(), nan);
    return Operand.of(Kind.INT, what.value(), a, b).comparing(what);
  }

  /// Whether both are floats made wider, so that they compare as the floats do.
  private static boolean isExact(Operand a, Operand b) {
    return a.text().startsWith("((double)") && b.text().startsWith("((double)");
  }

  private Operand converted(ConvertInstruction convert) {
    Operand x = stack.pop();
    String t = x.text();
    return switch (convert.opcode()) {
      case I2L -> Operand.of(Kind.LONG, "((long)" + t + ")", x);
      case I2F, L2F -> Operand.of(Kind.FLOAT, "((float)" + t + ")", x);
      case I2D, L2D -> Operand.of(Kind.DOUBLE, "((double)" + t + ")", x);
      case F2D -> Operand.of(Kind.DOUBLE, "((double)" + t + ")", x).alsoSingle(t);
      case D2F ->
          x.single() != null
              ? Operand.of(Kind.FLOAT, x.single(), x)
              : Operand.of(Kind.FLOAT, "((float)" + t + ")", x);
      case L2I -> Operand.of(Kind.INT, "((int)" + t + ")", x);
      case I2B -> Operand.of(Kind.INT, "((int)(char)" + t + ")", x);
      case I2S -> Operand.of(Kind.INT, "((int)(short)" + t + ")", x);
      case I2C -> Operand.of(Kind.INT, "((int)(ushort)" + t + ")", x);
      case F2I -> Operand.of(Kind.INT, "j_f2i(" + t + ")", x);
      case F2L -> Operand.of(Kind.LONG, "j_f2l(" + t + ")", x);
      case D2I -> Operand.of(Kind.INT, "j_d2i(" + t + ")", x);
      case D2L -> Operand.of(Kind.LONG, "j_d2l(" + t + ")", x);
      default -> throw unfit(convert.opcode().name());
    };
  }

  private void branch(BranchInstruction branch) {
    String label = labels.get(branch.target());
    String condition =
        switch (branch.opcode()) {
          case GOTO, GOTO_W -> "";
          case IFEQ -> stack.pop().test("==");
          case IFNE -> stack.pop().test("!=");
          case IFLT -> stack.pop().test("<");
          case IFGE -> stack.pop().test(">=");
          case IFGT -> stack.pop().test(">");
          case IFLE -> stack.pop().test("<=");
          case IF_ICMPEQ -> relation("==");
          case IF_ICMPNE -> relation("!=");
          case IF_ICMPLT -> relation("<");
          case IF_ICMPGE -> relation(">=");
          case IF_ICMPGT -> relation(">");
          case IF_ICMPLE -> relation("<=");
          default -> throw unfit("objects are compared; need numbers");
        };
    stack.jump(condition, String.valueOf(label), this);
  }

  private String relation(String relation) {
    Operand b = stack.pop();
    Operand a = stack.pop();
    return "%s %s %s".formatted(a.text(), relation, b.text());
  }

  private void choose(Label other, List<SwitchCase> cases) {
    Operand selector = stack.fixed(stack.pop());
    for (SwitchCase each : cases) {
      stack.jump(
          "%s == %s".formatted(selector.text(), number(each.caseValue()).text()),
          String.valueOf(labels.get(each.target())),
          this);
    }
    stack.jump("", String.valueOf(labels.get(other)), this);
  }

  private void field(FieldInstruction field) {
    String fieldName = field.name().stringValue();
    if (field.opcode() != Opcode.GETFIELD || !stack.pop().text().equals(THIS)) {
      throw unfit(
          "%s %s.%s; need fields that are read, of the kernel itself"
              .formatted(
                  field.opcode() == Opcode.PUTFIELD || field.opcode() == Opcode.PUTSTATIC
                      ? "writes"
                      : "reads",
                  field.owner().asInternalName(),
                  fieldName));
    }
    int memory = maker.form().memoryIn(fieldName);
    if (memory >= 0) {
      stack.push(Operand.of(Kind.REFERENCE, Calls.ACCESSOR + memory));
      return;
    }
    int scalar =
        maker
            .form()
            .scalarIn(fieldName)
            .orElseThrow(() -> unfit("field %s; need numbers and accessors".formatted(fieldName)));
    stack.push(
        Operand.of(
            maker.form().scalars().get(scalar).kind(), "self->" + maker.form().scalarName(scalar)));
  }
}

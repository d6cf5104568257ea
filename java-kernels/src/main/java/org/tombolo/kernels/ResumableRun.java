package org.tombolo.kernels;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import org.tombolo.kernels.translate.SourceFile;

/// `run` of a kernel as a method that returns at a barrier and goes on from there when it is called
/// again, so that one thread can run all work-items of a group by turns.
///
/// It is a copy of the bytecode. At a barrier the variables that are read later go into arrays, and
/// the number of the barrier is returned; a switch at the start leads back behind it, where they
/// are fetched. Control flow needs no form: loops, conditions and early returns stay as they are.
///
/// There is none, and each work-item needs a thread, where a barrier is in a method that `run`
/// calls or within an expression, where a variable holds an accessor across one, where `super` is
/// called, or where the classes of the kernel are not in one package.
final class ResumableRun {
  /// What a work-item returns that has ended.
  static final int ENDED = -1;

  private static final ClassDesc ITEM = desc(Item.class);
  private static final ClassDesc INTS = ConstantDescs.CD_int.arrayType();
  private static final ClassDesc LONGS = ConstantDescs.CD_long.arrayType();
  private static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
  private static final ClassDesc DOUBLES = ConstantDescs.CD_double.arrayType();

  /// Parameters of the method for a work-item: kernel and item, where the copied code expects them,
  /// then where to go on, the number of the work-item, the arrays, and the place of a failure.
  private static final int AT = 2;

  private static final int NUMBER = 3;
  private static final int ARRAYS = 4;
  private static final int PLACE = 8;

  /// The line that runs.
  private static final int LINE = 9;

  /// How far the variables of `run` move up.
  private static final int SHIFT = 8;

  private static final MethodType STAGE =
      MethodType.methodType(
          void.class,
          Kernel[].class,
          Item[].class,
          int[].class,
          int[].class,
          long[].class,
          float[].class,
          double[].class,
          int[].class);

  private final ClassDesc self;
  private final ClassDesc owner;
  private final CodeModel code;
  private final LiveVariables live;
  private final Map<Label, Label> labels = new HashMap<>();

  /// Slots of variables that are kept at some barrier, each with its place in the arrays.
  private final Map<Integer, Integer> places = new HashMap<>();

  private ResumableRun(ClassDesc self, ClassDesc owner, CodeModel code) {
    this.self = self;
    this.owner = owner;
    this.code = code;
    this.live = new LiveVariables(code);
  }

  /// A stage of all work-items of a group: each runs to its next barrier, or to its end.
  ///
  /// @param stage `(Kernel[] kernels, Item[] items, int[] at, int[] ints, long[] longs, float[]
  ///   floats, double[] doubles, int[] place)`: for each work-item its kernel, the item, and the
  ///   barrier where it is (0 at first, and set), memory for variables, and of a failure the number
  ///   of the work-item and the line
  /// @param stride elements in each array for each work-item
  /// @param file that `run` was written in
  record Stages(MethodHandle stage, int stride, String file) {}

  /// The stages of a kernel; empty if it is not of this form.
  ///
  /// @param classes the kernel's, then its superclasses up to but without [Kernel]
  static Optional<Stages> of(Class<?> type, List<ClassModel> classes) {
    Class<?> owner = type;
    for (ClassModel model : classes) {
      Optional<MethodModel> run =
          model.methods().stream()
              .filter(method -> method.methodName().equalsString("run"))
              .filter(method ->
                  method.methodType().equalsString("(Lorg/tombolo/kernels/Item;)V")
                      && !method.flags().has(AccessFlag.ABSTRACT))
              .findFirst();
      if (run.isPresent()) {
        CodeModel code = run.get().code().orElseThrow();
        return hasForm(type, owner, classes, code)
            ? written(owner, code, SourceFile.of(model))
            : Optional.empty();
      }
      owner = owner.getSuperclass();
    }
    return Optional.empty();
  }

  private static boolean hasForm(
      Class<?> type, Class<?> owner, List<ClassModel> classes, CodeModel code) {
    long all =
        classes.stream()
            .flatMap(model -> model.methods().stream())
            .flatMap(method -> method.code().stream())
            .flatMap(CodeModel::elementStream)
            .filter(ResumableRun::isBarrier)
            .count();
    for (Class<?> each = type; each != Kernel.class; each = each.getSuperclass()) {
      if (!each.getPackageName().equals(owner.getPackageName())
          || !Objects.equals(each.getClassLoader(), owner.getClassLoader())) {
        return false;
      }
    }
    return all == code.elementStream().filter(ResumableRun::isBarrier).count()
        && code.exceptionHandlers().isEmpty()
        && code.elementStream()
            .noneMatch(element ->
                switch (element) {
                  case InvokeInstruction call -> call.opcode() == Opcode.INVOKESPECIAL;
                  case StoreInstruction store -> store.slot() < AT;
                  default -> false;
                });
  }

  private static Optional<Stages> written(Class<?> owner, CodeModel code, String file) {
    String name = owner.getName() + "$Stages";
    ResumableRun run = new ResumableRun(ClassDesc.of(name), desc(owner), code);
    if (!run.keepsNumbersAlone()) {
      return Optional.empty();
    }
    try {
      Lookup lookup = MethodHandles.privateLookupIn(owner, MethodHandles.lookup());
      byte[] bytes =
          ClassFile.of(
                  ClassFile.ClassHierarchyResolverOption.of(
                      ClassHierarchyResolver.ofClassLoading(lookup)
                          .orElse(ClassHierarchyResolver.defaultResolver())))
              .build(run.self, run::write);
      Lookup made = lookup.defineHiddenClass(bytes, true, Lookup.ClassOption.NESTMATE);
      MethodHandle stage = made.findStatic(made.lookupClass(), "stage", STAGE);
      return Optional.of(new Stages(stage, Math.max(1, run.places.size()), file));
    } catch (IllegalArgumentException | VerifyError e) {
      return Optional.empty(); // a barrier within an expression, of which a part is on the stack
    } catch (ReflectiveOperationException e) {
      return Optional.empty(); // a package that is closed to us
    }
  }

  private boolean keepsNumbersAlone() {
    int index = -1;
    boolean numbers = true;
    for (CodeElement element : code) {
      index += element instanceof Instruction ? 1 : 0;
      if (isBarrier(element)) {
        for (var variable : kept(index).entrySet()) {
          numbers &= variable.getValue() != TypeKind.REFERENCE;
          places.putIfAbsent(variable.getKey(), places.size());
        }
      }
    }
    return numbers;
  }

  /// What is read after a barrier, but for the kernel and the item.
  private SortedMap<Integer, TypeKind> kept(int barrier) {
    return live.after(barrier).tailMap(AT);
  }

  static boolean isBarrier(CodeElement element) {
    return element instanceof InvokeInstruction call
        && call.owner().asInternalName().equals("org/tombolo/kernels/Item")
        && call.name().equalsString("barrier");
  }

  private static ClassDesc desc(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }

  private MethodTypeDesc resumeType() {
    return MethodTypeDesc.of(
        ConstantDescs.CD_int,
        owner,
        ITEM,
        ConstantDescs.CD_int,
        ConstantDescs.CD_int,
        INTS,
        LONGS,
        FLOATS,
        DOUBLES,
        INTS);
  }

  private void write(ClassBuilder to) {
    to.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC);
    to.withMethodBody(
        "stage", STAGE.describeConstable().orElseThrow(), ClassFile.ACC_STATIC, this::writeStage);
    to.withMethodBody("resume", resumeType(), ClassFile.ACC_STATIC, this::writeResume);
  }

  /// A loop over the work-items.
  private void writeStage(CodeBuilder to) {
    int kernels = 0;
    int items = 1;
    int at = 2;
    int ints = 3;
    int place = 7;
    int number = 8;
    Label head = to.newLabel();
    Label end = to.newLabel();
    to.iconst_0().istore(number).labelBinding(head);
    to.iload(number).aload(items).arraylength().if_icmpge(end);
    to.aload(place).iconst_0().iload(number).iastore();
    to.aload(at).iload(number);
    to.aload(kernels).iload(number).aaload().checkcast(owner);
    to.aload(items).iload(number).aaload();
    to.aload(at).iload(number).iaload();
    to.iload(number);
    for (int array = ints; array <= place; array++) {
      to.aload(array);
    }
    to.invokestatic(self, "resume", resumeType()).iastore();
    to.iinc(number, 1).goto_(head);
    to.labelBinding(end).return_();
  }

  private void writeResume(CodeBuilder to) {
    Label start = to.newLabel();
    Label end = to.newLabel();
    to.iconst_0().istore(LINE).labelBinding(start);
    writeBody(to);
    to.labelBinding(end).exceptionCatchAll(start, end, end);
    to.aload(PLACE).iconst_1().iload(LINE).iastore().athrow();
  }

  private void writeBody(CodeBuilder to) {
    List<Label> behind = new ArrayList<>();
    Label first = to.newLabel();
    List<SwitchCase> cases = new ArrayList<>();
    code.elementStream()
        .filter(ResumableRun::isBarrier)
        .forEach(_ -> {
          behind.add(to.newLabel());
          cases.add(SwitchCase.of(behind.size(), behind.getLast()));
        });
    to.iload(AT).tableswitch(1, behind.size(), first, cases).labelBinding(first);
    int index = -1;
    int barrier = 0;
    for (CodeElement element : code) {
      index += element instanceof Instruction ? 1 : 0;
      switch (element) {
        case LabelTarget at -> to.labelBinding(label(to, at.label()));
        case LineNumber line -> to.loadConstant(line.line()).istore(LINE);
        case LoadInstruction load -> to.loadLocal(load.typeKind(), moved(load.slot()));
        case StoreInstruction store -> to.storeLocal(store.typeKind(), moved(store.slot()));
        case IncrementInstruction step -> to.iinc(moved(step.slot()), step.constant());
        case BranchInstruction branch -> to.branch(branch.opcode(), label(to, branch.target()));
        case TableSwitchInstruction choice ->
            to.tableswitch(
                choice.lowValue(),
                choice.highValue(),
                label(to, choice.defaultTarget()),
                cases(to, choice.cases()));
        case LookupSwitchInstruction choice ->
            to.lookupswitch(label(to, choice.defaultTarget()), cases(to, choice.cases()));
        case ReturnInstruction _ -> to.loadConstant(ENDED).ireturn();
        case InvokeInstruction call when isBarrier(call) -> {
          SortedMap<Integer, TypeKind> kept = kept(index);
          to.pop();
          kept.forEach((slot, kind) -> save(to, slot, kind));
          to.loadConstant(barrier + 1).ireturn();
          to.labelBinding(behind.get(barrier++));
          kept.forEach((slot, kind) -> fetch(to, slot, kind));
        }
        case Instruction other -> to.with(other);
        default -> {} // names, for debuggers
      }
    }
  }

  private Label label(CodeBuilder to, Label original) {
    return labels.computeIfAbsent(original, _ -> to.newLabel());
  }

  private List<SwitchCase> cases(CodeBuilder to, List<SwitchCase> originals) {
    return originals.stream()
        .map(each -> SwitchCase.of(each.caseValue(), label(to, each.target())))
        .toList();
  }

  private static int moved(int slot) {
    return slot < AT ? slot : slot + SHIFT;
  }

  private static int array(TypeKind kind) {
    return switch (kind) {
      case LONG -> ARRAYS + 1;
      case FLOAT -> ARRAYS + 2;
      case DOUBLE -> ARRAYS + 3;
      default -> ARRAYS;
    };
  }

  /// The array and the place in it for a variable of this work-item.
  private void element(CodeBuilder to, int slot, TypeKind kind) {
    to.aload(array(kind)).iload(NUMBER).loadConstant(places.size()).imul();
    to.loadConstant(Objects.requireNonNull(places.get(slot))).iadd();
  }

  private void save(CodeBuilder to, int slot, TypeKind kind) {
    element(to, slot, kind);
    to.loadLocal(kind, moved(slot)).arrayStore(kind);
  }

  private void fetch(CodeBuilder to, int slot, TypeKind kind) {
    element(to, slot, kind);
    to.arrayLoad(kind).storeLocal(kind, moved(slot));
  }
}

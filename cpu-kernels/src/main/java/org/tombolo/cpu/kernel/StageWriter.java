package org.tombolo.cpu.kernel;

import static java.lang.classfile.ClassFile.ACC_FINAL;
import static java.lang.classfile.ClassFile.ACC_PRIVATE;
import static java.lang.classfile.ClassFile.ACC_PUBLIC;
import static java.lang.classfile.ClassFile.ACC_STATIC;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.CLASS_INIT_NAME;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.tombolo.device.LoopKernel;

/// Writes the class of a [Stage] with the Class-File API: a loop over whole vectors, which the
/// JVM's compiler turns into one instruction or a few for each operation. A [PaddedStage] lets it
/// take any number of points.
///
/// Species are static finals of the class, and methods of [StageMath] and
/// [org.tombolo.cpu.math.VectorFunctions] are [copied into the code][Inlining]: the compiler
/// inlines the Vector API whatever the size, but gives up on other methods where there is much, and
/// then each vector becomes an object. In interpreted code and that of the first compiler they
/// always do, which is some hundred times slower: see [Stages].
final class StageWriter {
  private static final ClassDesc SELF = ClassDesc.of(StageWriter.class.getPackageName(), "Fused");
  private static final ClassDesc OPERANDS = desc(StageOperands.class);
  private static final ClassDesc SEGMENT = desc(MemorySegment.class);
  private static final ClassDesc SPECIES = desc(VectorSpecies.class);
  private static final ClassDesc MASK = desc(VectorMask.class);
  private static final ClassDesc BYTES = desc(ByteVector.class);
  private static final ClassDesc ORDER = desc(ByteOrder.class);
  private static final String BYTE_SPECIES = "BYTE";
  private static final String BYTE_ORDER = "ORDER";

  private static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, OPERANDS, CD_int, CD_int);

  // Parameters: this, operands, first element of the arrays, points.
  private static final int ON = 1;
  private static final int AT = 2;
  private static final int END = 3;

  private final StageForm form;
  private final int lanes;
  private final Set<Kind> kinds = EnumSet.noneOf(Kind.class);
  private final boolean bytes;

  private StageWriter(StageForm form) {
    this.form = form;
    this.lanes = form.lanes();
    form.items().forEach(item -> kinds.add(item.kind()));
    if (kinds.contains(Kind.MASK)) {
      kinds.add(Kind.INT);
    }
    this.bytes =
        form.items().stream()
                .anyMatch(item -> item instanceof StageForm.Memory && item.kind() == Kind.MASK)
            || form.results().stream()
                .anyMatch(result -> result.toMemory() && form.kind(result.item()) == Kind.MASK);
  }

  /// A new class for a form.
  static Stage write(StageForm form) {
    byte[] code = ClassFile.of().build(SELF, new StageWriter(form)::build);
    try {
      MethodHandles.Lookup made = MethodHandles.lookup().defineHiddenClass(code, true);
      MethodType none = MethodType.methodType(void.class);
      Stage whole = (Stage) made.findConstructor(made.lookupClass(), none).invoke();
      return new PaddedStage(form, whole);
    } catch (Throwable e) {
      throw new IllegalStateException("generated code does not load: " + form, e);
    }
  }

  private static ClassDesc desc(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }

  private static ClassDesc vector(Kind kind) {
    return desc(kind.vector);
  }

  private void build(ClassBuilder to) {
    to.withFlags(ACC_FINAL).withInterfaceSymbols(desc(Stage.class));
    int constant = ACC_PRIVATE | ACC_STATIC | ACC_FINAL;
    speciesNames().forEach(name -> to.withField(name, SPECIES, constant));
    to.withField(BYTE_ORDER, ORDER, constant);
    to.withMethodBody(CLASS_INIT_NAME, MTD_void, ACC_STATIC, this::initialise);
    to.withMethodBody(
        INIT_NAME,
        MTD_void,
        ACC_PUBLIC,
        code -> code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_());
    to.withMethodBody("run", RUN, ACC_PUBLIC, code -> new Body(code).write());
  }

  private List<String> speciesNames() {
    List<String> names = new ArrayList<>();
    kinds.stream().filter(kind -> kind != Kind.MASK).map(Kind::name).forEach(names::add);
    if (bytes) {
      names.add(BYTE_SPECIES);
    }
    return names;
  }

  private void initialise(CodeBuilder code) {
    for (String name : speciesNames()) {
      code.loadConstant(lanes)
          .invokestatic(
              desc(Species.class),
              name.toLowerCase(Locale.ROOT) + "s",
              MethodTypeDesc.of(SPECIES, CD_int))
          .putstatic(SELF, name, SPECIES);
    }
    code.invokestatic(ORDER, "nativeOrder", MethodTypeDesc.of(ORDER))
        .putstatic(SELF, BYTE_ORDER, ORDER)
        .return_();
  }

  /// The code of [Stage#run].
  private final class Body {
    private final CodeBuilder code;
    private final int[] segments;
    private final int[] positions;
    private final int[] arrays;
    private final int[] values;
    private final int i;
    private int next;

    Body(CodeBuilder code) {
      this.code = code;
      this.segments = new int[form.memories()];
      this.positions = new int[form.memories()];
      this.arrays = new int[form.arrays()];
      this.values = new int[form.items().size()];
      this.i = END + 1;
      this.next = i + 1;
    }

    private int local(int slots) {
      int first = next;
      next += slots;
      return first;
    }

    void write() {
      operands();
      repeated();
      loop();
      code.return_();
    }

    private void operands() {
      for (int m = 0; m < segments.length; m++) {
        segments[m] = local(1);
        positions[m] = local(2);
        code.aload(ON)
            .getfield(OPERANDS, "memory", SEGMENT.arrayType())
            .loadConstant(m)
            .aaload()
            .astore(segments[m]);
        code.aload(ON)
            .getfield(OPERANDS, "positions", CD_long.arrayType())
            .loadConstant(m)
            .laload()
            .lstore(positions[m]);
      }
      for (StageForm.Item item : form.items()) {
        if (item instanceof StageForm.Array(Kind kind, int number)) {
          array(number, kind);
        }
      }
      for (StageForm.Result result : form.results()) {
        if (!result.toMemory()) {
          array(result.number(), form.kind(result.item()));
        }
      }
    }

    private void array(int number, Kind kind) {
      arrays[number] = local(1);
      code.aload(ON)
          .getfield(OPERANDS, "arrays", CD_Object.arrayType())
          .loadConstant(number)
          .aaload()
          .checkcast(desc(kind.array))
          .astore(arrays[number]);
    }

    /// What is the same for all points.
    private void repeated() {
      for (int item = 0; item < values.length; item++) {
        values[item] = local(1);
        Kind kind = form.kind(item);
        String name = kind.vector.getSimpleName();
        switch (form.items().get(item)) {
          case StageForm.Constant(Kind _, int number) -> {
            species(kind);
            code.aload(ON)
                .getfield(OPERANDS, "constants", CD_long.arrayType())
                .loadConstant(number)
                .laload();
            call("constant" + name, vector(kind), SPECIES, CD_long);
            code.astore(values[item]);
          }
          case StageForm.Repeated(Kind _, int number) -> {
            species(kind);
            code.aload(segments[number]).lload(positions[number]);
            call("repeated" + name, vector(kind), SPECIES, SEGMENT, CD_long);
            code.astore(values[item]);
          }
          case StageForm.Memory _, StageForm.Array _, StageForm.Apply _ -> {}
        }
      }
    }

    private void loop() {
      code.loadConstant(0).istore(i);
      Label top = code.newLabel();
      Label done = code.newLabel();
      code.labelBinding(top).iload(i).iload(END).if_icmpge(done);
      points();
      code.iinc(i, lanes).goto_(top).labelBinding(done);
    }

    /// One vector of points.
    private void points() {
      for (int item = 0; item < values.length; item++) {
        Kind kind = form.kind(item);
        switch (form.items().get(item)) {
          case StageForm.Memory(Kind _, int number) -> {
            load(kind, number);
            code.astore(values[item]);
          }
          case StageForm.Array(Kind _, int number) -> {
            loadArray(kind, number);
            code.astore(values[item]);
          }
          case StageForm.Apply(Kind _, LoopKernel.Value value) -> {
            apply(value, kind);
            code.astore(values[item]);
          }
          case StageForm.Constant _, StageForm.Repeated _ -> {}
        }
      }
      for (StageForm.Result result : form.results()) {
        store(result);
      }
    }

    private void address(int number, int bytesEach) {
      code.aload(segments[number]);
      code.lload(positions[number]).iload(i).i2l().loadConstant((long) bytesEach).lmul().ladd();
      code.getstatic(SELF, BYTE_ORDER, ORDER);
    }

    private void element(int number) {
      code.aload(arrays[number]).iload(AT).iload(i).iadd();
    }

    private void load(Kind kind, int number) {
      boolean mask = kind == Kind.MASK;
      if (mask) {
        species(kind);
        code.getstatic(SELF, BYTE_SPECIES, SPECIES);
      } else {
        species(kind);
      }
      address(number, kind.bytes());
      ClassDesc type = mask ? BYTES : vector(kind);
      code.invokestatic(
          type, "fromMemorySegment", MethodTypeDesc.of(type, SPECIES, SEGMENT, CD_long, ORDER));
      if (mask) {
        call("toVectorMask", MASK, SPECIES, BYTES);
      }
    }

    private void loadArray(Kind kind, int number) {
      boolean mask = kind == Kind.MASK;
      Kind held = mask ? Kind.INT : kind;
      species(held);
      if (mask) {
        species(held);
      }
      element(number);
      code.invokestatic(
          vector(held),
          "fromArray",
          MethodTypeDesc.of(vector(held), SPECIES, desc(held.array), CD_int));
      if (mask) {
        call("toVectorMask", MASK, SPECIES, vector(held));
      }
    }

    private void store(StageForm.Result result) {
      Kind kind = form.kind(result.item());
      boolean mask = kind == Kind.MASK;
      int value = values[result.item()];
      if (result.toMemory()) {
        ClassDesc type = mask ? BYTES : vector(kind);
        if (mask) {
          code.getstatic(SELF, BYTE_SPECIES, SPECIES).aload(value);
          call("toByteVector", BYTES, SPECIES, MASK);
        } else {
          code.aload(value);
        }
        address(result.number(), kind.bytes());
        code.invokevirtual(
            type, "intoMemorySegment", MethodTypeDesc.of(CD_void, SEGMENT, CD_long, ORDER));
      } else {
        Kind held = mask ? Kind.INT : kind;
        if (mask) {
          species(held);
          code.aload(value);
          call("toIntVector", vector(held), SPECIES, MASK);
        } else {
          code.aload(value);
        }
        element(result.number());
        code.invokevirtual(
            vector(held), "intoArray", MethodTypeDesc.of(CD_void, desc(held.array), CD_int));
      }
    }

    private void apply(LoopKernel.Value value, Kind kind) {
      switch (value) {
        case LoopKernel.Unary(var fn, int a) -> {
          code.aload(values[a]);
          call(name(fn), vector(kind), vector(kind));
        }
        case LoopKernel.Binary(var fn, int a, int b) -> {
          code.aload(values[a]).aload(values[b]);
          call(name(fn), vector(kind), vector(kind), vector(kind));
        }
        case LoopKernel.Compare(var fn, int a, int b) -> {
          species(kind);
          code.aload(values[a]).aload(values[b]);
          ClassDesc operand = vector(form.kind(a));
          call(name(fn), MASK, SPECIES, operand, operand);
        }
        case LoopKernel.Select(int condition, int yes, int no) -> {
          species(kind);
          code.aload(values[condition]).aload(values[yes]).aload(values[no]);
          call("select", vector(kind), SPECIES, MASK, vector(kind), vector(kind));
        }
        case LoopKernel.Cast(int a) -> {
          species(kind);
          code.aload(values[a]);
          call("to" + kind.vector.getSimpleName(), vector(kind), SPECIES, vector(form.kind(a)));
        }
        case LoopKernel.Load _, LoopKernel.Literal _, LoopKernel.Index _, LoopKernel.Random _ ->
            throw new IllegalArgumentException("no function of items: " + value);
      }
    }

    private static String name(Enum<?> fn) {
      return fn.name().toLowerCase(Locale.ROOT);
    }

    /// Pushes the species of a kind; masks have that of ints.
    private void species(Kind kind) {
      code.getstatic(SELF, (kind == Kind.MASK ? Kind.INT : kind).name(), SPECIES);
    }

    /// Puts the code of a method of [StageMath] here.
    private void call(String name, ClassDesc result, ClassDesc... parameters) {
      next = Inlining.write(code, next, name, MethodTypeDesc.of(result, parameters));
    }
  }
}

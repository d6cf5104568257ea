package org.tombolo.kernels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.device.CustomKernel.Form;
import org.tombolo.device.SourceProgram;
import org.tombolo.device.SourceProgram.Param;
import org.tombolo.graph.DType;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.translate.KernelForm;
import org.tombolo.kernels.translate.KernelForm.Memory;
import org.tombolo.kernels.translate.KernelForm.Place;
import org.tombolo.kernels.translate.KernelForm.Scalar;
import org.tombolo.kernels.translate.SourceFile;
import org.tombolo.kernels.translate.Translation;
import org.tombolo.kernels.translate.Untranslatable;

/// A kernel as a program in OpenCL C. Translations are kept by what they are made of: scalars and
/// extents are arguments, so one text serves all of them.
final class OpenClForm {
  private static final int MOST_KEPT = 256;

  /// A translation, or why there is none.
  private record Outcome(Optional<Translation> translation, String reason) {}

  /// What a translation depends on; the hash stands for the classes.
  private record Key(
      String hash, String name, List<Memory> memory, int rank, boolean grouped, boolean checked) {}

  private static final Map<Key, Outcome> KEPT =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Outcome> eldest) {
          return size() > MOST_KEPT;
        }
      };

  private static int translated;

  private OpenClForm() {}

  /// How many kernels have been translated so far.
  static int translations() {
    synchronized (KEPT) {
      return translated;
    }
  }

  static Form<SourceProgram> of(KernelCall call, List<TensorType> in) {
    KernelForm form = form(call);
    Outcome outcome = outcome(call, form);
    return outcome.translation().isPresent()
        ? new Form.Given<>(program(call, form, outcome.translation().get(), in))
        : new Form.Missing<>(outcome.reason());
  }

  private static KernelForm form(KernelCall call) {
    List<Memory> memory = new ArrayList<>();
    for (Accessor accessor : call.accessors()) {
      Place place =
          switch (accessor.mode()) {
            case READ -> Place.OPERAND;
            case WRITE, READ_WRITE -> Place.RESULT;
            case LOCAL -> Place.GROUP;
            case PRIVATE -> Place.ITEM;
          };
      DType dtype = accessor.dtypes().iterator().next();
      boolean global = place == Place.OPERAND || place == Place.RESULT;
      memory.add(
          new Memory(
              accessor.name(),
              element(dtype),
              place,
              global ? 0 : accessor.length(),
              dtype == DType.BOOL));
    }
    List<Scalar> scalars =
        call.type().scalars().stream()
            .map(field -> new Scalar(field.getName(), field.getType().descriptorString()))
            .toList();
    return new KernelForm(
        call.name().replaceAll("[^A-Za-z0-9_]", "_") + "_kernel",
        call.type().classes(),
        memory,
        scalars,
        call.range().rank(),
        !call.range().local().isEmpty(),
        call.range().checked());
  }

  private static String element(DType dtype) {
    return switch (dtype) {
      case F32 -> "float";
      case F64 -> "double";
      case I32 -> "int";
      case I64 -> "long";
      case I16 -> "short";
      case I8, U8, BOOL -> "char";
      case F16, BF16 -> throw new IllegalArgumentException(dtype.toString());
    };
  }

  private static Outcome outcome(KernelCall call, KernelForm form) {
    Key key =
        new Key(
            call.type().hash(),
            form.name(),
            form.memory(),
            form.rank(),
            form.grouped(),
            form.checked());
    synchronized (KEPT) {
      Outcome known = KEPT.get(key);
      if (known == null) {
        translated++;
        known = translate(call, form);
        KEPT.put(key, known);
      }
      return known;
    }
  }

  private static Outcome translate(KernelCall call, KernelForm form) {
    try {
      return new Outcome(Optional.of(Translation.of(form)), "");
    } catch (Untranslatable e) {
      return new Outcome(
          Optional.empty(),
          "kernel %s has no form in OpenCL C: %s".formatted(call.name(), e.getMessage()));
    }
  }

  private static SourceProgram program(
      KernelCall call, KernelForm form, Translation translation, List<TensorType> in) {
    List<TensorType> out = call.infer(in);
    List<Param> params = new ArrayList<>();
    List<Param> extents = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    int operand = 0;
    int result = 0;
    for (Accessor accessor : call.accessors()) {
      int length = accessor.length();
      if (accessor.mode().writes()) {
        params.add(new Param.Write(result));
        length = Math.toIntExact(out.get(result++).size());
        extents.add(new Param.IntValue(length));
      } else if (accessor.mode().reads()) {
        params.add(new Param.Read(operand));
        length = Math.toIntExact(in.get(operand).size());
        extents.add(new Param.IntValue(length));
      }
      operand += accessor.mode().reads() ? 1 : 0;
      lengths.add(length);
    }
    call.type().values(call.kernel()).forEach(value -> params.add(scalar(value)));
    params.addAll(extents);
    List<Long> global = call.range().global();
    for (int d = 0; d < 3; d++) {
      params.add(new Param.IntValue(d < global.size() ? Math.toIntExact(global.get(d)) : 1));
    }
    Optional<SourceProgram.Faults> faults = Optional.empty();
    if (form.checked()) {
      params.add(new Param.FaultWords());
      faults = Optional.of(new IndexFaults(call, List.copyOf(lengths)));
    }
    return new SourceProgram(
        call.name(),
        form.name(),
        translation.text(),
        params,
        global.reversed(),
        call.range().local().reversed(),
        call.range().local().isEmpty(),
        translation.doubles(),
        false,
        faults);
  }

  private static Param scalar(Object value) {
    return switch (value) {
      case Float number -> new Param.FloatValue(number);
      case Double number -> new Param.LongValue(Double.doubleToRawLongBits(number));
      case Long number -> new Param.LongValue(number);
      case Boolean truth -> new Param.IntValue(truth ? 1 : 0);
      case Character letter -> new Param.IntValue(letter);
      case Number number -> new Param.IntValue(number.intValue());
      default -> throw new IllegalArgumentException(value.toString());
    };
  }

  /// Reads the words that a translated kernel leaves.
  ///
  /// @param lengths number of elements of each accessor
  private record IndexFaults(KernelCall call, List<Integer> lengths)
      implements SourceProgram.Faults {
    @Override
    public int words() {
      return Translation.FAULT_WORDS;
    }

    @Override
    public Optional<String> problem(int[] words) {
      if (words[0] == 0) {
        return Optional.empty();
      }
      List<String> id = new ArrayList<>();
      for (int d = 0; d < call.range().rank(); d++) {
        id.add(String.valueOf(words[2 + d]));
      }
      String what = "an integer is divided by zero";
      if (words[0] != Translation.DIVISION) {
        int accessor = words[0] - 1;
        what =
            Accessor.outOfRange(
                call.accessors().get(accessor).name(), words[1], lengths.get(accessor));
      }
      return Optional.of(
          "kernel %s, item [%s]: %s (%s:%d)"
              .formatted(
                  call.name(),
                  String.join(", ", id),
                  what,
                  file(words[5] >> Translation.LINE_BITS),
                  words[5] & ((1 << Translation.LINE_BITS) - 1)));
    }

    private String file(int number) {
      return SourceFile.of(call.type().classes().get(number));
    }

    @Override
    public String remedy() {
      return JavaProgram.REMEDY;
    }
  }
}

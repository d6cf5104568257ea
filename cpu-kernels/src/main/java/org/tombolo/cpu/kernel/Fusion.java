package org.tombolo.cpu.kernel;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.cpu.kernel.StageStep.Read;
import org.tombolo.cpu.kernel.StageStep.Slot;
import org.tombolo.cpu.kernel.StageStep.Write;
import org.tombolo.device.LoopKernel;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;

/// A loop's body as generated code, with interpreted steps for what has none.
///
/// Operations become [stages][Stage], each of which is one loop with values in registers. What
/// stages read lies in memory where it is consecutive or the same along each row; the rest, such as
/// columns, small types and random bits, is brought into working arrays by interpreted steps, as
/// are results of functions without vector form. A body with more operations than the JVM's
/// compiler inlines is cut into several stages, which hand values on in working arrays.
final class Fusion {
  /// Weight of a stage's operations, an addition being 1, up to which the compiler was seen to
  /// inline everything.
  private static final int HEAVIEST = 160;

  /// Rows below this length are gathered into working arrays.
  private static final int LEAST_ROW = 32;

  private final LoopSpace space;
  private final boolean stores;
  private final List<LoopKernel.Value> body;

  /// For each operation, the group of operations that it runs with.
  private final int[] group;

  /// Operations of each group; an operation without vector form is alone in its group.
  private final List<List<Integer>> groups = new ArrayList<>();

  private final boolean[] inArray;
  private final int[] slot;
  private final Map<Lane, Integer> slots = new EnumMap<>(Lane.class);
  private final LoopSteps interpreted;
  private final List<Stages.Entry> entries = new ArrayList<>();

  private Fusion(LoopSpace space, boolean stores) {
    this.space = space;
    this.stores = stores;
    this.body = space.loop.body();
    this.group = new int[space.values()];
    this.inArray = new boolean[space.values()];
    this.slot = new int[space.values()];
    this.interpreted = new LoopSteps(space, slot);
  }

  /// A program and the code that it needs.
  ///
  /// @param entries one for each stage; the program may run when all are ready
  record Fused(LoopProgram program, List<Stages.Entry> entries) {}

  /// The program of a loop; empty where nothing in it has a vector form.
  ///
  /// @param stores whether outputs are stored; otherwise the stored values end in working arrays
  /// @param longest most points of a run where working arrays are used
  static Optional<Fused> of(LoopSpace space, boolean stores, int longest) {
    return new Fusion(space, stores).build(longest);
  }

  private Optional<Fused> build(int longest) {
    form();
    boolean none = groups.stream().noneMatch(members -> Vectorised.has(space, members.getFirst()));
    if (none) {
      return Optional.empty();
    }
    boolean[] stored = stored();
    keep(stored);
    List<Step> constants = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    for (int value = 0; value < slot.length; value++) {
      slot[value] = inArray[value] ? slots.merge(space.lane(value), 1, Integer::sum) - 1 : -1;
      if (inArray[value] && isLeaf(value)) {
        (space.isLiteral(value) ? constants : steps).add(interpreted.step(value));
      }
    }
    for (int i = 0; i < groups.size(); i++) {
      List<Integer> members = groups.get(i);
      boolean last = i == groups.size() - 1;
      steps.add(
          Vectorised.has(space, members.getFirst())
              ? new Assembly(i, members, last ? stored : new boolean[stored.length]).step()
              : interpreted.step(members.getFirst()));
    }
    int run = slots.isEmpty() ? Integer.MAX_VALUE : longest;
    return Optional.of(
        new Fused(
            new LoopProgram(
                space, slots, slot, constants, steps, interpreted.walkStrides(), run, stored),
            entries));
  }

  private boolean isLeaf(int value) {
    return switch (body.get(value)) {
      case LoopKernel.Load _, LoopKernel.Literal _, LoopKernel.Index _, LoopKernel.Random _ -> true;
      case LoopKernel.Unary _,
          LoopKernel.Binary _,
          LoopKernel.Compare _,
          LoopKernel.Select _,
          LoopKernel.Cast _ ->
          false;
    };
  }

  /// Puts operations into groups, in order.
  private void form() {
    int weight = 0;
    boolean open = false;
    for (int value = 0; value < group.length; value++) {
      group[value] = -1;
      if (isLeaf(value)) {
        continue;
      }
      boolean vectorised = Vectorised.has(space, value);
      int more = Vectorised.weight(body.get(value));
      if (!open || !vectorised || weight + more > HEAVIEST) {
        groups.add(new ArrayList<>());
        weight = 0;
      }
      group[value] = groups.size() - 1;
      groups.getLast().add(value);
      weight += more;
      open = vectorised;
    }
  }

  /// Which outputs the last group stores. It alone may, since an output may lie where an input lies
  /// that earlier groups read.
  private boolean[] stored() {
    boolean[] stored = new boolean[space.loop.stores().size()];
    boolean vectorised = Vectorised.has(space, groups.getLast().getFirst());
    for (int i = 0; i < stored.length; i++) {
      int value = space.loop.stores().get(i);
      stored[i] = stores && vectorised && Vectorised.isDirect(space.dtype(value));
    }
    return stored;
  }

  /// Finds which values pass through working arrays.
  private void keep(boolean[] stored) {
    for (int value = 0; value < group.length; value++) {
      if (group[value] >= 0) {
        boolean vectorised = Vectorised.has(space, value);
        for (int operand : space.operands(value)) {
          inArray[operand] |= !vectorised || isForeign(operand, group[value]);
        }
        inArray[value] |= !vectorised;
      }
    }
    for (int i = 0; i < stored.length; i++) {
      int value = space.loop.stores().get(i);
      inArray[value] |= !stored[i] || isForeign(value, groups.size() - 1);
    }
  }

  /// Whether a group finds an operand in a working array only.
  private boolean isForeign(int operand, int reader) {
    return switch (body.get(operand)) {
      case LoopKernel.Literal _ -> false;
      case LoopKernel.Load load -> !isDirect(load, operand);
      case LoopKernel.Index _, LoopKernel.Random _ -> true;
      case LoopKernel.Unary _,
          LoopKernel.Binary _,
          LoopKernel.Compare _,
          LoopKernel.Select _,
          LoopKernel.Cast _ ->
          group[operand] != reader;
    };
  }

  /// Whether stages read a value from memory as it lies.
  private boolean isDirect(LoopKernel.Load load, int value) {
    if (!Vectorised.isDirect(space.dtype(value))) {
      return false;
    }
    Walk walk = new Walk(0, space.dims, space.strides(load.view()), load.view().offset());
    return walk.isDense()
        || walk.isUniform()
        || ((walk.hasRows() || walk.isLevel()) && space.dims[space.dims.length - 1] >= LEAST_ROW);
  }

  /// One stage in the making.
  private final class Assembly {
    private final int number;
    private final List<Integer> members;
    private final boolean[] stored;
    private final Map<Integer, Integer> itemOf = new HashMap<>();
    private final List<StageForm.Item> items = new ArrayList<>();
    private final List<StageForm.Result> results = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();
    private final List<Write> writes = new ArrayList<>();
    private final List<Slot> arrays = new ArrayList<>();
    private final List<Long> constants = new ArrayList<>();

    Assembly(int number, List<Integer> members, boolean[] stored) {
      this.number = number;
      this.members = members;
      this.stored = stored;
    }

    Step step() {
      members.forEach(this::item);
      List<Integer> kept = new ArrayList<>();
      for (int i = 0; i < stored.length; i++) {
        if (stored[i]) {
          kept.add(item(space.loop.stores().get(i)));
        }
      }
      for (int i = 0, k = 0; i < stored.length; i++) {
        if (stored[i]) {
          int item = kept.get(k++);
          results.add(new StageForm.Result(item, true, reads.size() + writes.size()));
          writes.add(new Write(i, items.get(item).kind()));
        }
      }
      for (int value : members) {
        if (inArray[value]) {
          results.add(new StageForm.Result(item(value), false, arrays.size()));
          arrays.add(new Slot(space.lane(value), slot[value]));
        }
      }
      Stages.Entry entry = Stages.of(new StageForm(items, results));
      entries.add(entry);
      long[] bits = constants.stream().mapToLong(Long::longValue).toArray();
      return new StageStep(entry, reads, writes, arrays, bits, space.dims);
    }

    private int item(int value) {
      Integer known = itemOf.get(value);
      if (known != null) {
        return known;
      }
      StageForm.Item item = made(value);
      items.add(item);
      itemOf.put(value, items.size() - 1);
      return items.size() - 1;
    }

    private StageForm.Item made(int value) {
      Kind kind = Kind.of(space.dtype(value));
      if (!(body.get(value) instanceof LoopKernel.Literal) && isForeign(value, number)) {
        arrays.add(new Slot(space.lane(value), slot[value]));
        return new StageForm.Array(kind, arrays.size() - 1);
      }
      return switch (body.get(value)) {
        case LoopKernel.Literal(Tensor constant) -> {
          constants.add(bits(constant));
          yield new StageForm.Constant(kind, constants.size() - 1);
        }
        case LoopKernel.Load(int input, var view) -> {
          Walk walk = interpreted.walk(view);
          reads.add(new Read(input, walk, kind));
          yield walk.isLevel()
              ? new StageForm.Repeated(kind, reads.size() - 1)
              : new StageForm.Memory(kind, reads.size() - 1);
        }
        case LoopKernel.Unary(var fn, int a) ->
            new StageForm.Apply(kind, new LoopKernel.Unary(fn, item(a)));
        case LoopKernel.Binary(var fn, int a, int b) ->
            new StageForm.Apply(kind, new LoopKernel.Binary(fn, item(a), item(b)));
        case LoopKernel.Compare(var fn, int a, int b) ->
            new StageForm.Apply(kind, new LoopKernel.Compare(fn, item(a), item(b)));
        case LoopKernel.Select(int condition, int yes, int no) ->
            new StageForm.Apply(kind, new LoopKernel.Select(item(condition), item(yes), item(no)));
        case LoopKernel.Cast(int a) -> new StageForm.Apply(kind, new LoopKernel.Cast(item(a)));
        case LoopKernel.Index _, LoopKernel.Random _ ->
            throw new IllegalStateException("passes through a working array");
      };
    }

    private static long bits(Tensor constant) {
      DType dtype = constant.type().dtype();
      return switch (Kind.of(dtype)) {
        case FLOAT -> Float.floatToRawIntBits((float) constant.at(0));
        case DOUBLE -> Double.doubleToRawLongBits(constant.at(0));
        case INT, LONG, MASK -> constant.longAt(0);
      };
    }
  }
}

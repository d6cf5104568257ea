package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.tombolo.device.QueueRole;

/// What else could leave memory in a schedule that takes too much, the most promising first, by an
/// estimate of what that frees where it is needed and of the time that it takes.
final class DropCandidates {
  /// Tasks that run again for one value, at most.
  private static final int MOST_CHAINED = 8;

  /// Some values that leave together: one, and those that it is made of.
  ///
  /// @param drops what leaves
  /// @param score bytes times tasks that it frees, for each second that it takes
  record Candidate(List<Dropping.Drop> drops, double score) {}

  private final DropTrial now;
  private final DropTrial.Setting setting;
  private final Dropping.Base base;

  /// The tasks that use a value each time that it is there, in order; the first one makes it.
  private final SequencedMap<Schedule.Cell, List<Integer>> users = new LinkedHashMap<>();

  /// The cells of a value, in order.
  private final Map<Schedule.Cell, List<Schedule.Cell>> stays = new HashMap<>();

  /// The last task for each origin.
  private final Map<Integer, Integer> lastOf = new HashMap<>();

  /// The tasks that use a variable at home that could live on the host, in order.
  private final SequencedMap<Schedule.Cell, List<Integer>> variables = new LinkedHashMap<>();

  private final Set<Dropping.Drop> known = new HashSet<>();
  private final long[][] over;

  /// By device: how many of the tasks before one have too much.
  private final int[][] crowded;

  private final double least;
  private final List<Candidate> found = new ArrayList<>();

  private DropCandidates(DropTrial now, DropTrial.Setting setting) {
    this.now = now;
    this.setting = setting;
    this.base = setting.base();
    this.least = 1e-4 * now.seconds();
    base.variables().stream()
        .filter(now.schedule()::isResident)
        .forEach(cell -> variables.put(cell, new ArrayList<>()));
    List<Schedule.Task> tasks = now.schedule().tasks();
    for (int i = 0; i < tasks.size(); i++) {
      lastOf.put(now.origins()[i], i);
      for (Schedule.Cell cell : tasks.get(i).writes) {
        use(cell, i);
      }
      for (Schedule.Cell cell : tasks.get(i).reads) {
        use(cell, i);
      }
    }
    now.drops().forEach(drop -> known.add(Dropping.Drop.again(drop.value(), drop.after())));
    this.over = new long[setting.room().length][];
    this.crowded = new int[over.length][];
    for (int device = 0; device < over.length; device++) {
      over[device] = now.live()[device].clone();
      crowded[device] = new int[over[device].length + 1];
      for (int i = 0; i < over[device].length; i++) {
        over[device][i] = Math.max(0, over[device][i] - now.room()[device]);
        crowded[device][i + 1] = crowded[device][i] + (over[device][i] > 0 ? 1 : 0);
      }
    }
  }

  private void use(Schedule.Cell cell, int position) {
    List<Integer> own = variables.get(now.schedule().memory(cell));
    if (own == null
        && (base.canLeave(cell.first()) || now.schedule().visitors().containsKey(cell.first()))) {
      own = users.get(cell);
      if (own == null) {
        own = new ArrayList<>();
        users.put(cell, own);
        stays.computeIfAbsent(cell.first(), _ -> new ArrayList<>()).add(cell);
      }
    }
    if (own != null && (own.isEmpty() || own.getLast() != position)) {
      own.add(position);
    }
  }

  /// The candidates.
  static List<Candidate> of(DropTrial now, DropTrial.Setting setting) {
    DropCandidates candidates = new DropCandidates(now, setting);
    candidates.users.forEach(candidates::look);
    candidates.variables.forEach(candidates::addVisit);
    candidates.found.sort(
        Comparator.comparingDouble((Candidate candidate) -> candidate.score()).reversed());
    return candidates.found;
  }

  /// Looks for times at which nobody uses a value.
  private void look(Schedule.Cell cell, List<Integer> uses) {
    for (int i = 1; i < uses.size(); i++) {
      int from = uses.get(i - 1);
      int to = uses.get(i);
      int after = now.origins()[from];
      int first = Objects.requireNonNull(lastOf.get(after)) + 1;
      double saved = saved(cell, first, to);
      if (saved > 0 && !known.contains(Dropping.Drop.again(cell.first(), after))) {
        if (base.canLeave(cell.first())) {
          addAgain(cell, from, to, after, saved);
          addSwap(cell, from, to, after, saved);
        } else {
          add(
              List.of(Dropping.Drop.again(cell.first(), after)),
              saved,
              moving(setting.times().upSeconds(cell), between(from, to)));
        }
      }
    }
  }

  /// What copies take beyond the time in which something else is done, and a little for being in
  /// the way.
  private static double moving(double seconds, double between) {
    return Math.max(0, seconds - between) + 0.01 * seconds;
  }

  /// Seconds from the end of a task to the start of another one.
  private double between(int from, int to) {
    return now.timeline().starts().get(to) - now.timeline().ends().get(from);
  }

  /// Lets a variable live on the host: up from its first use to its last, or for each use.
  private void addVisit(Schedule.Cell variable, List<Integer> uses) {
    List<Dropping.Drop> drops = new ArrayList<>(List.of(Dropping.Drop.visit(variable)));
    double saved = saved(variable, 0, over[variable.device()].length);
    double up = setting.times().upSeconds(variable);
    double seconds = setting.times().downSeconds(variable);
    if (!uses.isEmpty()) {
      saved -= saved(variable, uses.getFirst(), uses.getLast() + 1);
      seconds += up;
    }
    add(drops, saved, moving(seconds, now.seconds()));
    for (int i = 1; i < uses.size(); i++) {
      double gap = saved(variable, uses.get(i - 1) + 1, uses.get(i));
      if (gap > 0) {
        drops.add(Dropping.Drop.again(variable, now.origins()[uses.get(i - 1)]));
        saved += gap;
        seconds += up;
      }
    }
    if (drops.size() > 1) {
      add(drops, saved, moving(seconds, now.seconds()));
    }
  }

  private double saved(Schedule.Cell cell, int first, int to) {
    long bytes = cell.value().type().bytes();
    double saved = 0;
    for (int i = first; i < to; i++) {
      saved += Math.min(bytes, over[cell.device()][i]);
    }
    return saved;
  }

  private void addAgain(Schedule.Cell cell, int from, int to, int after, double saved) {
    if (!base.allows(cell.first(), Dropping.Means.AGAIN)) {
      return;
    }
    int maker = base.maker(cell.first());
    Schedule.Task task = base.schedule().tasks().get(maker);
    boolean isPostponed = after == maker && now.origins()[from] == maker && task.writes.size() == 1;
    double seconds = isPostponed ? 0 : setting.times().seconds(task);
    List<Dropping.Drop> drops = new ArrayList<>(List.of(Dropping.Drop.again(cell.first(), after)));
    add(drops, saved - longer(task, to), seconds);
    double all = seconds;
    double kept = 0;
    List<Schedule.Task> open = new ArrayList<>(List.of(task));
    Set<Schedule.Cell> seen = new HashSet<>();
    while (!open.isEmpty()) {
      for (Schedule.Cell operand : open.removeLast().reads) {
        Optional<Integer> end = end(operand, to);
        if (end.isEmpty() || !seen.add(operand)) {
          continue;
        }
        double stays = longer(operand, end.get(), to);
        boolean canBeMade = base.allows(operand, Dropping.Means.AGAIN);
        if (stays > 0 && canBeMade && drops.size() < MOST_CHAINED) {
          Schedule.Task made = base.schedule().tasks().get(base.maker(operand));
          Dropping.Drop drop = Dropping.Drop.again(operand.first(), now.origins()[end.get()]);
          if (known.contains(drop)) {
            continue;
          }
          drops.add(drop);
          all += setting.times().seconds(made);
          open.add(made);
        } else {
          kept += stays;
        }
      }
    }
    if (drops.size() > 1) {
      add(drops, saved - kept, all);
    }
  }

  /// What operands of a task that runs again take since they stay until then.
  private double longer(Schedule.Task task, int to) {
    double longer = 0;
    for (Schedule.Cell operand : task.reads) {
      Optional<Integer> end = end(operand, to);
      longer += end.isPresent() ? longer(operand, end.get(), to) : 0;
    }
    return longer;
  }

  private double longer(Schedule.Cell operand, int end, int to) {
    int[] ofDevice = crowded[operand.device()];
    return (double) operand.value().type().bytes() * Math.max(0, ofDevice[to] - ofDevice[end + 1]);
  }

  /// The last task before another one that uses a value, if the value is not there at that time
  /// anyway.
  private Optional<Integer> end(Schedule.Cell operand, int to) {
    int end = -1;
    for (Schedule.Cell stay : stays.getOrDefault(operand, List.of())) {
      List<Integer> uses = Objects.requireNonNull(users.get(stay));
      if (uses.getFirst() < to) {
        if (uses.getLast() >= to) {
          return Optional.empty();
        }
        end = uses.getLast();
      }
    }
    return end < 0 ? Optional.empty() : Optional.of(end);
  }

  private void addSwap(Schedule.Cell cell, int from, int to, int after, double saved) {
    if (!base.allows(cell.first(), Dropping.Means.SWAP)) {
      return;
    }
    boolean isFetched = base.isFetched(cell.first());
    boolean isLast =
        now.schedule().tasks().get(to).action instanceof Schedule.Action.Fetch
            && Objects.requireNonNull(users.get(cell)).getLast() == to;
    double down = isFetched ? 0 : setting.times().downSeconds(cell);
    double up = isLast ? 0 : setting.times().upSeconds(cell);
    double seconds = moving(down + up, between(from, to));
    int back = isLast ? to : ahead(cell, from, to, up);
    int returns = back < to ? now.origins()[back] : Dropping.Drop.WHEN_READ;
    add(
        List.of(new Dropping.Drop(cell.first(), after, Dropping.Means.SWAP, returns)),
        saved(cell, from + 1, back),
        seconds);
    if (back < to) {
      add(
          List.of(
              new Dropping.Drop(cell.first(), after, Dropping.Means.SWAP, Dropping.Drop.WHEN_READ)),
          saved,
          seconds + up);
    }
  }

  /// The task before which a value has to start to come up, so that it is there in time.
  private int ahead(Schedule.Cell cell, int from, int to, double up) {
    double hidden = 0;
    int back = to;
    while (back > from + 1 && hidden < up) {
      back--;
      Timeline.Lane lane = now.timeline().lanes().get(back);
      if (lane.device() == cell.device() && lane.role() == QueueRole.COMPUTE) {
        hidden += now.timeline().ends().get(back) - now.timeline().starts().get(back);
      }
    }
    return back;
  }

  private void add(List<Dropping.Drop> drops, double saved, double seconds) {
    if (saved > 0) {
      found.add(new Candidate(List.copyOf(drops), saved / (seconds + least)));
    }
  }
}

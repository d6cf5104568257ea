package org.tombolo.scheduler.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Device;

/// Makes room on devices where more lives at once than there is memory for: values leave while
/// nobody uses them, and are made again, brought down and up again, or made when they are needed
/// instead of before; variables move to the host and come up when they are needed.
///
/// The choice is greedy: of what frees most bytes times tasks where there are too many for each
/// second that it takes, the best few by an estimate are tried, and the best of them is kept, until
/// everything fits. Then what is not needed any more, or is cheaper in another way, is undone or
/// replaced; last, each value that leaves has to stay for once, to see what would make room in its
/// place. Which values to keep is NP-hard to choose (Jain et al., *Checkmate: breaking the memory
/// wall with optimal tensor rematerialization*, MLSys 2020, solve it as an integer program); the
/// tests compare with every choice on small graphs.
public final class MemoryRelief {
  /// Candidates that are tried at each step, and those that are if none of them helps.
  private static final int FEW = 12;

  private static final int MANY = 120;

  /// Share of the best score that others need to be adopted with it.
  private static final double NEARLY = 0.5;

  /// Tasks in all schedules that are tried to make room, to improve on that, and then to exchange
  /// what leaves, which seldom pays but on small graphs.
  private static final long MOST_WORK = 3_000_000;

  private static final long MOST_IMPROVEMENT = 200_000;
  private static final long MOST_EXCHANGE = 10_000;

  /// Times that less room is aimed at since arenas are larger than what lives in them.
  private static final int MOST_LAYOUTS = 8;

  private final DropTrial.Setting setting;

  /// Tasks in all schedules that may still be tried.
  private long left;

  /// What has to stay while something else is tried in its place.
  private Dropping.@Nullable Drop barred;

  private MemoryRelief(DropTrial.Setting setting) {
    this.setting = setting;
  }

  /// What a schedule becomes, laid out.
  @FunctionalInterface
  public interface Layouter {
    /// @param schedule the tasks, in order
    Layout of(Schedule schedule);
  }

  /// A layout that fits, or comes as near to that as was found.
  ///
  /// @param schedule the tasks, in order
  /// @param room bytes for the arena of each device beside all variables that are at home there
  /// @param devices by index
  public static Layout of(
      Schedule schedule,
      Needs needs,
      TaskTimes times,
      long[] room,
      List<Device> devices,
      Layouter layouter) {
    Dropping.Base base = new Dropping.Base(schedule);
    int[] alignment = devices.stream().mapToInt(Device::alignment).toArray();
    long[] aim = room.clone();
    Arrays.setAll(aim, i -> MemoryPlan.roundUp(room[i], alignment[i]));
    Layout best = layouter.of(schedule);
    List<Dropping.Drop> drops = List.of();
    for (int i = 0; i < MOST_LAYOUTS; i++) {
      MemoryRelief relief =
          new MemoryRelief(new DropTrial.Setting(base, needs, times, aim.clone(), alignment));
      DropTrial trial = relief.run(drops);
      drops = trial.drops();
      Layout layout = layouter.of(trial.schedule());
      best = nearer(layout, best, room) ? layout : best;
      if (trial.excess() > 0 || !tighten(layout, room, aim)) {
        break;
      }
    }
    return best;
  }

  private static boolean nearer(Layout layout, Layout best, long[] room) {
    long excess = excess(layout, room);
    long least = excess(best, room);
    return excess < least
        || (excess == least && layout.timeline().seconds() < best.timeline().seconds());
  }

  private static long excess(Layout layout, long[] room) {
    long excess = 0;
    for (int device = 0; device < room.length; device++) {
      excess += Math.max(0, over(layout, room, device));
    }
    return excess;
  }

  private static long over(Layout layout, long[] room, int device) {
    return layout.arenas().bytes(device) - room[device] - layout.schedule().visitingBytes(device);
  }

  /// Takes what an arena is too large off the room on its device; false if none is.
  private static boolean tighten(Layout layout, long[] room, long[] aim) {
    boolean isTight = false;
    for (int device = 0; device < room.length; device++) {
      long over = over(layout, room, device);
      if (over > 0) {
        aim[device] -= over;
        isTight = true;
      }
    }
    return isTight;
  }

  /// @param start what leaves already
  private DropTrial run(List<Dropping.Drop> start) {
    left = MOST_WORK;
    DropTrial fitting = relieved(setting.without(start).orElseThrow());
    left = MOST_IMPROVEMENT;
    if (fitting.excess() > 0) {
      return fitting;
    }
    DropTrial improved = improved(fitting);
    left = MOST_EXCHANGE;
    return exchanged(improved);
  }

  /// The same with more that leaves, until everything fits or nothing helps.
  private DropTrial relieved(DropTrial start) {
    DropTrial now = start;
    while (now.excess() > 0 && left > 0) {
      Optional<DropTrial> next = next(now);
      if (next.isEmpty()) {
        return now;
      }
      now = next.get();
    }
    return now;
  }

  private Optional<DropTrial> without(List<Dropping.Drop> drops) {
    left -= setting.base().schedule().tasks().size();
    return setting.without(drops);
  }

  /// Candidates that were tried.
  ///
  /// @param score bytes times tasks that they free, for each second that they take
  private record Tried(DropCandidates.Candidate candidate, DropTrial trial, double score) {}

  /// The best of the most promising candidates, adopted, and with it those that are nearly as good
  /// beside it.
  private Optional<DropTrial> next(DropTrial now) {
    List<DropCandidates.Candidate> candidates =
        DropCandidates.of(now, setting).stream().filter(this::isAllowed).toList();
    List<Tried> tried = new ArrayList<>();
    for (int i = 0; i < Math.min(tried.isEmpty() ? MANY : FEW, candidates.size()); i++) {
      tried(now, candidates.get(i)).ifPresent(tried::add);
    }
    for (int i = 1; i < Math.min(FEW, candidates.size()) && tried.isEmpty(); i++) {
      for (int j = 0; j < i; j++) { // two together may free what neither does
        List<Dropping.Drop> both = new ArrayList<>(candidates.get(i).drops());
        both.addAll(candidates.get(j).drops());
        tried(now, new DropCandidates.Candidate(both, 0)).ifPresent(tried::add);
      }
    }
    tried.sort(Comparator.comparingDouble((Tried each) -> each.score()).reversed());
    DropTrial next = null;
    double enough = tried.isEmpty() ? 0 : NEARLY * tried.getFirst().score();
    for (Tried each : tried) {
      if (next == null) {
        next = each.trial();
      } else if (each.score() >= enough && next.excess() > 0) {
        DropTrial more =
            tried(next, each.candidate())
                .filter(beside -> beside.score() >= enough)
                .map(Tried::trial)
                .orElse(null);
        next = more == null ? next : more;
      }
    }
    return Optional.ofNullable(next);
  }

  private boolean isAllowed(DropCandidates.Candidate candidate) {
    Dropping.Drop stays = barred;
    return stays == null
        || candidate.drops().stream()
            .noneMatch(drop -> drop.value().equals(stays.value()) && drop.after() == stays.after());
  }

  /// What comes of a candidate; empty if it is impossible or frees nothing.
  private Optional<Tried> tried(DropTrial now, DropCandidates.Candidate candidate) {
    List<Dropping.Drop> drops = new ArrayList<>(now.drops());
    drops.addAll(candidate.drops());
    return without(drops)
        .filter(trial -> trial.excess() < now.excess())
        .map(trial -> {
          double slower = Math.max(0, trial.seconds() - now.seconds());
          double least = 1e-4 * now.seconds();
          return new Tried(candidate, trial, (now.excess() - trial.excess()) / (slower + least));
        });
  }

  /// The same with fewer or cheaper ways, as long as it fits.
  private DropTrial improved(DropTrial fitting) {
    DropTrial now = fitting;
    boolean changes = true;
    while (changes && left > 0) {
      changes = false;
      List<Dropping.Drop> drops = new ArrayList<>(now.drops());
      drops.sort(Comparator.comparingLong(drop -> drop.value().value().type().bytes()));
      for (Dropping.Drop drop : drops) {
        for (Optional<Dropping.Drop> other : others(drop)) {
          List<Dropping.Drop> fewer = new ArrayList<>(now.drops());
          if (left <= 0 || !fewer.remove(drop)) {
            break;
          }
          other.ifPresent(fewer::add);
          DropTrial trial = without(fewer).orElse(null);
          boolean isSimpler = other.isEmpty() && trial != null && trial.seconds() <= now.seconds();
          if (trial != null
              && trial.excess() == 0
              && (isSimpler || trial.seconds() < now.seconds() * (1 - 1e-9))) {
            now = trial;
            changes = true;
            break;
          }
        }
      }
    }
    return now;
  }

  /// The same with something else in the place of what leaves, as long as that pays.
  private DropTrial exchanged(DropTrial fitting) {
    DropTrial now = fitting;
    boolean changes = true;
    while (changes && left > 0) {
      changes = false;
      for (Dropping.Drop drop : now.drops()) {
        Optional<DropTrial> other = instead(now, drop);
        if (other.isPresent()) {
          now = other.get();
          changes = true;
          break;
        }
      }
    }
    return now;
  }

  /// A faster schedule in which a value does not leave that does.
  private Optional<DropTrial> instead(DropTrial now, Dropping.Drop drop) {
    List<Dropping.Drop> fewer = new ArrayList<>(now.drops());
    fewer.remove(drop);
    barred = drop;
    Optional<DropTrial> other = without(fewer).map(this::relieved);
    barred = null;
    return other
        .filter(trial -> trial.excess() == 0)
        .map(this::improved)
        .filter(trial -> trial.seconds() < now.seconds() * (1 - 1e-9));
  }

  /// What a value that leaves could do instead: stay, or come back in another way.
  private List<Optional<Dropping.Drop>> others(Dropping.Drop drop) {
    List<Optional<Dropping.Drop>> others = new ArrayList<>(List.of(Optional.empty()));
    for (Dropping.Means means : Dropping.Means.values()) {
      if (means != Dropping.Means.VISIT && setting.base().allows(drop.value(), means)) {
        for (int back : means == Dropping.Means.SWAP ? backs(drop) : List.of(-1)) {
          Dropping.Drop other = new Dropping.Drop(drop.value(), drop.after(), means, back);
          if (!other.equals(drop)) {
            others.add(Optional.of(other));
          }
        }
      }
    }
    return others;
  }

  /// When a value could come up again.
  private List<Integer> backs(Dropping.Drop drop) {
    List<Integer> backs = new ArrayList<>(List.of(Dropping.Drop.WHEN_READ));
    for (int reader : setting.base().readers(drop.value())) {
      if (reader > drop.after()) {
        for (int ahead = 1; ahead <= 8 && reader - ahead > drop.after(); ahead *= 2) {
          backs.add(reader - ahead);
        }
        break;
      }
    }
    return backs;
  }
}

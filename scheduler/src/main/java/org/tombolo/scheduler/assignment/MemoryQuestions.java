package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What can be decided of placements under limits to memory, and what follows from decisions.
final class MemoryQuestions {
  /// Share of a limit from which memory counts as scarce.
  private static final double NEARLY = 0.95;

  /// Whether something is on a device.
  ///
  /// @param isTenant whether it is a tenant, or an operation with all that stay with it
  /// @param what which
  record Question(int device, boolean isTenant, int what) {}

  private final AssignmentProblem problem;
  private final List<MemoryUse.Tenant> tenants;
  private final List<Long> limits;
  private final MemoryRows rows;
  private final long[] bytes;

  /// The operations that are where one is.
  private final Map<Integer, List<Integer>> groups = new HashMap<>();

  MemoryQuestions(AssignmentProblem problem, MemoryUse memory, List<Long> limits, MemoryRows rows) {
    this.problem = problem;
    this.tenants = memory.tenants();
    this.limits = limits;
    this.rows = rows;
    this.bytes = rows.bytes();
    problem.groups().forEach(group -> group.forEach(operation -> groups.put(operation, group)));
  }

  /// All devices that operations may be on, as bits.
  long[] everything() {
    long[] everything = new long[problem.operations()];
    for (int i = 0; i < everything.length; i++) {
      for (int device = 0; device < problem.devices(); device++) {
        everything[i] |= problem.cost(i, device) == AssignmentProblem.IMPOSSIBLE ? 0 : 1L << device;
      }
    }
    return everything;
  }

  /// What matters most where memory is scarce: tenants of which it is not clear where they are, and
  /// operations that have much there.
  ///
  /// @param incumbent the best placement that is known
  /// @param most how many of each kind
  List<Question> of(MemoryPart part, int @Nullable [] incumbent, int most) {
    Map<Question, Double> scores = new HashMap<>();
    for (int device : rows.limited()) {
      double[] presence = part.presence()[device];
      double[] loads = rows.loads(presence);
      double[] scarcity = new double[loads.length + 1];
      double full = Math.min(limits.get(device), Arrays.stream(loads).max().orElse(0));
      for (int step : MemoryUse.crowded(loads, (long) (NEARLY * full))) {
        scarcity[step + 1]++;
      }
      for (int step = 1; step < scarcity.length; step++) {
        scarcity[step] += scarcity[step - 1];
      }
      for (int i = 0; i < bytes.length; i++) {
        double steps = scarcity[tenants.get(i).to() + 1] - scarcity[tenants.get(i).from()];
        boolean isOpen = !part.counted()[device].get(i) && !isAway(part.allowed(), device, i);
        if (steps > 0 && isOpen) {
          double unsure = Math.min(presence[i], 1 - presence[i]) + 0.01;
          scores.put(new Question(device, true, i), unsure * bytes[i] * steps);
        }
        for (int user : steps > 0 ? tenants.get(i).users() : new int[0]) {
          long allowed = part.allowed()[user];
          if ((allowed >> device & 1) == 1 && Long.bitCount(allowed) > 1) {
            boolean differs = incumbent != null && incumbent[user] != part.homes()[user];
            double score = (differs ? 4.0 : 1.0) * bytes[i] * steps;
            scores.merge(new Question(device, false, group(user).getFirst()), score, Double::sum);
          }
        }
      }
    }
    List<Question> best = new ArrayList<>();
    for (boolean isTenant : new boolean[] {true, false}) {
      scores.entrySet().stream()
          .filter(scored -> scored.getKey().isTenant() == isTenant)
          .sorted(
              Comparator.comparingDouble((Map.Entry<Question, Double> scored) -> -scored.getValue())
                  .thenComparingInt(scored -> scored.getKey().device())
                  .thenComparingInt(scored -> scored.getKey().what()))
          .limit(most)
          .forEach(scored -> best.add(scored.getKey()));
    }
    return best;
  }

  /// The operations that are where one is.
  List<Integer> group(int operation) {
    return Objects.requireNonNull(groups.get(operation));
  }

  /// How much of what a question is about is on its device, from 0 to 1.
  static double presence(MemoryPart part, Question question) {
    return question.isTenant()
        ? part.presence()[question.device()][question.what()]
        : part.homes()[question.what()] == question.device() ? 1 : 0;
  }

  /// Decides a question: a tenant counts as there or is not there, an operation is there or not.
  ///
  /// @param allowed devices that each operation may be on, as bits, which become fewer
  /// @param counted tenants that count as there, which become more
  /// @return false, and nothing is changed, if there is no such placement
  boolean decide(long[] allowed, BitSet[] counted, Question question, boolean there) {
    long here = 1L << question.device();
    if (!question.isTenant()) {
      return restrict(allowed, question.what(), there ? here : ~here);
    }
    if (there) {
      counted[question.device()].set(question.what());
      return true;
    }
    return withdraw(allowed, question.device(), question.what());
  }

  /// Leaves an operation, with all that stay with it, some devices alone; false, and nothing is
  /// changed, if one of them has none of these.
  boolean restrict(long[] allowed, int operation, long devices) {
    if (!isPossible(allowed, operation, devices)) {
      return false;
    }
    for (int member : group(operation)) {
      allowed[member] &= devices;
    }
    return true;
  }

  private boolean isPossible(long[] allowed, int operation, long devices) {
    for (int member : group(operation)) {
      if ((allowed[member] & devices) == 0) {
        return false;
      }
    }
    return true;
  }

  /// Takes a device away from all that have a tenant there; false, and nothing is changed, if one
  /// of them has no other.
  private boolean withdraw(long[] allowed, int device, int tenant) {
    long others = ~(1L << device);
    for (int user : tenants.get(tenant).users()) {
      if (!isPossible(allowed, user, others)) {
        return false;
      }
    }
    for (int user : tenants.get(tenant).users()) {
      restrict(allowed, user, others);
    }
    return true;
  }

  /// Whether a tenant cannot be on a device.
  private boolean isAway(long[] allowed, int device, int tenant) {
    for (int user : tenants.get(tenant).users()) {
      if ((allowed[user] >> device & 1) == 1) {
        return false;
      }
    }
    return true;
  }

  /// A mixture with what is decided.
  double[][] decided(double[][] presence, long[] allowed, BitSet[] counted) {
    double[][] decided = new double[presence.length][];
    for (int device = 0; device < presence.length; device++) {
      decided[device] = presence[device].clone();
      for (int i = 0; i < bytes.length; i++) {
        if (counted[device].get(i)) {
          decided[device][i] = 1;
        } else if (isAway(allowed, device, i)) {
          decided[device][i] = 0;
        }
      }
    }
    return decided;
  }

  /// Whether tenants are on devices, 1 or 0.
  double[][] presence(int[] homes, BitSet[] counted) {
    double[][] presence = new double[problem.devices()][bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      for (int user : tenants.get(i).users()) {
        presence[homes[user]][i] = 1;
      }
      for (int device = 0; device < presence.length; device++) {
        presence[device][i] = counted[device].get(i) ? 1 : presence[device][i];
      }
    }
    return presence;
  }

  /// Takes devices away from what they have no memory for beside what has to be there.
  ///
  /// @param allowed devices that each operation may be on, as bits, which become fewer
  /// @param counted tenants that count as there, which become more
  /// @return false if there is no placement
  boolean propagate(long[] allowed, BitSet[] counted) {
    boolean changes = true;
    while (changes) {
      changes = false;
      for (int device : rows.limited()) {
        double[] certain = new double[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
          for (int user : tenants.get(i).users()) {
            if (allowed[user] == 1L << device) {
              counted[device].set(i);
            }
          }
          certain[i] = counted[device].get(i) ? 1 : 0;
        }
        double[] loads = rows.loads(certain);
        RangeMaximum crowd = new RangeMaximum(loads);
        if (crowd.of(0, loads.length - 1) > limits.get(device)) {
          return false;
        }
        for (int i = 0; i < bytes.length; i++) {
          MemoryUse.Tenant tenant = tenants.get(i);
          if (certain[i] == 0
              && !isAway(allowed, device, i)
              && crowd.of(tenant.from(), tenant.to()) + bytes[i] > limits.get(device)) {
            if (!withdraw(allowed, device, i)) {
              return false;
            }
            changes = true;
          }
        }
      }
    }
    return true;
  }
}

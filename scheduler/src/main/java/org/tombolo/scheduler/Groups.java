package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.scheduler.assignment.AssignmentProblem;

/// A placement in the making by methods that decide one operation after the other: operations that
/// stay together, of which each gets a device at most once, and the room that variables leave on
/// the devices: those that are assigned where they live, the others wherever they are read.
final class Groups {
  /// The home of what has none yet.
  static final int NONE = -1;

  private final PlacementProblem problem;
  private final List<List<Integer>> members;
  private final int[] groups;
  private final int[] homes;
  private final long[] room;

  /// Variables without a home that a group reads.
  private final List<Set<Node>> mirrored = new ArrayList<>();

  /// The same on each device.
  private final List<Set<Node>> present = new ArrayList<>();

  Groups(PlacementRequest request, PlacementProblem problem) {
    this.problem = problem;
    this.members = new ArrayList<>(problem.assignment().groups());
    this.groups = new int[problem.nodes().size()];
    for (int group = 0; group < members.size(); group++) {
      for (int operation : members.get(group)) {
        groups[operation] = group;
      }
    }
    this.homes = new int[members.size()];
    Arrays.fill(homes, NONE);
    this.room = request.rules().limits().stream().mapToLong(Long::longValue).toArray();
    request.devices().forEach(_ -> present.add(new HashSet<>()));
    Set<Node> placed = new HashSet<>(problem.nodes());
    for (List<Integer> group : members) {
      Set<Node> read = new HashSet<>();
      for (int operation : group) {
        problem.nodes().get(operation).inputs().forEach(operand -> collect(operand, placed, read));
      }
      read.removeIf(node -> !(node.op() instanceof Op.Variable));
      mirrored.add(read);
    }
  }

  /// A value without a home, and all of that kind that it is made of.
  private static void collect(Node value, Set<Node> placed, Set<Node> found) {
    if (!placed.contains(value) && found.add(value)) {
      value.inputs().forEach(operand -> collect(operand, placed, found));
    }
  }

  /// Device of an operation, or [#NONE].
  int home(int operation) {
    return homes[groups[operation]];
  }

  /// Whether an operation may go to a device: it is there, or it is nowhere yet, and the device can
  /// run all that goes with it and has room for its variables, operands and results.
  boolean allows(int operation, int device) {
    int group = groups[operation];
    if (homes[group] != NONE) {
      return homes[group] == device;
    }
    return problem.assignment().cost(members.get(group), device) != AssignmentProblem.IMPOSSIBLE
        && neededBytes(group, device) + workBytes(group) <= room[device];
  }

  /// The most that an operation of a group reads and writes, variables apart.
  private long workBytes(int group) {
    return members.get(group).stream()
        .map(problem.nodes()::get)
        .mapToLong(node ->
            Stream.concat(Stream.of(node), node.inputs().stream())
                .distinct()
                .filter(value -> !(value.op() instanceof Op.Variable))
                .mapToLong(value -> value.type().bytes())
                .sum())
        .max()
        .orElse(0);
  }

  private long neededBytes(int group, int device) {
    Stream<Node> own =
        members.get(group).stream()
            .map(problem.nodes()::get)
            .filter(node -> node.op() instanceof Op.Variable);
    Stream<Node> read =
        mirrored.get(group).stream().filter(node -> !present.get(device).contains(node));
    return Stream.concat(own, read).mapToLong(node -> node.type().bytes()).sum();
  }

  /// Puts an operation, and all that goes with it, on a device that [#allows] it.
  void put(int operation, int device) {
    int group = groups[operation];
    if (homes[group] == NONE) {
      homes[group] = device;
      room[device] -= neededBytes(group, device);
      present.get(device).addAll(mirrored.get(group));
    }
  }

  /// Devices that an operation may go to, in the order of a list.
  List<Integer> allowed(int operation, List<Integer> devices) {
    return devices.stream().filter(device -> allows(operation, device)).toList();
  }

  /// Device of each operation; those without a home get the first device of a list that they may go
  /// to.
  ///
  /// @throws PlacementException if there is none
  int[] homes(List<Integer> devices) {
    int[] all = new int[groups.length];
    for (int i = 0; i < all.length; i++) {
      if (home(i) == NONE) {
        put(i, first(i, devices));
      }
      all[i] = home(i);
    }
    return all;
  }

  private int first(int operation, List<Integer> devices) {
    return allowed(operation, devices).stream()
        .findFirst()
        .orElseThrow(() ->
            new PlacementException(
                "placement: no device can run %s with all that stays with it, or has room for it"
                    .formatted(problem.nodes().get(operation)),
                "an engine with a device that runs them, such as cpu"));
  }
}

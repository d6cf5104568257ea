package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Kernel;
import org.tombolo.graph.Cost;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.regions.Movement;

/// What placements cost, written out plainly, and the best of all that there are, by trying them.
/// Sets of devices are bits of a number: an operation that can be repeated may be on several. Not
/// for graphs with branches or loops.
final class PlainPlacements {
  private final Graph graph;
  private final List<Device> devices;
  private final PlacementRequest request;
  private final List<List<Integer>> users = new ArrayList<>();
  private final double[][] seconds;
  private final double[][] up;
  private final double[][] down;
  private final Set<String> assigned = new HashSet<>();

  PlainPlacements(PlacementRequest request) {
    this.request = request;
    this.graph = request.graph();
    this.devices = request.devices();
    int count = graph.nodes().size();
    this.seconds = new double[count][devices.size()];
    this.up = new double[count][devices.size()];
    this.down = new double[count][devices.size()];
    for (int i = 0; i < count; i++) {
      Node node = graph.nodes().get(i);
      users.add(new ArrayList<>());
      new HashSet<>(node.inputs())
          .forEach(operand -> {
            users.get(graph.position(operand)).add(graph.position(node));
          });
      for (int d = 0; d < devices.size(); d++) {
        seconds[i][d] = seconds(devices.get(d), node);
        up[i][d] = devices.get(d).hostLink().upSeconds(node.type().bytes());
        down[i][d] = devices.get(d).hostLink().downSeconds(node.type().bytes());
      }
    }
    graph.assigns().forEach(node -> assigned.add(((Op.Assign) node.op()).variable()));
  }

  private static double seconds(Device device, Node node) {
    if (Movement.is(node)) {
      return 0;
    }
    Cost cost = Cost.of(node);
    DeviceInfo.Speed speed = device.info().speed();
    boolean starts = Kernel.isSingle(node.op()) || node.op() instanceof Op.Reduce;
    return speed.seconds(cost.flops(), cost.bytes()) - (starts ? 0 : speed.launchSeconds());
  }

  /// Devices of every node in a placement: what has no home is where it is read.
  int[] sites(Map<Node, Integer> homes) {
    int[] sites = new int[graph.nodes().size()];
    for (int i = sites.length - 1; i >= 0; i--) {
      Integer home = homes.get(graph.nodes().get(i));
      if (home != null) {
        sites[i] = 1 << home;
      } else if (!(graph.nodes().get(i).op() instanceof Op.Input)) {
        for (int user : users.get(i)) {
          sites[i] |= sites[user];
        }
      }
    }
    return sites;
  }

  private boolean isAnywhere(Node node) {
    return switch (node.op()) {
      case Op.Input _, Op.Constant _, Op.Iota _ -> true;
      case Op.Variable(String name, TensorType _) ->
          !assigned.contains(name) && !graph.outputs().containsValue(node);
      default -> false;
    };
  }

  double cost(int[] sites) {
    double total = 0;
    for (int i = 0; i < sites.length; i++) {
      Node node = graph.nodes().get(i);
      int readers = 0;
      for (int user : users.get(i)) {
        readers |= sites[user];
      }
      if (sites[i] != 0 && !Placement.isEverywhere(node)) {
        int missing = readers & ~sites[i];
        double leastDown = Double.POSITIVE_INFINITY;
        for (int d = 0; d < devices.size(); d++) {
          boolean here = (sites[i] >> d & 1) == 1;
          total += here ? seconds[i][d] : (missing >> d & 1) * up[i][d];
          leastDown = here ? Math.min(leastDown, down[i][d]) : leastDown;
        }
        total += missing != 0 || graph.outputs().containsValue(node) ? leastDown : 0;
      }
      double share = 1.0 / request.rules().options().expectedSteps();
      if (node.op() instanceof Op.Variable(String name, TensorType _)) {
        Integer home = request.homes().get(name);
        int places = sites[i] == 0 ? readers : sites[i];
        for (int d = 0; d < devices.size(); d++) {
          if ((places >> d & 1) == 1 && !request.copies().get(name).contains(d)) {
            total += share * (up[i][d] + (home == null ? 0 : down[i][home]));
          }
        }
      } else if (node.op() instanceof Op.Input) {
        for (int d = 0; d < devices.size(); d++) {
          total += (readers >> d & 1) * up[i][d];
        }
      }
    }
    return total;
  }

  /// The least cost; infinite if there is no legal placement.
  ///
  /// @param repeated operations that may be on several devices
  /// @param most how many placements to try at most
  /// @return negative if there are more
  double best(Set<Node> repeated, long most) {
    List<int[]> choices = new ArrayList<>();
    double count = 1;
    for (Node node : graph.nodes()) {
      int[] legal = choices(node, repeated.contains(node));
      choices.add(legal);
      count *= legal.length;
    }
    if (count > most) {
      return -1;
    }
    return best(choices, ties(), 0, new int[choices.size()]);
  }

  private int[] choices(Node node, boolean repeated) {
    if (isAnywhere(node) && !isHeld(node)) {
      return new int[] {0};
    }
    TreeSet<Integer> legal = new TreeSet<>();
    for (int mask = 1; mask < 1 << devices.size(); mask++) {
      boolean possible = repeated || Integer.bitCount(mask) == 1;
      for (int d = 0; d < devices.size(); d++) {
        possible &= (mask >> d & 1) == 0 || isPossible(node, d);
      }
      if (possible) {
        legal.add(mask);
      }
    }
    return legal.stream().mapToInt(Integer::intValue).toArray();
  }

  private boolean isHeld(Node node) {
    return request.rules().pins().containsKey(node)
        || request.rules().groups().stream().anyMatch(group -> group.contains(node));
  }

  private boolean runs(Node node, int device) {
    return switch (node.op()) {
      case Op.Variable _, Op.Assign _ -> true;
      default ->
          devices
              .get(device)
              .refusal(node.op(), node.inputs().stream().map(Node::type).toList())
              .isEmpty();
    };
  }

  private boolean isPossible(Node node, int device) {
    PlacementRules.Pin pin = request.rules().pins().get(node);
    boolean isHome =
        !(node.op() instanceof Op.Variable(String name, TensorType _))
            || request.homes().getOrDefault(name, device) == device;
    boolean isPinned = pin == null || pin.device() == device || !runs(node, pin.device());
    return isHome && isPinned && runs(node, device);
  }

  /// For each node an earlier one that it shares its device with, or itself.
  private int[] ties() {
    int[] ties = new int[graph.nodes().size()];
    Map<String, Integer> variables = new HashMap<>();
    for (int i = 0; i < ties.length; i++) {
      Node node = graph.nodes().get(i);
      ties[i] = i;
      if (node.op() instanceof Op.Variable(String name, TensorType _)) {
        variables.put(name, i);
      } else if (node.op() instanceof Op.Assign(String name)) {
        ties[i] = variables.get(name);
      }
      for (List<Node> group : request.rules().groups()) {
        if (group.contains(node)) {
          ties[i] = group.stream().mapToInt(graph::position).min().orElseThrow();
        }
      }
    }
    return ties;
  }

  private double best(List<int[]> choices, int[] ties, int at, int[] sites) {
    if (at == sites.length) {
      return cost(sites);
    }
    double best = Double.POSITIVE_INFINITY;
    for (int mask : choices.get(at)) {
      if (ties[at] == at || sites[ties[at]] == mask) {
        sites[at] = mask;
        best = Math.min(best, best(choices, ties, at + 1, sites));
      }
    }
    return best;
  }
}

package org.tombolo.opencl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tombolo.conformance.DriverCheck;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.conformance.Outcome;
import org.tombolo.device.Buffer;
import org.tombolo.device.Kernel;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.opencl.codegen.KernelLibrary;
import org.tombolo.opencl.contraction.Blockings;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Runs small cases of every group in one dialect, or a kernel that writes outside its memory.
final class OclgrindMain {
  private static final long SMALL = 1_200;

  /// Beyond, a simulation takes minutes.
  private static final long LARGE = 50_000;

  /// Groups whose kernels differ in how they reach memory, and out of how many of their small cases
  /// one is run.
  private static final List<String> GROUPS =
      List.of(
          "size",
          "move",
          "fused",
          "random",
          "reduce",
          "window",
          "pad",
          "concat",
          "dot",
          "conv",
          "gather",
          "scatter_add",
          "scan",
          "arg_max",
          "arg_min",
          "arg_sort",
          "call");

  private static final int CASES_OF_A_GROUP = 5;

  private OclgrindMain() {}

  public static void main(String[] args) {
    if (args[0].equals("outside")) {
      writeOutside();
      return;
    }
    int agreed = 0;
    try (OpenClDevice device = OpenCl.open(Dialect.valueOf(args[0]))) {
      DriverCheck check = new DriverCheck(device);
      for (OpCase each : cases(Dialect.valueOf(args[0]))) {
        switch (check.run(each)) {
          case Outcome.Agrees() -> agreed++;
          case Outcome.Refused(String reason) -> System.out.println(each + ": " + reason);
          case Outcome.Differs(String problem) -> throw new IllegalStateException(problem);
        }
      }
    }
    System.out.println(agreed + " cases agree");
  }

  /// Small cases, spread over each group, and the smallest with an operation, function, element
  /// type or kernel that these leave out. What composites without a kernel decompose into are loops
  /// and folds, which are written like those of the groups.
  private static List<OpCase> cases(Dialect dialect) {
    KernelLibrary library =
        new KernelLibrary(dialect, new DeviceLimits(1, 256, 1 << 15, 8, true), Blockings.USUAL);
    List<OpCase> all = OpCases.all(42);
    List<OpCase> chosen = new ArrayList<>();
    for (String group : GROUPS) {
      List<OpCase> small =
          all.stream()
              .filter(each -> each.name().startsWith(group + "/") && elements(each) <= SMALL)
              .toList();
      int step = Math.max(1, small.size() / CASES_OF_A_GROUP);
      for (int i = 0; i < small.size(); i += step) {
        chosen.add(small.get(i));
      }
    }
    Set<String> met = new HashSet<>();
    chosen.forEach(each -> met.addAll(labels(each, library)));
    List<OpCase> ascending = new ArrayList<>(all);
    ascending.sort(Comparator.comparingLong(OclgrindMain::elements));
    for (OpCase each : ascending) {
      if (elements(each) <= LARGE && met.addAll(labels(each, library))) {
        chosen.add(each);
      }
    }
    return chosen;
  }

  /// What a case is about: its operations, with their functions, element types, and kernels.
  private static Set<String> labels(OpCase each, KernelLibrary library) {
    Set<String> labels = new HashSet<>();
    for (Node node : each.graph().nodes()) {
      labels.add(node.op().mnemonic());
      labels.add(node.dtype().toString());
    }
    boolean refused =
        each.graph().nodes().stream()
            .filter(node -> !(node.op() instanceof Op.Input))
            .anyMatch(node ->
                library
                    .refusal(node.op(), node.inputs().stream().map(Node::type).toList())
                    .isPresent());
    if (!refused) {
      Kernel kernel = Kernel.of(new Region(each.name(), each.graph()));
      library
          .lower(each.name(), kernel)
          .steps()
          .forEach(step -> labels.add("kernel " + step.kernel()));
    }
    return labels;
  }

  private static long elements(OpCase each) {
    return each.graph().nodes().stream().map(Node::type).mapToLong(type -> type.size()).sum();
  }

  private static void writeOutside() {
    String text =
        """
        kernel void outside(global char *x_base, const long x_at) {
          global float *x = (global float *)(x_base + x_at);
          x[get_global_id(0)] = 1;
        }
        """;
    Step step =
        Step.line(new KernelSource("outside", text), "outside", List.of(new Arg.Output(0)), 64, 1);
    try (OpenClDevice device = OpenCl.open();
        Buffer in = device.allocate(128);
        Buffer out = device.allocate(128)) {
      var region = OpenClLifetimeTest.increment(32);
      try (var executable =
              new OpenClExecutable(device, "outside", Kernel.of(region), Steps.of(step));
          var launch =
              executable.bind(
                  List.of(Slice.all(in)), List.of(Slice.all(out)), new Slice(in, 0, 0))) {
        device.queue(QueueRole.COMPUTE).launch(launch, List.of()).await(Duration.ofMinutes(1));
      }
    }
  }
}

package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.device.Buffer;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.opencl.kernel.Dialect;

/// The same bits at each run, in whatever memory: the largest case of every operation and function
/// that a device computes, since it is shared among most work-items. There is no exception.
class DeterminismTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final int RUNS = 3;

  @ParameterizedTest
  @EnumSource
  void everyOperationGivesTheSameBitsEachTime(Dialect dialect) {
    try (OpenClDevice device = OpenCl.open(dialect)) {
      Collection<OpCase> cases = cases(device);
      assertTrue(cases.size() > 50, "only %d cases".formatted(cases.size()));
      for (OpCase each : cases) {
        try (Executable executable = device.compile(new Region(each.name(), each.graph()))) {
          List<Tensor> first = run(device, executable, each, 0);
          for (int run = 1; run < RUNS; run++) {
            assertEquals(
                first,
                run(device, executable, each, run),
                "%s, %s, run %d, seed %d".formatted(each, dialect, run, SEED));
          }
        }
      }
    }
  }

  /// The largest case of each operation, or fused group of them, that the device does not refuse.
  private static Collection<OpCase> cases(OpenClDevice device) {
    Map<String, OpCase> largest = new LinkedHashMap<>();
    for (OpCase each : OpCases.all(SEED)) {
      boolean refused =
          each.graph().nodes().stream()
              .anyMatch(node ->
                  device
                      .refusal(node.op(), node.inputs().stream().map(Node::type).toList())
                      .isPresent());
      if (!refused) {
        largest.merge(label(each), each, (a, b) -> elements(b) > elements(a) ? b : a);
      }
    }
    return largest.values();
  }

  private static String label(OpCase each) {
    return each.graph().nodes().stream()
        .map(Node::op)
        .filter(op -> !(op instanceof Op.Input))
        .map(Op::mnemonic)
        .distinct()
        .collect(Collectors.joining(" "));
  }

  private static long elements(OpCase each) {
    return each.graph().nodes().stream().mapToLong(node -> node.type().size()).sum();
  }

  /// @param run how many buffers to hold back first, so that each run has memory of its own
  private static List<Tensor> run(
      OpenClDevice device, Executable executable, OpCase each, int run) {
    List<Buffer> buffers = new ArrayList<>();
    try {
      for (int i = 0; i < run; i++) {
        buffers.add(device.allocate(4096));
      }
      Queue queue = device.queue(QueueRole.COMPUTE);
      List<Slice> in = new ArrayList<>();
      for (Tensor input : each.inputs()) {
        in.add(memory(device, buffers, input.type().bytes()));
        queue
            .upload(input.data(), HostMemory.VALID_DURING_CALL, in.getLast(), List.of())
            .await(SOON);
      }
      Collection<Node> outputs = each.graph().outputs().values();
      List<Slice> out = new ArrayList<>();
      outputs.forEach(node -> out.add(memory(device, buffers, node.type().bytes())));
      Slice scratch = memory(device, buffers, executable.scratchBytes());
      try (Launch launch = executable.bind(in, out, scratch)) {
        queue.launch(launch, List.of()).await(SOON);
      }
      List<Tensor> results = new ArrayList<>();
      for (Node node : outputs) {
        MemorySegment host = Tensor.allocate(node.type());
        queue.download(out.get(results.size()), host, List.of()).await(SOON);
        results.add(Tensor.wrap(node.type(), host));
      }
      return results;
    } finally {
      buffers.forEach(Buffer::close);
    }
  }

  private static Slice memory(OpenClDevice device, List<Buffer> buffers, long bytes) {
    buffers.add(device.allocate(bytes));
    return Slice.all(buffers.getLast());
  }
}

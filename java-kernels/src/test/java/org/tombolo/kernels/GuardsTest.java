package org.tombolo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Devices;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Kernels write their results and nothing beside them.
class GuardsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final byte GUARD = 0x5a;

  /// Runs a graph of one kernel in one buffer, whose gaps must stay as they are.
  ///
  /// @param inPlace whether the first result lies where the last operand does
  private static void check(Device device, Graph graph, List<Tensor> in, boolean inPlace) {
    List<Tensor> want = Reference.run(graph, in);
    long gap = Math.max(device.alignment(), 128);
    try (Executable executable = device.compile(new Region("guarded", graph));
        Arena arena = Arena.ofConfined()) {
      List<Long> places = new ArrayList<>();
      List<Long> sizes = new ArrayList<>();
      in.forEach(tensor -> sizes.add(tensor.type().bytes()));
      want.forEach(tensor -> sizes.add(tensor.type().bytes()));
      sizes.add(executable.scratchBytes());
      long end = gap;
      for (long size : sizes) {
        places.add(end);
        end += (size + gap - 1) / gap * gap + gap;
      }
      MemorySegment host = arena.allocate(end, gap);
      host.fill(GUARD);
      for (int i = 0; i < in.size(); i++) {
        host.asSlice(places.get(i), sizes.get(i)).copyFrom(in.get(i).data());
      }
      Queue queue = device.queue(QueueRole.COMPUTE);
      try (Buffer buffer = device.allocate(end)) {
        Slice all = new Slice(buffer, 0, end);
        queue.upload(host, HostMemory.VALID_DURING_CALL, all, List.of()).await(PATIENCE);
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < sizes.size(); i++) {
          slices.add(new Slice(buffer, places.get(i), sizes.get(i)));
        }
        List<Slice> inputs = slices.subList(0, in.size());
        List<Slice> outputs = new ArrayList<>(slices.subList(in.size(), sizes.size() - 1));
        if (inPlace) {
          outputs.set(0, inputs.getLast());
          places.set(in.size(), places.get(in.size() - 1));
        }
        try (Launch launch = executable.bind(inputs, outputs, slices.getLast())) {
          queue.launch(launch, List.of()).await(PATIENCE);
        }
        MemorySegment after = arena.allocate(end, gap);
        queue.download(all, after, List.of()).await(PATIENCE);
        for (int i = 0; i < want.size(); i++) {
          int place = in.size() + i;
          Tensor got =
              Tensor.wrap(want.get(i).type(), after.asSlice(places.get(place), sizes.get(place)));
          assertEquals(want.get(i), got, "result " + i);
          host.asSlice(places.get(place), sizes.get(place)).copyFrom(got.data());
        }
        int working = sizes.size() - 1;
        host.asSlice(places.get(working), sizes.get(working))
            .copyFrom(after.asSlice(places.get(working), sizes.get(working)));
        long changed = host.mismatch(after);
        assertEquals(-1, changed, "byte that is neither result nor working memory");
        assertEquals(GUARD, after.get(ValueLayout.JAVA_BYTE, end - 1));
      }
    }
  }

  private static Graph graph(Kernel kernel, Range range, List<Integer> wanted, List<Tensor> in) {
    GraphBuilder g = new GraphBuilder("guarded");
    List<Node> operands = new ArrayList<>();
    in.forEach(tensor -> operands.add(g.input("x" + operands.size(), tensor.type())));
    List<Node> results = kernel.callAll(range, operands.toArray(Node[]::new));
    wanted.forEach(result -> g.output("y" + result, results.get(result)));
    return g.build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "opencl"})
  void nothingElseIsWritten(String driver) {
    TestEngines.open(driver).close();
    Device device = Devices.open(driver).getFirst();
    try {
      for (int n : new int[] {1, 31, 1000}) {
        List<Tensor> floats =
            List.of(
                Tensor.filled(TensorType.f32(n), i -> i % 9),
                Tensor.filled(TensorType.f32(n), i -> 3 - i));
        for (boolean checks : new boolean[] {false, true}) {
          Range range = checks ? Range.of(n).withChecks() : Range.of(n);
          check(device, graph(new Saxpy(2), range, List.of(0), floats), floats, false);
          check(device, graph(new Saxpy(2), range, List.of(0), floats), floats, true);
          TensorType type = TensorType.of(DType.I64, n);
          List<Tensor> longs =
              List.of(Tensor.wholes(type, i -> i * 77), Tensor.wholes(type, i -> 5 - i));
          Kernel wide = new SampleKernels.Wide(3, 0.25);
          check(device, graph(wide, range, List.of(0, 1), longs), longs, false);
          check(device, graph(wide, range, List.of(0), longs), longs, true);
          check(device, graph(wide, range, List.of(1), longs), longs, false);
        }
        List<Tensor> one = floats.subList(0, 1);
        Range groups = Range.of(Range.roundUp(n, 32)).inGroupsOf(32);
        Kernel sum = new SampleKernels.GroupSum(32, (n + 31) / 32);
        check(device, graph(sum, groups, List.of(0), one), one, false);
      }
    } finally {
      device.close();
    }
  }
}

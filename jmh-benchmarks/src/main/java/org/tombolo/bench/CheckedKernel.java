package org.tombolo.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.tombolo.cpu.CpuDriver;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Probe;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.Composite;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Kernels of the CPU device by name, each compared with the reference before it is handed out.
final class CheckedKernel {
  /// What a kernel computes.
  private interface Body {
    Node of(GraphBuilder g, List<Node> in);
  }

  private record Kernel(List<TensorType> inputs, double tolerance, Body body) {}

  private static final Map<String, Kernel> KERNELS = new TreeMap<>();

  static {
    TensorType wide = TensorType.f32(64, 1024);
    TensorType row = TensorType.f32(1024);
    KERNELS.put(
        "elementwise",
        new Kernel(
            List.of(wide, wide, wide),
            1e-5,
            (g, in) -> in.get(1).mul(in.get(0)).add(in.get(2)).tanh().mul(in.get(0).sigmoid())));
    KERNELS.put(
        "bias_relu",
        new Kernel(
            List.of(wide, row),
            1e-6,
            (g, in) -> in.get(0).add(in.get(1).broadcastTo(Shape.of(64, 1024))).relu()));
    KERNELS.put(
        "softmax",
        new Kernel(List.of(wide), 1e-6, (g, in) -> g.call(new Composite.Softmax(1), in.get(0))));
    KERNELS.put(
        "layernorm",
        new Kernel(
            List.of(wide, row, row),
            1e-4,
            (g, in) ->
                g.call(new Normalization.LayerNorm(1, 1e-5), in.get(0), in.get(1), in.get(2))));
    KERNELS.put("sum", new Kernel(List.of(wide), 1e-2, (g, in) -> in.get(0).sum()));
    KERNELS.put(
        "matmul",
        new Kernel(
            List.of(TensorType.f32(192, 192), TensorType.f32(192, 192)),
            1e-3,
            (g, in) -> in.get(0).matmul(in.get(1))));
  }

  private CheckedKernel() {}

  /// A kernel that is ready to run; its result was compared with the reference.
  ///
  /// @throws IllegalStateException if the result is wrong
  static Runnable open(String name) {
    Kernel kernel = KERNELS.get(name);
    if (kernel == null) {
      throw new IllegalArgumentException(
          "benchmark: no kernel \"%s\"; there are %s".formatted(name, KERNELS.keySet()));
    }
    GraphBuilder g = new GraphBuilder(name);
    List<Node> in = new ArrayList<>();
    for (TensorType type : kernel.inputs()) {
      in.add(g.input("x" + in.size(), type));
    }
    g.output("y", kernel.body().of(g, in));
    Graph graph = g.build();
    CpuDriver driver = new CpuDriver();
    Device device = driver.open((Probe.Found) driver.probe().get(0));
    SplittableRandom random = new SplittableRandom(1);
    List<Tensor> inputs =
        kernel.inputs().stream()
            .map(type -> Tensor.filled(type, i -> random.nextDouble(-1, 1)))
            .toList();
    return bound(device, graph, inputs, kernel.tolerance());
  }

  private static Runnable bound(Device device, Graph graph, List<Tensor> inputs, double tolerance) {
    Queue queue = device.queue(QueueRole.COMPUTE);
    Executable executable = device.compile(new Region(graph.name(), graph));
    List<Slice> in = new ArrayList<>();
    for (Tensor input : inputs) {
      Buffer buffer = device.allocate(input.type().bytes());
      in.add(Slice.all(buffer));
      queue.upload(input.data(), HostMemory.VALID_DURING_CALL, Slice.all(buffer), List.of());
    }
    TensorType type = Objects.requireNonNull(graph.outputs().get("y")).type();
    Slice out = Slice.all(device.allocate(type.bytes()));
    Slice scratch = Slice.all(device.allocate(executable.scratchBytes()));
    Launch launch = executable.bind(in, List.of(out), scratch);
    queue.launch(launch, List.of());
    var memory = Tensor.allocate(type);
    queue.download(out, memory, List.of());
    Tensor got = Tensor.wrap(type, memory);
    Tensor want = Reference.run(graph, inputs).get(0);
    for (int i = 0; i < type.size(); i++) {
      if (!(Math.abs(got.at(i) - want.at(i)) <= tolerance)) {
        throw new IllegalStateException(
            "benchmark: %s at %d is %s; need %s".formatted(graph.name(), i, got.at(i), want.at(i)));
      }
    }
    return () -> queue.launch(launch, List.of());
  }
}

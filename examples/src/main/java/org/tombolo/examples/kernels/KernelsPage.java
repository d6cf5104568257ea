package org.tombolo.examples.kernels;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Floats;
import org.tombolo.kernels.Item;
import org.tombolo.kernels.Kernel;
import org.tombolo.kernels.OpenClKernel;
import org.tombolo.kernels.Range;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// The code of the page about kernels.
final class KernelsPage {
  private KernelsPage() {}

  static final class Saxpy extends Kernel {
    private final float a;
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Reader y = new Floats.Reader();
    private final Floats.Writer sum = new Floats.Writer();

    Saxpy(float a) {
      this.a = a;
    }

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(operands.get(0));
    }

    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      sum.set(i, a * x.get(i) + y.get(i));
    }

    @Override
    protected List<Optional<Node>> gradient(
        List<Node> operands, List<Node> results, List<Node> dys) {
      Node dy = dys.get(0);
      return List.of(Optional.of(dy.mul(a)), Optional.of(dy));
    }
  }

  static final class GroupSum extends Kernel {
    static final int GROUP = 64;
    private final Floats.Reader x = new Floats.Reader();
    private final Floats.Writer sums = new Floats.Writer();
    private final Floats.Local part = new Floats.Local(GROUP);

    @Override
    protected List<TensorType> results(List<TensorType> operands) {
      return List.of(TensorType.f32(operands.get(0).size() / GROUP));
    }

    @Override
    protected void run(Item item) {
      int i = item.localId(0);
      part.set(i, x.get(item.globalId(0)));
      item.barrier();
      for (int s = GROUP / 2; s > 0; s /= 2) {
        if (i < s) {
          part.set(i, part.get(i) + part.get(i + s));
        }
        item.barrier();
      }
      if (i == 0) {
        sums.set(item.groupId(0), part.get(0));
      }
    }
  }

  /// The graph of the page.
  ///
  /// @param n number of elements, a multiple of the group's
  /// @param openCl whether the device is OpenCL's
  static Graph graph(int n, boolean openCl) {
    GraphBuilder g = new GraphBuilder("page");
    Node x = g.input("x", TensorType.f32(n));
    Node y = g.input("y", TensorType.f32(n));
    Node sum = new Saxpy(2).call(Range.of(n), x, y);
    g.output("sum", sum);
    g.output("dx", Gradients.of(sum.square().sum(), List.of(x)).getFirst());
    g.output("sums", new GroupSum().call(Range.of(n).inGroupsOf(GroupSum.GROUP), x));
    if (openCl) {
      Node fast =
          OpenClKernel.source(
                  "scale",
                  """
                  kernel void scale(global const float *x, global float *y, const float a) {
                    size_t i = get_global_id(0);
                    y[i] = a * x[i];
                  }
                  """)
              .reads("x", DType.F32)
              .writes("y", TensorType.f32(n))
              .scalar("a", 3f)
              .call(Range.of(n), x);
      g.output("fast", fast);
    }
    return g.build();
  }

  /// Runs it on `x = 0, 1, 2..` and `y = 1`.
  static Map<String, Tensor> run(String device, int n) {
    try (Engine engine = Engine.open(device);
        State state = engine.newState();
        Plan plan = engine.compile(graph(n, device.equals("opencl")), state)) {
      return plan.run(
          Map.of(
              "x", Tensor.filled(TensorType.f32(n), i -> i),
              "y", Tensor.filled(TensorType.f32(n), i -> 1)));
    }
  }
}

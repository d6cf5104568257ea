package org.tombolo.bench.gate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.cpu.kernel.KernelCompiler;
import org.tombolo.cpu.math.VectorMaths;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.device.Kernel;
import org.tombolo.device.Region;
import org.tombolo.graph.Composite;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// Hot kernels of the CPU device on one thread, as a commit has them.
///
/// This class is compiled with the sources of its own commit and loaded beside those of another
/// one, so nothing but types of the JDK goes in or out.
public final class GateWork {
  private static final long ALIGNMENT = 128;

  private GateWork() {}

  /// By name: what runs once, and what gives its result afterwards.
  public static Map<String, Map.Entry<Runnable, Supplier<float[]>>> all() {
    Map<String, Map.Entry<Runnable, Supplier<float[]>>> all = new LinkedHashMap<>();
    all.put("product 192", work(product()));
    all.put("convolution 14x14x16->32", work(convolution()));
    all.put("elementwise", work(elementwise()));
    all.put("row sums", work(rowSums()));
    all.put("softmax", work(softmax()));
    return all;
  }

  private static GraphBuilder product() {
    GraphBuilder g = new GraphBuilder("product");
    TensorType square = TensorType.f32(192, 192);
    g.output("y", g.input("a", square).matmul(g.input("b", square)));
    return g;
  }

  private static GraphBuilder convolution() {
    GraphBuilder g = new GraphBuilder("convolution");
    Node x = g.input("x", TensorType.f32(4, 14, 14, 16));
    Node w = g.input("w", TensorType.f32(3, 3, 16, 32));
    WindowDim slide = WindowDim.of(3, 1, 1, 1);
    Op conv = new Op.Conv(List.of(slide, slide), false, ConvDims.channelsLast(2));
    g.output("y", g.add(conv, List.of(x, w)));
    return g;
  }

  private static GraphBuilder elementwise() {
    GraphBuilder g = new GraphBuilder("elementwise");
    TensorType line = TensorType.f32(1 << 16);
    Node x = g.input("x", line);
    g.output("y", x.mul(x).add(x).tanh().mul(g.input("z", line)));
    return g;
  }

  private static GraphBuilder rowSums() {
    GraphBuilder g = new GraphBuilder("row_sums");
    Node x = g.input("x", TensorType.f32(256, 1000));
    g.output("y", x.mul(x).sum(1));
    return g;
  }

  private static GraphBuilder softmax() {
    GraphBuilder g = new GraphBuilder("softmax");
    Node x = g.input("x", TensorType.f32(256, 1000));
    g.output("y", g.add(new Op.Call(new Composite.Softmax(1)), List.of(x)));
    return g;
  }

  /// Memory, threads and code live as long as the process.
  private static Map.Entry<Runnable, Supplier<float[]>> work(GraphBuilder graph) {
    Kernel form = Kernel.of(new Region("gate", graph.build()));
    HostKernel kernel = new KernelCompiler(new WorkerTeam(1), VectorMaths.best()).compile(form);
    Arena arena = Arena.global();
    MemorySegment[] inputs = new MemorySegment[form.inputs().size()];
    for (int i = 0; i < inputs.length; i++) {
      TensorType type = form.inputs().get(i);
      inputs[i] = arena.allocate(type.bytes(), ALIGNMENT);
      for (long at = 0; at < type.size(); at++) {
        inputs[i].setAtIndex(ValueLayout.JAVA_FLOAT, at, (at * 7 + i) % 61 / 61f - 0.5f);
      }
    }
    MemorySegment[] outputs = {arena.allocate(form.outputs().getFirst().bytes(), ALIGNMENT)};
    MemorySegment scratch = arena.allocate(Math.max(1, kernel.scratchBytes()), ALIGNMENT);
    return Map.entry(
        () -> kernel.run(inputs, outputs, scratch),
        () -> outputs[0].toArray(ValueLayout.JAVA_FLOAT));
  }
}

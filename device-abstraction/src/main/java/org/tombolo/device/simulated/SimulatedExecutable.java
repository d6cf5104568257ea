package org.tombolo.device.simulated;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.tombolo.device.Executable;
import org.tombolo.device.Kernel;
import org.tombolo.device.Launch;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.Cost;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;

/// A region that the reference runs.
final class SimulatedExecutable implements Executable {
  private final SimulatedDevice device;
  private final Region region;
  private final Kernel kernel;

  SimulatedExecutable(SimulatedDevice device, Region region, Kernel kernel) {
    this.device = device;
    this.region = region;
    this.kernel = kernel;
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public boolean inPlace(int output, int input) {
    return kernel instanceof LoopKernel loop && loop.inPlace(output, input);
  }

  @Override
  public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
    kernel.requireFit(region.name(), this, device.alignment(), inputs, outputs, scratch);
    inputs.forEach(slice -> SimulatedBuffer.memory(device, slice));
    outputs.forEach(slice -> SimulatedBuffer.memory(device, slice));
    return new Bound(List.copyOf(inputs), List.copyOf(outputs));
  }

  @Override
  public void close() {}

  /// Reads all inputs before it writes any output, so that sharing memory is harmless.
  final class Bound implements Launch, Runnable {
    private final List<Slice> inputs;
    private final List<Slice> outputs;
    private final double seconds;

    Bound(List<Slice> inputs, List<Slice> outputs) {
      this.inputs = inputs;
      this.outputs = outputs;
      this.seconds = estimate();
    }

    SimulatedDevice device() {
      return device;
    }

    String name() {
      return region.name();
    }

    double seconds() {
      return seconds;
    }

    private double estimate() {
      double flops = 0;
      double bytes = 0;
      for (Slice slice : inputs) {
        bytes += slice.bytes();
      }
      for (Slice slice : outputs) {
        bytes += slice.bytes();
      }
      for (Node node : region.body().nodes()) {
        flops += Cost.of(node).flops();
      }
      return device.info().speed().seconds(flops, bytes);
    }

    @Override
    public void run() {
      if (!device.computes()) {
        return;
      }
      List<Tensor> values = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        MemorySegment copy = Tensor.allocate(kernel.inputs().get(i));
        copy.copyFrom(SimulatedBuffer.memory(device, inputs.get(i)));
        values.add(Tensor.wrap(kernel.inputs().get(i), copy));
      }
      List<Tensor> results = Reference.run(region.body(), values);
      for (int i = 0; i < outputs.size(); i++) {
        SimulatedBuffer.memory(device, outputs.get(i)).copyFrom(results.get(i).data());
      }
    }

    @Override
    public void close() {}
  }
}

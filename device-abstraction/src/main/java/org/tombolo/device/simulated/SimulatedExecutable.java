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
import org.tombolo.graph.TensorType;

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
    requireSizes("input", inputs, kernel.inputs());
    requireSizes("output", outputs, kernel.outputs());
    requireApart(inputs, outputs);
    return new Bound(List.copyOf(inputs), List.copyOf(outputs));
  }

  private void requireApart(List<Slice> inputs, List<Slice> outputs) {
    for (int i = 0; i < outputs.size(); i++) {
      Slice output = outputs.get(i);
      for (int k = 0; k < inputs.size(); k++) {
        if (overlap(output, inputs.get(k)) && !(output.equals(inputs.get(k)) && inPlace(i, k))) {
          throw new IllegalArgumentException(
              "bind %s: output %d overlaps input %d; need memory of its own"
                  .formatted(region.name(), i, k));
        }
      }
      for (int k = 0; k < i; k++) {
        if (overlap(output, outputs.get(k))) {
          throw new IllegalArgumentException(
              "bind %s: output %d overlaps output %d; need memory of its own"
                  .formatted(region.name(), i, k));
        }
      }
    }
  }

  private static boolean overlap(Slice a, Slice b) {
    return a.buffer().equals(b.buffer())
        && a.offset() < b.offset() + b.bytes()
        && b.offset() < a.offset() + a.bytes();
  }

  private void requireSizes(String what, List<Slice> slices, List<TensorType> types) {
    if (slices.size() != types.size()) {
      throw new IllegalArgumentException(
          "bind %s: %d %ss; need %d".formatted(region.name(), slices.size(), what, types.size()));
    }
    for (int i = 0; i < types.size(); i++) {
      Slice slice = slices.get(i);
      SimulatedBuffer.memory(device, slice);
      if (slice.bytes() != types.get(i).bytes() || slice.offset() % device.alignment() != 0) {
        throw new IllegalArgumentException(
            "bind %s: %s %d has %d bytes at %d; need %d bytes at a multiple of %d"
                .formatted(
                    region.name(),
                    what,
                    i,
                    slice.bytes(),
                    slice.offset(),
                    types.get(i).bytes(),
                    device.alignment()));
      }
    }
  }

  @Override
  public void close() {}

  /// Reads all inputs before it writes any output, so that sharing memory is harmless.
  final class Bound implements Launch, Runnable {
    private final List<Slice> inputs;
    private final List<Slice> outputs;

    Bound(List<Slice> inputs, List<Slice> outputs) {
      this.inputs = inputs;
      this.outputs = outputs;
    }

    SimulatedDevice device() {
      return device;
    }

    double seconds() {
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

package org.example.slate;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BiPredicate;
import org.tombolo.device.Executable;
import org.tombolo.device.Kernel;
import org.tombolo.device.Launch;
import org.tombolo.device.Slice;

/// A region with the code that runs it.
final class SlateExecutable implements Executable {
  private final SlateDevice device;
  private final String name;
  private final Kernel kernel;
  private final BiPredicate<Integer, Integer> inPlace;
  private final Code code;

  /// What runs a region on memory.
  interface Code {
    void run(List<MemorySegment> inputs, List<MemorySegment> outputs);
  }

  SlateExecutable(
      SlateDevice device,
      String name,
      Kernel kernel,
      BiPredicate<Integer, Integer> inPlace,
      Code code) {
    this.device = device;
    this.name = name;
    this.kernel = kernel;
    this.inPlace = inPlace;
    this.code = code;
  }

  @Override
  public long scratchBytes() {
    return 0;
  }

  @Override
  public boolean inPlace(int output, int input) {
    return inPlace.test(output, input);
  }

  @Override
  public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
    kernel.requireFit(name, this, SlateDevice.ALIGNMENT, inputs, outputs, scratch);
    return new Bound(memory(inputs), memory(outputs));
  }

  private List<MemorySegment> memory(List<Slice> slices) {
    return slices.stream().map(slice -> SlateBuffer.memory(device, slice)).toList();
  }

  @Override
  public void close() {}

  /// Code with its memory.
  final class Bound implements Launch {
    private final List<MemorySegment> inputs;
    private final List<MemorySegment> outputs;

    Bound(List<MemorySegment> inputs, List<MemorySegment> outputs) {
      this.inputs = inputs;
      this.outputs = outputs;
    }

    SlateDevice device() {
      return device;
    }

    String name() {
      return name;
    }

    void run() {
      if (device.failsNow()) {
        throw new IllegalStateException("the device was opened to fail");
      }
      code.run(inputs, outputs);
    }

    @Override
    public void close() {}
  }
}

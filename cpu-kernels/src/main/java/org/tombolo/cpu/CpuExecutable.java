package org.tombolo.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.cpu.kernel.KernelCompiler;
import org.tombolo.device.Executable;
import org.tombolo.device.Kernel;
import org.tombolo.device.Launch;
import org.tombolo.device.Slice;
import org.tombolo.graph.TensorType;

/// A compiled region. Holds nothing that closing would free.
final class CpuExecutable implements Executable {
  private final CpuDevice device;
  private final String name;
  private final Kernel form;
  private final HostKernel kernel;

  CpuExecutable(CpuDevice device, String name, Kernel form, KernelCompiler compiler) {
    this.device = device;
    this.name = name;
    this.form = form;
    this.kernel = compiler.compile(form);
  }

  @Override
  public long scratchBytes() {
    return kernel.scratchBytes();
  }

  @Override
  public boolean inPlace(int output, int input) {
    return form.inputs().get(input).bytes() == form.outputs().get(output).bytes()
        && kernel.inPlace(output, input);
  }

  @Override
  public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
    device.requireOpen();
    requireSizes("input", inputs, form.inputs());
    requireSizes("output", outputs, form.outputs());
    if (scratch.bytes() < scratchBytes()) {
      throw unfit(
          "scratch has %d bytes; need %d".formatted(scratch.bytes(), scratchBytes()),
          "scratchBytes() of the executable");
    }
    requireApart(inputs, outputs, scratch);
    return new CpuLaunch(
        device, name, kernel, memory(inputs), memory(outputs), memory(List.of(scratch))[0]);
  }

  private MemorySegment[] memory(List<Slice> slices) {
    MemorySegment[] memory = new MemorySegment[slices.size()];
    for (int i = 0; i < memory.length; i++) {
      Slice slice = slices.get(i);
      if (slice.offset() % CpuDevice.ALIGNMENT != 0) {
        throw unfit(
            "a range begins at byte %d; need a multiple of %d"
                .formatted(slice.offset(), CpuDevice.ALIGNMENT),
            "alignment() of the device");
      }
      memory[i] = CpuBuffer.memory(device, slice);
    }
    return memory;
  }

  private void requireSizes(String what, List<Slice> slices, List<TensorType> types) {
    if (slices.size() != types.size()) {
      throw unfit(
          "%d %ss; need %d".formatted(slices.size(), what, types.size()), "one range for each");
    }
    for (int i = 0; i < types.size(); i++) {
      if (slices.get(i).bytes() != types.get(i).bytes()) {
        throw unfit(
            "%s %d has %d bytes; need %d for %s"
                .formatted(what, i, slices.get(i).bytes(), types.get(i).bytes(), types.get(i)),
            "a range of exactly the size");
      }
    }
  }

  private void requireApart(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
    List<Slice> others = new ArrayList<>();
    if (scratchBytes() > 0) {
      others.add(scratch);
      for (Slice input : inputs) {
        if (overlap(scratch, input)) {
          throw unfit("scratch overlaps an input", "memory of its own");
        }
      }
    }
    for (int i = 0; i < outputs.size(); i++) {
      Slice output = outputs.get(i);
      for (Slice other : others) {
        if (overlap(output, other)) {
          throw unfit(
              "output %d overlaps scratch or another output".formatted(i), "memory of its own");
        }
      }
      others.add(output);
      for (int k = 0; k < inputs.size(); k++) {
        boolean same = output.equals(inputs.get(k)) && inPlace(i, k);
        if (!same && overlap(output, inputs.get(k))) {
          throw unfit(
              "output %d overlaps input %d".formatted(i, k),
              "inPlace(%d, %d) says whether it may be exactly the same range".formatted(i, k));
        }
      }
    }
  }

  private static boolean overlap(Slice a, Slice b) {
    return a.buffer().equals(b.buffer())
        && a.bytes() > 0
        && b.bytes() > 0
        && a.offset() < b.offset() + b.bytes()
        && b.offset() < a.offset() + a.bytes();
  }

  private IllegalArgumentException unfit(String problem, String remedy) {
    return new IllegalArgumentException(
        "%s: region %s: %s\n  try: %s".formatted(device.id(), name, problem, remedy));
  }

  @Override
  public void close() {}
}

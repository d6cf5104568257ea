package org.tombolo.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.cpu.provider.KernelChoice;
import org.tombolo.device.Executable;
import org.tombolo.device.Kernel;
import org.tombolo.device.Launch;
import org.tombolo.device.Slice;

/// A compiled region. Holds nothing that closing would free.
final class CpuExecutable implements Executable {
  private final CpuDevice device;
  private final String name;
  private final Kernel form;
  private final HostKernel kernel;

  CpuExecutable(CpuDevice device, String name, Kernel form, KernelChoice compiler) {
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
    form.requireFit(name, this, CpuDevice.ALIGNMENT, inputs, outputs, scratch);
    MemorySegment working = memory(List.of(scratch))[0];
    return new CpuLaunch(device, name, kernel.bind(memory(inputs), memory(outputs), working));
  }

  private MemorySegment[] memory(List<Slice> slices) {
    MemorySegment[] memory = new MemorySegment[slices.size()];
    for (int i = 0; i < memory.length; i++) {
      Slice slice = slices.get(i);
      memory[i] = CpuBuffer.memory(device, slice);
    }
    return memory;
  }

  @Override
  public void close() {}
}

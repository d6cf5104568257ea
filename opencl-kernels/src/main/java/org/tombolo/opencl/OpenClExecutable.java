package org.tombolo.opencl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jocl.CL;
import org.jocl.cl_program;
import org.tombolo.device.DeviceException;
import org.tombolo.device.Executable;
import org.tombolo.device.Kernel;
import org.tombolo.device.Launch;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.Slice;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// A region as built programs.
final class OpenClExecutable implements Executable {
  private final OpenClDevice device;
  private final String name;
  private final Kernel kernel;
  private final Steps steps;
  private final Map<KernelSource, Handle<cl_program>> programs = new HashMap<>();
  private boolean closed;

  /// Builds what is not built yet.
  OpenClExecutable(OpenClDevice device, String name, Kernel kernel, Steps steps) {
    this.device = device;
    this.name = name;
    this.kernel = kernel;
    this.steps = steps;
    try {
      for (Step step : steps.steps()) {
        if (!step.isEmpty() && !programs.containsKey(step.source())) {
          programs.put(step.source(), device.programs().acquire(step.source(), name));
        }
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public long scratchBytes() {
    return steps.scratchBytes();
  }

  @Override
  public boolean inPlace(int output, int input) {
    return switch (kernel) {
      case LoopKernel loop -> loop.inPlace(output, input);
      case Kernel.Single _, Kernel.Finished _ -> false;
      case Kernel.Custom custom -> custom.inPlace(output, input);
    };
  }

  @Override
  public synchronized Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
    if (closed) {
      throw new DeviceException(
          device.info().id(),
          "executable of %s is used after it was closed".formatted(name),
          "compile the region again");
    }
    kernel.requireFit(name, this, device.alignment(), inputs, outputs, scratch);
    requireOurs("input", inputs);
    requireOurs("output", outputs);
    if (steps.scratchBytes() > 0) {
      requireOurs("working memory", List.of(scratch));
    }
    List<OpenClBuffer> memory = new ArrayList<>();
    inputs.forEach(slice -> memory.add((OpenClBuffer) slice.buffer()));
    outputs.forEach(slice -> memory.add((OpenClBuffer) slice.buffer()));
    if (steps.scratchBytes() > 0) {
      memory.add((OpenClBuffer) scratch.buffer());
    }
    return device.bind(
        new OpenClLaunch(device, name, memory),
        launch -> {
          steps.report().ifPresent(report -> launch.report(report, scratch));
          for (Step step : steps.steps()) {
            if (!step.isEmpty() && !step.isInPlace(inputs, outputs)) {
              launch.add(
                  step,
                  CL.clCreateKernel(program(step).get(), step.kernel(), null),
                  inputs,
                  outputs,
                  scratch);
            }
          }
        });
  }

  private Handle<cl_program> program(Step step) {
    return Objects.requireNonNull(programs.get(step.source()));
  }

  private void requireOurs(String what, List<Slice> slices) {
    for (Slice slice : slices) {
      if (!(slice.buffer() instanceof OpenClBuffer buffer && buffer.device() == device)) {
        throw new IllegalArgumentException(
            "bind %s: %s %d is memory of another device; need a buffer of %s\n  try: allocate(...) of that device"
                .formatted(name, what, slices.indexOf(slice), device.info().id()));
      }
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      programs.keySet().forEach(device.programs()::release);
    }
  }

  @Override
  public String toString() {
    return "executable of %s on %s".formatted(name, device.info().id());
  }
}

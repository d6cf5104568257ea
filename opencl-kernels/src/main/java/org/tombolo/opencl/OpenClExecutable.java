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
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.Arg;
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
      case Kernel.Single _ -> false;
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
    requireFit(inputs, outputs, scratch);
    List<OpenClBuffer> memory = new ArrayList<>();
    inputs.forEach(slice -> memory.add((OpenClBuffer) slice.buffer()));
    outputs.forEach(slice -> memory.add((OpenClBuffer) slice.buffer()));
    if (steps.scratchBytes() > 0) {
      memory.add((OpenClBuffer) scratch.buffer());
    }
    return device.bind(
        new OpenClLaunch(device, name, memory),
        launch -> {
          for (Step step : steps.steps()) {
            if (!step.isEmpty()) {
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

  private void requireFit(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
    requireTypes("inputs", inputs, kernel.inputs());
    requireTypes("outputs", outputs, kernel.outputs());
    if (steps.scratchBytes() > 0) {
      require(
          scratch.bytes() >= steps.scratchBytes(),
          "%d bytes of working memory; need %d".formatted(scratch.bytes(), steps.scratchBytes()));
      requireOurs("working memory", scratch);
    }
    for (int i = 0; i < outputs.size(); i++) {
      for (int k = 0; k < inputs.size(); k++) {
        boolean same = outputs.get(i).equals(inputs.get(k)) && inPlace(i, k);
        require(
            same || disjoint(outputs.get(i), inputs.get(k)),
            "output %d at %s overlaps input %d at %s; need memory of its own"
                .formatted(i, outputs.get(i), k, inputs.get(k)));
      }
      for (int k = 0; k < i; k++) {
        require(
            disjoint(outputs.get(i), outputs.get(k)),
            "output %d at %s overlaps output %d; need memory of its own"
                .formatted(i, outputs.get(i), k));
      }
      require(
          steps.scratchBytes() == 0 || disjoint(outputs.get(i), scratch),
          "output %d at %s overlaps the working memory".formatted(i, outputs.get(i)));
    }
    for (int k = 0; k < inputs.size(); k++) {
      require(
          steps.scratchBytes() == 0 || disjoint(inputs.get(k), scratch),
          "input %d at %s overlaps the working memory".formatted(k, inputs.get(k)));
    }
  }

  private void requireTypes(String what, List<Slice> slices, List<TensorType> types) {
    require(
        slices.size() == types.size(),
        "%d %s; need %d: %s".formatted(slices.size(), what, types.size(), types));
    for (int i = 0; i < slices.size(); i++) {
      Slice slice = slices.get(i);
      require(
          slice.bytes() == types.get(i).bytes(),
          "%s[%d] has %d bytes; need %d for %s"
              .formatted(what, i, slice.bytes(), types.get(i).bytes(), types.get(i)));
      requireOurs("%s[%d]".formatted(what, i), slice);
    }
  }

  private void requireOurs(String what, Slice slice) {
    require(
        slice.offset() % Arg.ALIGNMENT == 0,
        "%s begins at byte %d; need a multiple of %d"
            .formatted(what, slice.offset(), Arg.ALIGNMENT));
    require(
        slice.buffer() instanceof OpenClBuffer buffer && buffer.device() == device,
        "%s is memory of another device; need a buffer of %s".formatted(what, device.info().id()));
  }

  private static boolean disjoint(Slice a, Slice b) {
    return !a.buffer().equals(b.buffer())
        || a.bytes() == 0
        || b.bytes() == 0
        || a.offset() + a.bytes() <= b.offset()
        || b.offset() + b.bytes() <= a.offset();
  }

  private void require(boolean fits, String problem) {
    if (!fits) {
      throw new IllegalArgumentException("bind %s: %s".formatted(name, problem));
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

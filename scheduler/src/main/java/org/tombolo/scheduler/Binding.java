package org.tombolo.scheduler;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import org.tombolo.graph.Tensor;

/// A plan together with the tensors that it reads and those that it writes, for running again and
/// again in the same memory: a run makes no new objects, which pays where a run takes microseconds.
///
/// Whoever changes the memory behind a fed tensor between runs feeds something else; each run
/// writes over the outputs of the one before. Runs of one binding are for one thread at a time.
public final class Binding {
  private final Plan plan;
  private final Frame frame;
  private final Map<String, Tensor> outputs;

  Binding(Plan plan, Frame frame, Map<String, Tensor> outputs) {
    this.plan = plan;
    this.frame = frame;
    this.outputs = new LinkedHashMap<>(outputs);
  }

  /// Runs once and waits for the end.
  ///
  /// @throws org.tombolo.device.DeviceException if a device fails; the variables that the plan
  ///   assigns are uncertain then and must be set anew
  public void run() {
    plan.run(frame);
  }

  /// The tensor that each run writes.
  ///
  /// @param name of an output of the graph
  /// @throws NoSuchElementException if there is no such output
  public Tensor output(String name) {
    Tensor output = outputs.get(name);
    if (output == null) {
      throw new NoSuchElementException(
          "binding: no output \"%s\"; need one of %s".formatted(name, outputs.keySet()));
    }
    return output;
  }
}

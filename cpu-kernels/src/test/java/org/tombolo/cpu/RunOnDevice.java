package org.tombolo.cpu;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Probe;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;

/// Runs a graph as one region.
final class RunOnDevice {
  private static final Duration SOON = Duration.ofMinutes(1);

  private RunOnDevice() {}

  /// A device with this many threads.
  static Device withThreads(int threads) {
    DeviceInfo info = ((Probe.Found) new CpuDriver().probe().get(0)).info();
    return new CpuDevice(
        new DeviceInfo(
            info.id(),
            info.model(),
            info.vendor(),
            info.version(),
            info.kind(),
            threads,
            info.memoryBytes(),
            true,
            info.speed()));
  }

  static List<Tensor> run(Device device, Graph graph, List<Tensor> inputs) {
    return run(device, graph, inputs, 1).getFirst();
  }

  /// Launches one region several times in the same memory.
  ///
  /// @return the results of each launch
  static List<List<Tensor>> run(Device device, Graph graph, List<Tensor> inputs, int launches) {
    Queue queue = device.queue(QueueRole.COMPUTE);
    List<Buffer> buffers = new ArrayList<>();
    try (Executable executable = device.compile(new Region(graph.name(), graph))) {
      List<Slice> in = new ArrayList<>();
      for (Tensor input : inputs) {
        Buffer buffer = device.allocate(input.type().bytes());
        buffers.add(buffer);
        in.add(Slice.all(buffer));
        queue
            .upload(input.data(), HostMemory.VALID_DURING_CALL, Slice.all(buffer), List.of())
            .await(SOON);
      }
      List<Slice> out = new ArrayList<>();
      for (Node node : graph.outputs().values()) {
        Buffer buffer = device.allocate(node.type().bytes());
        buffers.add(buffer);
        out.add(Slice.all(buffer));
      }
      Buffer scratch = device.allocate(executable.scratchBytes());
      buffers.add(scratch);
      List<List<Tensor>> results = new ArrayList<>();
      try (Launch launch = executable.bind(in, out, Slice.all(scratch))) {
        for (int i = 0; i < launches; i++) {
          queue.launch(launch, List.of()).await(SOON);
          results.add(download(queue, graph, out));
        }
      }
      return results;
    } finally {
      buffers.forEach(Buffer::close);
    }
  }

  private static List<Tensor> download(Queue queue, Graph graph, List<Slice> out) {
    List<Tensor> results = new ArrayList<>();
    for (Node node : graph.outputs().values()) {
      var host = Tensor.allocate(node.type());
      queue.download(out.get(results.size()), host, List.of()).await(SOON);
      results.add(Tensor.wrap(node.type(), host));
    }
    return results;
  }
}

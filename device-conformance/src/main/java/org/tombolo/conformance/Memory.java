package org.tombolo.conformance;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.Slice;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// A buffer with what checks do to it, step by step.
final class Memory implements AutoCloseable {
  private final Device device;
  private final Buffer buffer;

  Memory(Device device, long bytes) {
    this.device = device;
    this.buffer = device.allocate(bytes);
  }

  /// Memory that holds a tensor.
  static Memory of(Device device, Tensor tensor) {
    Memory memory = new Memory(device, tensor.type().bytes());
    Bench.write(device, memory.slice(), tensor.data().toArray(ValueLayout.JAVA_BYTE));
    return memory;
  }

  Slice slice() {
    return Slice.all(buffer);
  }

  Slice slice(long offset, long bytes) {
    return new Slice(buffer, offset, bytes);
  }

  /// What it holds.
  byte[] bytes() {
    return Bench.read(device, slice());
  }

  /// What it holds, as numbers.
  Tensor tensor(TensorType type) {
    return tensor(type, 0);
  }

  /// What is at an offset, as numbers.
  Tensor tensor(TensorType type, long offset) {
    MemorySegment data = Tensor.allocate(type);
    data.copyFrom(MemorySegment.ofArray(Bench.read(device, slice(offset, type.bytes()))));
    return Tensor.wrap(type, data);
  }

  @Override
  public void close() {
    buffer.close();
  }
}

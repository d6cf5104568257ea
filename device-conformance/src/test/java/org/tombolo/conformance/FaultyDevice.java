package org.tombolo.conformance;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Link;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// A device that computes on the reference and makes one kind of mistake on purpose.
final class FaultyDevice implements Device {

  /// What it does wrong.
  enum Fault {
    NONE,
    WRONG_LAST_ELEMENT,
    WRONG_SIGN_OF_ZERO,
    WRITES_PAST_THE_END,
    WRITES_BEFORE_THE_BEGINNING,
    CHANGES_AN_INPUT,
    LEAVES_AN_OUTPUT_UNWRITTEN,
    DIFFERS_FROM_RUN_TO_RUN,
    WRONG_IN_PLACE,
    FAILS_TO_COMPILE
  }

  private final Fault fault;
  private int runs;

  FaultyDevice(Fault fault) {
    this.fault = fault;
  }

  private record Memory(Device device, MemorySegment all) implements Buffer {
    @Override
    public long bytes() {
      return all.byteSize();
    }

    @Override
    public void close() {}
  }

  private interface Work extends Launch {
    void run();

    @Override
    default void close() {}
  }

  private static MemorySegment memory(Slice slice) {
    return ((Memory) slice.buffer()).all().asSlice(slice.offset(), slice.bytes());
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo(
        "faulty:0",
        "faulty",
        "test",
        "1",
        DeviceInfo.Kind.CPU,
        1,
        1 << 30,
        true,
        new DeviceInfo.Speed(1, 1, 1));
  }

  @Override
  public Optional<String> refusal(Op op, List<TensorType> operands) {
    return op instanceof Op.Conv ? Optional.of("no convolutions") : Optional.empty();
  }

  @Override
  public Buffer allocate(long bytes) {
    return new Memory(this, MemorySegment.ofArray(new byte[(int) bytes]));
  }

  @Override
  public int alignment() {
    return 64;
  }

  @Override
  public Executable compile(Region region) {
    if (fault == Fault.FAILS_TO_COMPILE) {
      throw new IllegalArgumentException("no");
    }
    Graph graph = region.body();
    return new Executable() {
      @Override
      public long scratchBytes() {
        return 10;
      }

      @Override
      public boolean inPlace(int output, int input) {
        return fault == Fault.WRONG_IN_PLACE;
      }

      @Override
      public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
        return (Work) () -> compute(graph, inputs, outputs);
      }

      @Override
      public void close() {}
    };
  }

  private void compute(Graph graph, List<Slice> inputs, List<Slice> outputs) {
    List<Tensor> fed = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Node node = graph.inputs().get(i);
      byte[] bytes = memory(inputs.get(i)).toArray(ValueLayout.JAVA_BYTE);
      fed.add(Tensor.wrap(node.type(), MemorySegment.ofArray(bytes)));
    }
    List<Tensor> results = Reference.run(graph, fed);
    for (int i = 0; i < results.size(); i++) {
      memory(outputs.get(i)).copyFrom(results.get(i).data());
    }
    runs++;
    Slice out = outputs.get(0);
    MemorySegment all = ((Memory) out.buffer()).all();
    long end = out.offset() + out.bytes();
    switch (fault) {
      case WRONG_LAST_ELEMENT -> flip(all, end - 1);
      case WRONG_SIGN_OF_ZERO -> all.set(ValueLayout.JAVA_BYTE, out.offset() + 3, (byte) 0x80);
      case WRITES_PAST_THE_END -> flip(all, end);
      case WRITES_BEFORE_THE_BEGINNING -> flip(all, out.offset() - 1);
      case CHANGES_AN_INPUT ->
          flip(((Memory) inputs.get(0).buffer()).all(), inputs.get(0).offset());
      case LEAVES_AN_OUTPUT_UNWRITTEN -> all.asSlice(end - 4, 4).fill((byte) 0xEE);
      case DIFFERS_FROM_RUN_TO_RUN -> all.set(ValueLayout.JAVA_BYTE, out.offset(), (byte) runs);
      case WRONG_IN_PLACE -> {
        if (out.buffer().equals(inputs.get(0).buffer())) {
          flip(all, out.offset());
        }
      }
      case NONE, FAILS_TO_COMPILE -> {}
    }
  }

  private static void flip(MemorySegment memory, long at) {
    memory.set(ValueLayout.JAVA_BYTE, at, (byte) ~memory.get(ValueLayout.JAVA_BYTE, at));
  }

  @Override
  public Queue queue(QueueRole role) {
    return new Queue() {
      @Override
      public boolean accepts(Event event) {
        return true;
      }

      @Override
      public Event upload(MemorySegment source, HostMemory kept, Slice target, List<Event> after) {
        memory(target).copyFrom(source);
        return Event.DONE;
      }

      @Override
      public Event download(Slice source, MemorySegment target, List<Event> after) {
        target.copyFrom(memory(source));
        return Event.DONE;
      }

      @Override
      public Event copy(Slice source, Slice target, List<Event> after) {
        memory(target).copyFrom(memory(source));
        return Event.DONE;
      }

      @Override
      public Event launch(Launch launch, List<Event> after) {
        ((Work) launch).run();
        return Event.DONE;
      }

      @Override
      public void flush() {}
    };
  }

  @Override
  public Link hostLink() {
    return new Link(Link.Mode.SHARED, 0, 1, 1);
  }

  @Override
  public void close() {}
}

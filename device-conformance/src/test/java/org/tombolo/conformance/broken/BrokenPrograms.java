package org.tombolo.conformance.broken;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tombolo.device.Device;
import org.tombolo.device.Event;
import org.tombolo.device.Executable;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Region;
import org.tombolo.device.Slice;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// Mistakes in compiling and computing.
public final class BrokenPrograms {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private BrokenPrograms() {}

  /// Binds the first two operands the wrong way round.
  public static final class SwapsTwoArguments extends PassingDevice {
    public SwapsTwoArguments(Device real) {
      super(real);
    }

    @Override
    public Executable compile(Region region) {
      return new PassingExecutable(real.compile(region)) {
        @Override
        public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
          List<Slice> swapped = new ArrayList<>(inputs);
          if (inputs.size() > 1 && inputs.get(0).bytes() == inputs.get(1).bytes()) {
            Collections.swap(swapped, 0, 1);
          }
          return real.bind(swapped, outputs, scratch);
        }
      };
    }
  }

  /// Keeps programs by their operations and types, and forgets that constants are part of them.
  static final class ReturnsAStaleBinary extends PassingDevice {
    private final Map<List<?>, Executable> cache = new HashMap<>();

    ReturnsAStaleBinary(Device real) {
      super(real);
    }

    @Override
    public synchronized Executable compile(Region region) {
      List<Object> key = new ArrayList<>();
      for (Node node : region.body().nodes()) {
        key.add(node.op() instanceof Op.Constant ? "constant" : node.op());
        key.add(node.type());
        key.add(node.inputs().stream().map(region.body()::position).toList());
      }
      region.body().outputs().values().forEach(node -> key.add(region.body().position(node)));
      return cache.computeIfAbsent(key, missing -> real.compile(region));
    }
  }

  /// All launches of an executable use the memory that was bound last.
  static final class SharesArguments extends PassingDevice {
    private record Delegate(Executable owner) implements Launch {
      @Override
      public void close() {}
    }

    private final Map<Executable, Launch> latest = new HashMap<>();

    SharesArguments(Device real) {
      super(real);
    }

    @Override
    public Executable compile(Region region) {
      return new PassingExecutable(real.compile(region)) {
        @Override
        public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
          latest.put(real, real.bind(inputs, outputs, scratch));
          return new Delegate(real);
        }
      };
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event launch(Launch launch, List<Event> after) {
          return launch instanceof Delegate(Executable owner)
              ? real.launch(latest.get(owner), after)
              : real.launch(launch, after);
        }
      };
    }
  }

  /// Cannot compile what has no elements.
  static final class FailsOnNothing extends PassingDevice {
    FailsOnNothing(Device real) {
      super(real);
    }

    @Override
    public Executable compile(Region region) {
      for (Node node : region.body().nodes()) {
        if (node.type().size() == 0) {
          throw new IllegalArgumentException("global size 0");
        }
      }
      return real.compile(region);
    }
  }

  /// Runs a launch at once and then changes what lies in memory.
  abstract static class Tampering extends PassingDevice {
    Tampering(Device real) {
      super(real);
    }

    private record Known(Launch real, Region region, List<Slice> outputs) implements Launch {
      @Override
      public void close() {
        real.close();
      }
    }

    abstract void tamper(Region region, List<Slice> outputs);

    byte[] read(Slice slice) {
      byte[] bytes = new byte[(int) slice.bytes()];
      real.queue(QueueRole.DOWNLOAD)
          .download(slice, MemorySegment.ofArray(bytes), List.of())
          .await(PATIENCE);
      return bytes;
    }

    void write(Slice slice, byte[] bytes) {
      real.queue(QueueRole.UPLOAD)
          .upload(MemorySegment.ofArray(bytes), HostMemory.VALID_DURING_CALL, slice, List.of())
          .await(PATIENCE);
    }

    @Override
    public Executable compile(Region region) {
      return new PassingExecutable(real.compile(region)) {
        @Override
        public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
          return new Known(real.bind(inputs, outputs, scratch), region, List.copyOf(outputs));
        }
      };
    }

    @Override
    public Queue queue(QueueRole role) {
      return new PassingQueue(real.queue(role)) {
        @Override
        public Event launch(Launch launch, List<Event> after) {
          if (!(launch instanceof Known known)) {
            return real.launch(launch, after);
          }
          Event event = real.launch(known.real(), after);
          try {
            event.await(PATIENCE);
          } catch (RuntimeException e) {
            return event;
          }
          tamper(known.region(), known.outputs());
          return event;
        }
      };
    }
  }

  /// Results below the normal range become zero.
  public static class FlushesDenormals extends Tampering {
    public FlushesDenormals(Device real) {
      super(real);
    }

    @Override
    void tamper(Region region, List<Slice> outputs) {
      int i = 0;
      for (Node node : region.body().outputs().values()) {
        Slice slice = outputs.get(i++);
        if (node.dtype() == DType.F32) {
          MemorySegment bytes = MemorySegment.ofArray(read(slice));
          for (long at = 0; at < slice.bytes(); at += 4) {
            int bits = bytes.get(ValueLayout.JAVA_INT_UNALIGNED, at);
            if ((bits & 0x7f80_0000) == 0) {
              bytes.set(ValueLayout.JAVA_INT_UNALIGNED, at, bits & 0x8000_0000);
            }
          }
          write(slice, bytes.toArray(ValueLayout.JAVA_BYTE));
        }
      }
    }
  }

  /// Writes whole vectors, so that one more byte than there should be changes.
  static final class WritesPastTheEnd extends Tampering {
    WritesPastTheEnd(Device real) {
      super(real);
    }

    @Override
    void tamper(Region region, List<Slice> outputs) {
      Slice slice = outputs.getFirst();
      long end = slice.offset() + slice.bytes();
      if (end < slice.buffer().bytes()) {
        Slice next = new Slice(slice.buffer(), end, 1);
        write(next, new byte[] {(byte) ~read(next)[0]});
      }
    }
  }

  /// Leaves out the last element where their number is odd.
  static final class MishandlesOddSizes extends Tampering {
    MishandlesOddSizes(Device real) {
      super(real);
    }

    @Override
    void tamper(Region region, List<Slice> outputs) {
      Slice slice = outputs.getFirst();
      Node node = region.body().outputs().firstEntry().getValue();
      int bytes = node.dtype().bytes();
      if (node.type().size() % 2 == 1 && node.type().size() > 1) {
        write(
            new Slice(slice.buffer(), slice.offset() + slice.bytes() - bytes, bytes),
            new byte[bytes]);
      }
    }
  }

  /// Says that any result may lie over the first operand, and then reads it too late.
  static final class WrongInPlace extends PassingDevice {
    WrongInPlace(Device real) {
      super(real);
    }

    @Override
    public Executable compile(Region region) {
      return new PassingExecutable(real.compile(region)) {
        @Override
        public Launch bind(List<Slice> inputs, List<Slice> outputs, Slice scratch) {
          boolean over = !inputs.isEmpty() && inputs.getFirst().equals(outputs.getFirst());
          if (over && inputs.size() == 1) {
            byte[] zeros = new byte[(int) inputs.getFirst().bytes()];
            WrongInPlace.this
                .real
                .queue(QueueRole.UPLOAD)
                .upload(
                    MemorySegment.ofArray(zeros),
                    HostMemory.VALID_DURING_CALL,
                    inputs.getFirst(),
                    List.of())
                .await(PATIENCE);
          }
          return real.bind(inputs, outputs, scratch);
        }
      };
    }
  }
}

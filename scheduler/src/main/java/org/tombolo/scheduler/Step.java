package org.tombolo.scheduler;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.tombolo.device.Event;
import org.tombolo.device.HostMemory;
import org.tombolo.device.Launch;
import org.tombolo.device.Queue;
import org.tombolo.device.Slice;

/// A task with everything bound that does not change from run to run. What differs between runs
/// that are under way at once is kept by the number of their [Frame].
sealed interface Step {
  /// The queue that takes the task.
  Queue queue();

  /// Hands the task over.
  ///
  /// @param after what it waits for, all of it accepted by the queue
  Event start(Frame frame, List<Event> after);

  /// Frees what is bound to the task.
  default void close() {}

  /// Brings an input up.
  ///
  /// @param input position among the inputs of the plan
  /// @param to where it goes, by frame
  record Upload(Queue queue, int input, List<Slice> to, LongConsumer meter) implements Step {
    @Override
    public Event start(Frame frame, List<Event> after) {
      Slice target = to.get(frame.number);
      Event event = queue.upload(frame.fed[input], HostMemory.VALID_UNTIL_EVENT, target, after);
      meter.accept(target.bytes());
      return event;
    }
  }

  /// Brings a variable up that lives on the host.
  ///
  /// @param value what it is at the time
  record Load(Queue queue, Supplier<MemorySegment> value, Slice to, LongConsumer meter)
      implements Step {
    @Override
    public Event start(Frame frame, List<Event> after) {
      Event event = queue.upload(value.get(), HostMemory.VALID_UNTIL_EVENT, to, after);
      meter.accept(to.bytes());
      return event;
    }
  }

  /// Runs a region.
  ///
  /// @param launches by frame; the same one where frames do not matter
  record Run(Queue queue, List<Launch> launches) implements Step {
    @Override
    public Event start(Frame frame, List<Event> after) {
      return queue.launch(launches.get(frame.number), after);
    }

    @Override
    public void close() {
      launches.forEach(Launch::close);
    }
  }

  /// Copies within a device.
  record Copy(Queue queue, List<Slice> from, Slice to) implements Step {
    @Override
    public Event start(Frame frame, List<Event> after) {
      return queue.copy(from.get(frame.number), to, after);
    }
  }

  /// Brings a value of another device, which has come down, up.
  ///
  /// @param fetch position of the task that brought it down
  record Bridge(Queue queue, int fetch, Slice to, LongConsumer meter) implements Step {
    @Override
    public Event start(Frame frame, List<Event> after) {
      Event event = queue.upload(frame.fetched[fetch], HostMemory.VALID_UNTIL_EVENT, to, after);
      meter.accept(to.bytes());
      return event;
    }
  }

  /// Brings a value down.
  ///
  /// @param from where it lies, by frame
  /// @param position of the task
  record Fetch(Queue queue, List<Slice> from, int position, LongConsumer meter) implements Step {
    @Override
    public Event start(Frame frame, List<Event> after) {
      MemorySegment target = frame.fetched[position];
      Event event = queue.download(from.get(frame.number), target, after);
      meter.accept(target.byteSize());
      return event;
    }
  }

  /// Runs a branch or a loop and waits for its end; what it waits for has ended.
  ///
  /// @param decision what the host decides by
  record Control(Queue queue, ControlReplay replay, Predicate<Frame> decision) implements Step {
    @Override
    public Event start(Frame frame, List<Event> after) {
      replay.run(decision.test(frame));
      return Event.DONE;
    }

    @Override
    public void close() {
      replay.close();
    }
  }
}

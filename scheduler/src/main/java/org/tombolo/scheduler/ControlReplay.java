package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.Buffer;
import org.tombolo.device.Device;
import org.tombolo.device.QueueRole;
import org.tombolo.device.Slice;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.schedule.MemoryPlan;

/// The memory of a branch or a loop, and its replay: the host decides which plan runs next.
final class ControlReplay implements AutoCloseable {
  private final ControlFlow flow;
  private final Engine engine;
  private final Device device;
  private final List<Replay> parts = new ArrayList<>();

  /// Memory of carried values that nobody else wants, and of rows; null if there are none.
  private @Nullable Buffer own;

  /// A row and the collected result that it is added to.
  private record Row(Slice row, Slice all) {}

  private final List<Row> rows = new ArrayList<>();

  private ControlReplay(ControlPlan plan, Engine engine, Device device) {
    this.flow = plan.flow();
    this.engine = engine;
    this.device = device;
  }

  /// Allocates and binds what a plan asks for.
  ///
  /// @param device where its variables lie
  /// @param operands memory of the operands, by position; null for a condition that the host has
  /// @param results memory of the results that are wanted, by position
  static ControlReplay acquire(
      ControlPlan plan,
      Engine engine,
      Device device,
      List<@Nullable Slice> operands,
      Map<Integer, Slice> results) {
    ControlReplay replay = new ControlReplay(plan, engine, device);
    try {
      replay.lend(plan, operands, results);
      for (Blueprint part : plan.parts()) {
        replay.parts.add(Replay.acquire(part, plan.variables(), engine));
      }
      return replay;
    } catch (RuntimeException e) {
      replay.close();
      throw e;
    }
  }

  private void lend(ControlPlan plan, List<@Nullable Slice> operands, Map<Integer, Slice> results) {
    Map<String, Slice> lent = new HashMap<>();
    for (int i = 0; i < operands.size(); i++) {
      Slice operand = operands.get(i);
      if (operand != null) {
        lent.put(ControlGraphs.operand(i), operand);
      }
    }
    results.forEach((position, slice) -> lent.put(ControlGraphs.result(position), slice));
    lent.putAll(allocate(plan));
    lent.forEach(plan.variables()::lend);
    results.forEach((position, all) -> {
      Slice row = lent.get(ControlGraphs.row(position));
      if (row != null) {
        rows.add(new Row(row, all));
      }
    });
  }

  private Map<String, Slice> allocate(ControlPlan plan) {
    Map<String, Slice> slices = new HashMap<>();
    if (!plan.own().isEmpty()) {
      Buffer buffer = device.allocate(plan.ownBytes());
      own = buffer;
      long bytes = 0;
      for (Map.Entry<String, TensorType> entry : plan.own().entrySet()) {
        long size = entry.getValue().bytes();
        slices.put(entry.getKey(), new Slice(buffer, bytes, size));
        bytes += MemoryPlan.roundUp(size, device.alignment());
      }
    }
    return slices;
  }

  /// Runs and waits for the end. Operands are in place; results will be.
  ///
  /// @param condition of a choice; of no meaning for a loop
  void run(boolean condition) {
    switch (flow) {
      case ControlFlow.If _ -> parts.get(condition ? 0 : 1).run(Map.of());
      case ControlFlow.While loop -> {
        boolean goesOn = goesOn(parts.get(0).run(Map.of()));
        long limit = loop.limit().orElse(Long.MAX_VALUE);
        for (long trip = 0; goesOn && trip < limit; trip++) {
          goesOn = goesOn(parts.get(1).run(Map.of()));
          for (Row row : rows) {
            collect(row, trip);
          }
        }
      }
    }
  }

  private static boolean goesOn(Map<String, Tensor> outputs) {
    return Objects.requireNonNull(outputs.get(ControlGraphs.GOES_ON)).longAt(0) != 0;
  }

  private void collect(Row row, long trip) {
    long bytes = row.row().bytes();
    Slice target = new Slice(row.all().buffer(), row.all().offset() + trip * bytes, bytes);
    device.queue(QueueRole.COMPUTE).copy(row.row(), target, List.of()).await(engine.waitLimit());
  }

  @Override
  public void close() {
    parts.forEach(Replay::close);
    if (own != null) {
      own.close();
    }
  }
}

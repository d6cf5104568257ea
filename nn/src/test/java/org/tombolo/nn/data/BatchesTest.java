package org.tombolo.nn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

class BatchesTest {
  /// Example `i` is `[i, 2i, 3i]` with label `i`.
  private static DataSet numbers(String name, int count) {
    return new DataSet(
        name,
        Tensor.filled(TensorType.f32(count, 3), i -> i / 3 * (i % 3 + 1)),
        Tensor.filled(TensorType.of(DType.I32, count), i -> i),
        List.of());
  }

  private record Seen(int epoch, int index, List<Long> labels) {}

  private static List<Seen> drain(DataSet data, int size, long seed, Batches.Span span)
      throws InterruptedException {
    List<Seen> seen = new ArrayList<>();
    try (Batches batches = Batches.shuffled(data, size, seed, span)) {
      for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
        Batch batch = next.get();
        List<Long> labels = new ArrayList<>();
        for (int i = 0; i < size; i++) {
          long label = batch.labels().longAt(i);
          labels.add(label);
          for (int j = 0; j < 3; j++) {
            assertEquals(label * (j + 1.0), batch.features().at(i * 3 + j));
          }
        }
        seen.add(new Seen(batch.epoch(), batch.index(), labels));
      }
      assertTrue(batches.next().isEmpty());
    }
    return seen;
  }

  /// While one batch is used, the next one is on its way to a device.
  @Test
  void theBatchBeforeStaysAsItIs() throws InterruptedException {
    DataSet data = numbers("pairs", 40);
    try (Batches batches = Batches.shuffled(data, 2, 0, Batches.Span.epochs(2))) {
      Batch before = batches.next().orElseThrow();
      for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
        long first = before.labels().longAt(0);
        assertEquals(first * 3.0, before.features().at(2));
        Thread.sleep(2); // enough to fill every buffer that is free
        assertEquals(first, before.labels().longAt(0));
        assertEquals(first * 3.0, before.features().at(2));
        before = next.get();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "7, 1", "7, 7", "23, 5", "64, 16", "17, 16"})
  void everyEpochHasEachExampleAtMostOnceAndWholeBatches(int count, int size)
      throws InterruptedException {
    DataSet data = numbers("cover", count);
    List<Seen> seen = drain(data, size, 3, Batches.Span.epochs(3));
    int perEpoch = Batches.perEpoch(data, size);
    assertEquals(count / size, perEpoch);
    assertEquals(3 * perEpoch, seen.size());
    for (int epoch = 0; epoch < 3; epoch++) {
      Set<Long> labels = new TreeSet<>();
      for (int index = 0; index < perEpoch; index++) {
        Seen batch = seen.get(epoch * perEpoch + index);
        assertEquals(epoch, batch.epoch());
        assertEquals(index, batch.index());
        labels.addAll(batch.labels());
      }
      assertEquals(perEpoch * size, labels.size());
    }
  }

  @Test
  void theSeedDecidesTheOrderAndEpochsDiffer() throws InterruptedException {
    DataSet data = numbers("order", 50);
    List<Seen> once = drain(data, 10, 1, Batches.Span.epochs(2));
    assertEquals(once, drain(data, 10, 1, Batches.Span.epochs(2)));
    assertNotEquals(once, drain(data, 10, 2, Batches.Span.epochs(2)));
    assertNotEquals(once.get(0).labels(), once.get(5).labels());
  }

  @Test
  void goesOnFromAnyBatch() throws InterruptedException {
    DataSet data = numbers("resume", 50);
    List<Seen> all = drain(data, 8, 9, Batches.Span.epochs(3));
    List<Seen> rest = drain(data, 8, 9, new Batches.Span(1, 4, 3));
    assertEquals(all.subList(6 + 4, all.size()), rest);
    assertEquals(List.of(), drain(data, 8, 9, new Batches.Span(3, 0, 3)));
  }

  @Test
  void shufflesAreUniform() {
    // 24 orders of 4, 24000 draws: chi-squared with 23 degrees of freedom stays below 49.7 in
    // 99.9 % of all cases.
    int[] counts = new int[256];
    int[] order = new int[4];
    for (int epoch = 0; epoch < 24_000; epoch++) {
      Batches.order(order, 77, epoch);
      counts[order[0] | order[1] << 2 | order[2] << 4 | order[3] << 6]++;
    }
    double chi = 0;
    for (int count : counts) {
      chi += count == 0 ? 0 : (count - 1000.0) * (count - 1000.0) / 1000;
    }
    assertEquals(24, Arrays.stream(counts).filter(count -> count > 0).count());
    assertTrue(chi < 49.7, "chi squared " + chi);
  }

  @Test
  void theThreadEndsWithTheLastBatchAndWhenClosed() throws InterruptedException {
    try (Batches batches = Batches.shuffled(numbers("drained", 4), 2, 0, Batches.Span.epochs(1))) {
      while (batches.next().isPresent()) {
        assertTrue(batches.waitedSeconds() >= 0);
      }
      assertTrue(ends("drained"), "alive after the last batch");
    }
    Batches full = Batches.shuffled(numbers("full", 1000), 2, 0, Batches.Span.epochs(1000));
    assertTrue(full.next().isPresent());
    assertTrue(alive("full"));
    full.close();
    assertFalse(alive("full"));
    full.close();
    assertTrue(full.next().isEmpty());
  }

  @Test
  void aFailureOfTheThreadReachesTheCallerAndEndsIt() {
    TensorType type = TensorType.f32(100, 3);
    DataSet data;
    try (Arena arena = Arena.ofShared()) {
      Tensor memory = Tensor.wrap(type, arena.allocate(type.bytes()));
      data = new DataSet("gone", memory, Tensor.full(TensorType.of(DType.I32, 100), 0), List.of());
    }
    try (Batches batches = Batches.shuffled(data, 10, 0, Batches.Span.epochs(1))) {
      IllegalStateException e = assertThrows(IllegalStateException.class, batches::next);
      assertTrue(e.getMessage().startsWith("data gone: gathering a batch failed: "));
      assertTrue(e.getCause() instanceof IllegalStateException);
    }
    assertFalse(alive("gone"));
  }

  @Test
  void sizesAreChecked() {
    for (int size : new int[] {0, -1, 6}) {
      assertEquals(
          "data few: 5 examples, batches of %d; need batches of 1 to 5\n".formatted(size)
              + "  try: a batch size within that range",
          assertThrows(
                  DataException.class,
                  () -> Batches.shuffled(numbers("few", 5), size, 0, Batches.Span.epochs(1)))
              .getMessage());
    }
    assertFalse(alive("few"));
  }

  private static boolean alive(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("tombolo-batches-" + name));
  }

  private static boolean ends(String name) throws InterruptedException {
    for (int i = 0; i < 200 && alive(name); i++) {
      Thread.sleep(10);
    }
    return !alive(name);
  }
}

package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.safetensors.FormatException;
import org.tombolo.nn.safetensors.Safetensors;
import org.tombolo.scheduler.Engine;

/// Checkpoints: going on bit for bit, and refusing whatever does not fit.
class CheckpointTest {
  private final Engine engine = Engine.of(List.of(SimulatedDevice.of("simulated:0", 1 << 26)));
  private final DataSet train = Spots.data(90, 1);

  @TempDir Path folder;

  @AfterEach
  void close() {
    engine.close();
  }

  private Trainer trainer() {
    return Spots.model().on(engine).optimizer(Optimizer.Adam.withRate(0.02)).seed(7);
  }

  private static Fit fit(int epochs) {
    return Fit.epochs(epochs).batch(16);
  }

  /// Trains for some steps and leaves a checkpoint.
  private Path saved(int steps) {
    Path file = folder.resolve("saved-%d.safetensors".formatted(steps));
    try (Trainer trainer = trainer()) {
      trainer.fit(train, fit(100).checkpoint(file).stopWhen(() -> trainer.steps() == steps));
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 7, 10, 14})
  void goesOnBitForBit(int stop) {
    Map<String, Tensor> straight;
    History whole;
    try (Trainer trainer = trainer()) {
      whole = trainer.fit(train, fit(3));
      straight = trainer.variables();
    }
    Path file = saved(stop);
    try (Trainer trainer = trainer()) {
      History rest = trainer.fit(train, fit(3).checkpoint(file).resume(true));
      assertEquals(new Outcome.Completed(), rest.outcome());
      assertEquals(15, rest.steps());
      assertEquals(straight, trainer.variables());
      assertEquals(whole.last().loss(), rest.last().loss());
      assertEquals(3 - stop / 5, rest.epochs().size());
    }
    // The file now holds the end: nothing is left to do.
    try (Trainer trainer = trainer()) {
      History nothing = trainer.fit(train, fit(3).checkpoint(file).resume(true));
      assertEquals(new Outcome.Completed(), nothing.outcome());
      assertEquals(List.of(), nothing.epochs());
      assertEquals(straight, trainer.variables());
    }
  }

  @Test
  void resumingWithoutAFileStartsAnew() {
    Path file = folder.resolve("none yet");
    try (Trainer trainer = trainer()) {
      assertEquals(5, trainer.fit(train, fit(1).checkpoint(file).resume(true)).steps());
      assertTrue(Files.exists(file));
    }
  }

  @Test
  void theFileIsReadableByOthers() {
    Safetensors content = Safetensors.read(saved(3));
    assertEquals(
        ModelGraph.variables(Spots.model(), Optimizer.Adam.withRate(1)).keySet(),
        new LinkedHashMap<>(content.tensors()).keySet().stream().collect(Collectors.toSet()));
    assertEquals("spots", content.notes().get("tombolo.model"));
    assertEquals("7", content.notes().get("tombolo.seed"));
    assertEquals("3", content.notes().get("tombolo.steps"));
  }

  @Test
  void otherTrainingsAreRefusedAndNothingIsOverwritten() throws IOException {
    Path file = saved(3);
    byte[] bytes = Files.readAllBytes(file);
    Fit resume = fit(3).checkpoint(file).resume(true);
    assertRefused(trainer().seed(8), train, resume, "seed is 7; need 8");
    assertRefused(trainer(), train, resume.batch(8), "batch is 16; need 8");
    assertRefused(trainer(), Spots.data(90, 5), resume, "data is u8[90,2]/u8[90]/");
    assertRefused(
        trainer().optimizer(Optimizer.Sgd.withRate(0.1).momentum(0.9)),
        train,
        resume,
        "optimizer is Adam[");
    assertRefused(
        Model.sequential("spots", Spots.model().input(), Dense.of(3))
            .on(engine)
            .seed(7)
            .optimizer(Optimizer.Adam.withRate(0.02)),
        train,
        resume,
        "structure is ");
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  private static void assertRefused(Trainer trainer, DataSet data, Fit fit, String problem) {
    try (trainer) {
      Map<String, Tensor> before = trainer.variables();
      FormatException e = assertThrows(FormatException.class, () -> trainer.fit(data, fit));
      Path file = fit.checkpoint().orElseThrow();
      assertTrue(e.getMessage().startsWith(file + ": " + problem), e.getMessage());
      assertTrue(e.getMessage().contains("\n  try: "), e.getMessage());
      assertEquals(before, trainer.variables());
      assertEquals(0, trainer.steps());
    }
  }

  /// A checkpoint with changes.
  private Path changed(
      Consumer<SequencedMap<String, Tensor>> tensors, Consumer<Map<String, String>> notes) {
    Safetensors content = Safetensors.read(saved(3));
    SequencedMap<String, Tensor> changedTensors = new LinkedHashMap<>(content.tensors());
    Map<String, String> changedNotes = new TreeMap<>(content.notes());
    tensors.accept(changedTensors);
    notes.accept(changedNotes);
    changedNotes.remove("tombolo.checksum");
    long checksum = new Safetensors(changedTensors, changedNotes).checksum();
    changedNotes.put("tombolo.checksum", "%08x".formatted(checksum));
    Path file = folder.resolve("changed.safetensors");
    new Safetensors(changedTensors, changedNotes).write(file);
    return file;
  }

  @Test
  void contentThatDoesNotFitIsRefusedWhole() {
    Tensor other = Tensor.of(new float[] {1, 2});
    assertContentRefused(
        changed(tensors -> tensors.put("dense2/bias", other), notes -> {}),
        "tensor \"dense2/bias\" is f32[2]; need f32[3]");
    assertContentRefused(
        changed(tensors -> tensors.remove("adam/v/dense2/bias"), notes -> {}),
        "no tensor \"adam/v/dense2/bias\"");
    assertContentRefused(
        changed(tensors -> tensors.put("extra", other), notes -> {}), "has [extra]; need only ");
    assertContentRefused(
        changed(tensors -> {}, notes -> notes.remove("tombolo.seed")),
        "no note \"tombolo.seed\"; need a checkpoint of a training");
    assertContentRefused(
        changed(tensors -> {}, notes -> notes.put("tombolo.next_batch", "-1")),
        "note \"tombolo.next_batch\" is \"-1\"; need a whole number from 0 to 2147483647");
    assertContentRefused(
        changed(tensors -> {}, notes -> notes.put("tombolo.next_batch", "5")),
        "stands at batch 5; need one below 5");
    assertContentRefused(
        changed(tensors -> {}, notes -> notes.put("tombolo.loss_sum", "much")),
        "note \"tombolo.loss_sum\" is \"much\"; need a number");
    assertContentRefused(
        changed(tensors -> {}, notes -> notes.put("tombolo.checkpoint", "2")),
        "checkpoint of version 2; need 1");
  }

  private void assertContentRefused(Path file, String problem) {
    assertRefused(trainer(), train, fit(3).checkpoint(file).resume(true), problem);
  }

  @Test
  void damagedFilesAreRefusedAndStateStays() throws IOException {
    byte[] whole = Files.readAllBytes(saved(3));
    Path file = folder.resolve("damaged.safetensors");
    long seed = Long.getLong("test.seed", 42);
    SplittableRandom random = new SplittableRandom(seed);
    int refused = 0;
    try (Trainer trainer = trainer()) {
      Map<String, Tensor> before = trainer.variables();
      for (int round = 0; round < 200; round++) {
        byte[] bytes =
            round % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
        if (round % 2 == 1) {
          int at = random.nextInt(random.nextBoolean() ? 1500 : whole.length);
          // Space around the header may be other space.
          bytes[at] ^= (byte) (bytes[at] == ' ' ? 0x41 : random.nextInt(1, 256));
        }
        Files.write(file, bytes);
        try {
          Checkpoint.read(file)
              .requireFits(
                  file,
                  Checkpoint.Setup.of(
                      trainer.model(),
                      Optimizer.Adam.withRate(0.02),
                      Loss.sparseCrossEntropy(),
                      7,
                      16,
                      train),
                  ModelGraph.variables(trainer.model(), Optimizer.Adam.withRate(0.02)),
                  5);
        } catch (FormatException e) {
          refused++;
          assertThrows(
              FormatException.class,
              () -> trainer.fit(train, fit(3).checkpoint(file).resume(true)),
              "seed " + seed + ", round " + round);
          assertEquals(before, trainer.variables());
        }
      }
    }
    assertEquals(200, refused, "seed " + seed);
  }

  @Test
  void anElementThatChangedOnTheDiskIsNoticed() throws IOException {
    Path file = saved(3);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 7] ^= 1;
    Files.write(file, bytes);
    assertContentRefused(file, "damaged: its content has checksum ");
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void parametersAloneAreSavedAndLoaded() throws IOException {
    Path file = folder.resolve("parameters.safetensors");
    Map<String, Tensor> trained;
    Tensor prediction;
    try (Trainer trainer = trainer()) {
      trainer.fit(train, fit(2));
      trained = trainer.variables();
      prediction = trainer.predict(train.features());
      trainer.save(file);
    }
    assertEquals(4, Safetensors.read(file).tensors().size());
    try (Trainer trainer = Spots.model().on(engine).seed(99)) {
      Map<String, Tensor> before = trainer.variables();
      trainer.load(file);
      assertEquals(prediction, trainer.predict(train.features()));
      assertEquals(trained.get("dense1/kernel"), trainer.variables().get("dense1/kernel"));
      assertEquals(
          before.get("adam/m/dense1/kernel"), trainer.variables().get("adam/m/dense1/kernel"));
      // A checkpoint will do as well.
      trainer.load(saved(3));

      Path text = Files.write(folder.resolve("text"), "no".getBytes(StandardCharsets.UTF_8));
      Map<String, Tensor> loaded = trainer.variables();
      assertThrows(FormatException.class, () -> trainer.load(text));
      Path other = folder.resolve("other");
      SequencedMap<String, Tensor> incomplete =
          new LinkedHashMap<>(Safetensors.read(file).tensors());
      incomplete.put("dense1/kernel", Tensor.full(incomplete.get("dense1/kernel").type(), 9));
      incomplete.remove("dense2/bias");
      new Safetensors(incomplete, Map.of()).write(other);
      assertTrue(
          assertThrows(FormatException.class, () -> trainer.load(other))
              .getMessage()
              .startsWith(other + ": no tensor \"dense2/bias\""));
      assertEquals(loaded, trainer.variables());
    }
    assertFalse(Files.exists(folder.resolve("parameters.safetensors.tmp")));
  }
}

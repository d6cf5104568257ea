package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tombolo train` with bad input: what is said, and that nothing is lost.
class TrainMistakesTest {
  @TempDir private Path dir;
  private Path data;

  @BeforeEach
  void writePictures() throws Exception {
    data = Files.createDirectories(dir.resolve("data"));
    IdxFolder.bytes(data);
  }

  private Cli clothing(int batch, int epochs, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("train", "clothing", "--data", data.toString(), "-d", "cpu"));
    arguments.addAll(List.of("--batch", "" + batch, "--epochs", "" + epochs));
    arguments.addAll(List.of(more));
    return Cli.run(arguments.toArray(String[]::new));
  }

  @Test
  void anUnknownDeviceIsNamedWithThoseThatAreThere() {
    Cli run = Cli.run("train", "digits", "--device", "cpu:99");
    assertEquals(2, run.status());
    assertTrue(run.err().startsWith("cpu:99: no such device; there "), run.err());
    assertTrue(run.err().contains("cpu:0 ("), run.err());
    assertTrue(run.err().contains("\n  try: one of those names, or auto"), run.err());
  }

  @Test
  void missingDataSaysHowToGetIt() {
    Path nowhere = dir.resolve("nowhere");
    Cli.run("train", "clothing", "--data", nowhere.toString())
        .isMistake(
            nowhere.resolve("train-images-idx3-ubyte.gz")
                + ": no such file, and none without .gz; need an idx file\n"
                + "  try: apt-get install dataset-fashion-mnist, or --data DIR for a folder that"
                + " has it");
  }

  @Test
  void truncatedDataIsNamedWithExpectedAndFoundBytes() throws Exception {
    Path images = data.resolve("train-images-idx3-ubyte");
    Files.write(images, Arrays.copyOf(Files.readAllBytes(images), 5000));
    int whole = 16 + IdxFolder.TRAIN * 28 * 28;
    Cli run = clothing(10, 1);
    assertEquals(2, run.status());
    assertTrue(run.err().startsWith(images + ": "), run.err());
    assertTrue(run.err().contains(Integer.toString(whole)), run.err());
    assertTrue(run.err().contains("5000"), run.err());
  }

  @Test
  void digitsTakeNoFolder() {
    Cli.run("train", "digits", "--data", "here")
        .isMistake(
            "--data here: the digits are part of the program; need no folder\n"
                + "  try: train digits without --data, or train clothing");
  }

  @Test
  void aBatchMustFitTheData() {
    Cli run = clothing(41, 1);
    assertEquals(2, run.status());
    assertTrue(
        run.err().contains("40 examples, batches of 41; need batches of 1 to 40"), run.err());
  }

  @Test
  void resumeNeedsACheckpoint() {
    Cli.run("train", "digits", "--resume")
        .isMistake(
            "--resume: nothing to go on from; need --checkpoint DIR\n"
                + "  try: --checkpoint with the folder that the training was saved in");
  }

  @Test
  void aCheckpointFolderMustBeAFolder() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "something");
    Cli run = clothing(10, 1, "--checkpoint", file.toString());
    assertEquals(2, run.status());
    assertTrue(run.err().startsWith("--checkpoint " + file + ": cannot be made: "), run.err());
    assertEquals("something", Files.readString(file));
  }

  @Test
  void aCheckpointIsNotOverwrittenByANewTraining() throws Exception {
    Path file = saved();
    byte[] before = Files.readAllBytes(file);
    clothing(10, 1, "--checkpoint", file.getParent().toString())
        .isMistake(
            file
                + ": is there already and would be lost; need --resume or another folder\n"
                + "  try: --resume to go on from it, or move it away to start anew");
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  @Test
  void aCheckpointOfOtherSettingsIsRefusedWhole() throws Exception {
    Path file = saved();
    byte[] before = Files.readAllBytes(file);
    Cli run =
        clothing(10, 2, "--checkpoint", file.getParent().toString(), "--resume", "--seed", "43");
    assertEquals(2, run.status());
    assertTrue(run.err().startsWith(file + ": seed is 0; need 43\n  try: "), run.err());
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  @Test
  void aDamagedCheckpointIsRefusedWhole() throws Exception {
    Path file = saved();
    byte[] before = Files.readAllBytes(file);
    byte[] cut = Arrays.copyOf(before, before.length - 1);
    Files.write(file, cut);
    Cli run = clothing(10, 2, "--checkpoint", file.getParent().toString(), "--resume");
    assertEquals(2, run.status());
    assertTrue(run.err().startsWith(file + ": "), run.err());
    assertTrue(run.err().contains("\n  try: an earlier checkpoint"), run.err());
    assertFalse(run.out().contains("epoch"), run.out());
    assertArrayEquals(cut, Files.readAllBytes(file));
  }

  private Path saved() {
    Path folder = dir.resolve("saved");
    clothing(10, 1, "--checkpoint", folder.toString()).ok();
    return folder.resolve("clothing.safetensors");
  }

  @Test
  void aLossThatIsNoNumberStopsAndNamesTheStepAndTheData() throws Exception {
    Files.write(
        data.resolve("train-images-idx3-ubyte"),
        IdxFolder.images(0x0d, IdxFolder.TRAIN, Float.NaN));
    Cli run = clothing(40, 1);
    assertEquals(1, run.status());
    assertEquals(
        "step 1: the loss is not a finite number; first of all the batch itself was not\n"
            + "  try: a lower --rate; or look for such numbers in the data",
        run.err().strip());
    assertFalse(run.out().contains("test accuracy"), run.out());
  }

  @Test
  void aLossThatIsNoNumberNamesTheLayerAndKeepsTheCheckpoint() throws Exception {
    Path file = dir.resolve("saved/clothing.safetensors");
    Cli run = clothing(10, 1, "--rate", "1e30", "--checkpoint", file.getParent().toString());
    assertEquals(1, run.status());
    assertTrue(
        run.err().matches("(?s)step 2: the loss is not a finite number; first of all \\w+ was .*"),
        run.err());
    assertFalse(Files.exists(file), "nothing worth saving");
  }
}

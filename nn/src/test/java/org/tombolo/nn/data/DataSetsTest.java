package org.tombolo.nn.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

class DataSetsTest {
  @TempDir Path folder;

  @Test
  void digitsAreComplete() {
    Split digits = DataSets.digits();
    assertEquals(TensorType.of(DType.U8, 1438, 8, 8, 1), digits.train().features().type());
    assertEquals(TensorType.of(DType.U8, 359, 8, 8, 1), digits.test().features().type());
    long[] perClass = new long[10];
    long pixels = 0;
    long largest = 0;
    for (DataSet part : List.of(digits.train(), digits.test())) {
      for (int i = 0; i < part.size(); i++) {
        perClass[(int) part.labels().longAt(i)]++;
      }
      for (long i = 0; i < part.features().type().size(); i++) {
        pixels += part.features().longAt(i);
        largest = Math.max(largest, part.features().longAt(i));
      }
    }
    // As the set's description counts the classes; the sum was taken from the original lines.
    assertEquals("[178, 182, 177, 183, 181, 182, 181, 179, 174, 180]", Arrays.toString(perClass));
    assertEquals(16, largest);
    assertEquals(561718, pixels);
    assertEquals(DataSets.digits().test().fingerprint(), digits.test().fingerprint());
  }

  @Test
  void clothingIsReadFromDebiansPackage() {
    assumeTrue(
        Files.isDirectory(DataSets.DEBIAN_FASHION_MNIST), "dataset-fashion-mnist is not installed");
    Split clothing = DataSets.clothing();
    assertEquals(TensorType.of(DType.U8, 60_000, 28, 28, 1), clothing.train().features().type());
    assertEquals(TensorType.of(DType.U8, 10_000, 28, 28, 1), clothing.test().features().type());
    // The first pictures of the published set: an ankle boot, and another one.
    assertEquals(9, clothing.train().labels().longAt(0));
    assertEquals(9, clothing.test().labels().longAt(0));
    int[] counts = new int[10];
    for (int i = 0; i < 10_000; i++) {
      counts[(int) clothing.test().labels().longAt(i)]++;
    }
    for (int count : counts) {
      assertEquals(1000, count);
    }
  }

  @Test
  void missingFilesAreNamedWithTheRemedy() throws IOException {
    DataException e = assertThrows(DataException.class, () -> DataSets.clothing(folder));
    assertEquals(
        folder.resolve("train-images-idx3-ubyte.gz")
            + ": no such file, and none without .gz; need an idx file\n"
            + "  try: apt-get install dataset-fashion-mnist, or --data DIR for a folder that has it",
        e.getMessage());
    Path images = folder.resolve("train-images-idx3-ubyte");
    Files.write(images, new byte[] {0, 0, 8, 1, 0, 0, 0, 1, 5});
    assertEquals(
        images
            + ": holds u8[1]; need images [n,height,width]\n"
            + "  try: the file named images, not the one named labels",
        assertThrows(DataException.class, () -> DataSets.clothing(folder)).getMessage());
    Files.write(images, new byte[] {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5});
    Path labels = folder.resolve("train-labels-idx1-ubyte");
    Files.write(labels, new byte[] {0, 0, 8, 1, 0, 0, 0, 1, 10});
    assertEquals(
        "data clothing, training set: label of example 0 is 10; need 0 to 9\n"
            + "  try: the list of all classes, or other labels",
        assertThrows(DataException.class, () -> DataSets.clothing(folder)).getMessage());
    Files.write(labels, new byte[] {0, 0, 8, 1, 0, 0, 0, 2, 1, 2});
    assertEquals(
        "data clothing, training set: 1 examples, 2 labels; need one label for each\n"
            + "  try: check that both come from the same set",
        assertThrows(DataException.class, () -> DataSets.clothing(folder)).getMessage());
  }

  @Test
  void rangesShareAndPicksCopy() {
    DataSet all =
        new DataSet(
            "small",
            Tensor.of(new float[] {0, 1, 10, 11, 20, 21, 30, 31}, 4, 2),
            Tensor.of(new int[] {0, 1, 2, 3}),
            List.of());
    assertEquals(Tensor.of(new float[] {10, 11, 20, 21}, 2, 2), all.range(1, 3).features());
    assertEquals(Tensor.of(new int[] {1, 2}), all.range(1, 3).labels());
    assertEquals(0, all.range(2, 2).size());
    assertEquals(Tensor.of(new float[] {30, 31, 0, 1, 30, 31}, 3, 2), all.pick(3, 0, 3).features());
    assertEquals(Tensor.of(new int[] {3, 0, 3}), all.pick(3, 0, 3).labels());
    assertEquals(TensorType.f32(2), all.feature());
    assertEquals(TensorType.of(DType.I32), all.label());
    assertNotEquals(all.fingerprint(), all.pick(0, 1, 3, 2).fingerprint());
    assertEquals(all.fingerprint(), all.pick(0, 1, 2, 3).fingerprint());
  }

  @Test
  void aSplitUsesEveryExampleOnce() {
    int[] numbers = new int[23];
    Arrays.setAll(numbers, i -> i);
    DataSet all = new DataSet("n", Tensor.of(numbers, 23, 1), Tensor.of(numbers), List.of());
    Split split = Split.shuffled(all, 0.2, 5);
    assertEquals(18, split.train().size());
    assertEquals(5, split.test().size());
    boolean[] seen = new boolean[23];
    for (DataSet part : List.of(split.train(), split.test())) {
      for (int i = 0; i < part.size(); i++) {
        int number = (int) part.labels().longAt(i);
        assertTrue(!seen[number], "twice: " + number);
        seen[number] = true;
      }
    }
    assertNotEquals(split.test().fingerprint(), Split.shuffled(all, 0.2, 6).test().fingerprint());
    assertThrows(IllegalArgumentException.class, () -> Split.shuffled(all, 1.5, 0));
  }
}

package org.tombolo.nn.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;

/// Sets of images that models can be tried on.
public final class DataSets {
  /// Where Debian's package `dataset-fashion-mnist` puts its files.
  public static final Path DEBIAN_FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");

  private static final long DIGITS_SPLIT_SEED = 1998;
  private static final List<String> CLOTHES =
      List.of(
          "T-shirt/top",
          "trouser",
          "pullover",
          "dress",
          "coat",
          "sandal",
          "shirt",
          "sneaker",
          "bag",
          "ankle boot");

  private DataSets() {}

  /// 1,797 handwritten digits, part of this library: images `u8[n,8,8,1]` with values from 0 to 16,
  /// labels `u8[n]`. A fifth, drawn at random once and for all, is the test set; so both sets hold
  /// digits of the same thirteen writers.
  ///
  /// Source: E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine
  /// Learning Repository, 1998, <https://doi.org/10.24432/C50P49>, licence CC BY 4.0; the
  /// `README.md` beside the files says more.
  public static Split digits() {
    Tensor images = resource("digits-images-idx3-ubyte.gz");
    Tensor labels = resource("digits-labels-idx1-ubyte.gz");
    List<String> classes = IntStream.range(0, 10).mapToObj(Integer::toString).toList();
    DataSet all = new DataSet("digits", oneChannel(images), labels, classes);
    return Split.shuffled(all, 0.2, DIGITS_SPLIT_SEED);
  }

  /// Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv:1708.07747): 60,000 and 10,000 pictures of ten
  /// kinds of clothing, images `u8[n,28,28,1]`, labels `u8[n]`, from [#DEBIAN_FASHION_MNIST].
  ///
  /// @throws DataException if it is not installed
  public static Split clothing() {
    if (!Files.isDirectory(DEBIAN_FASHION_MNIST)) {
      throw new DataException(
          DEBIAN_FASHION_MNIST + ": no such folder; need the four files of Fashion-MNIST",
          "apt-get install dataset-fashion-mnist, or --data DIR for a folder that has them");
    }
    return clothing(DEBIAN_FASHION_MNIST);
  }

  /// The same from a folder that holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
  /// `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each plain or with `.gz`. Any set of
  /// ten classes published in this form will do.
  ///
  /// @throws DataException if a file is missing or damaged
  public static Split clothing(Path folder) {
    return new Split(
        read(folder, "train", "clothing, training set"),
        read(folder, "t10k", "clothing, test set"));
  }

  private static DataSet read(Path folder, String stem, String name) {
    Path imageFile = find(folder, stem + "-images-idx3-ubyte");
    Tensor images = IdxFile.read(imageFile);
    if (images.shape().rank() != 3) {
      throw new DataException(
          "%s: holds %s; need images [n,height,width]".formatted(imageFile, images.type()),
          "the file named images, not the one named labels");
    }
    Path labelFile = find(folder, stem + "-labels-idx1-ubyte");
    Tensor labels = IdxFile.read(labelFile);
    if (labels.shape().rank() != 1 || !labels.type().dtype().isInteger()) {
      throw new DataException(
          "%s: holds %s; need whole numbers [n]".formatted(labelFile, labels.type()),
          "the file named labels, not the one named images");
    }
    return new DataSet(name, oneChannel(images), labels, CLOTHES);
  }

  private static Path find(Path folder, String name) {
    Path zipped = folder.resolve(name + ".gz");
    Path plain = folder.resolve(name);
    if (Files.exists(zipped)) {
      return zipped;
    }
    if (Files.exists(plain)) {
      return plain;
    }
    throw new DataException(
        "%s: no such file, and none without .gz; need an idx file".formatted(zipped),
        "apt-get install dataset-fashion-mnist, or --data DIR for a folder that has it");
  }

  private static Tensor oneChannel(Tensor images) {
    Shape shape = images.shape();
    return Tensor.wrap(
        images.type().withShape(Shape.of(shape.dim(0), shape.dim(1), shape.dim(2), 1)),
        images.data());
  }

  private static Tensor resource(String name) {
    try (InputStream in = DataSets.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new DataException(
            name + ": not among the resources of this library; need an intact jar",
            "build it again");
      }
      return IdxFile.read(name, in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

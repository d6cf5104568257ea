package org.tombolo.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Fit;
import org.tombolo.nn.Grafted;
import org.tombolo.nn.Loss;
import org.tombolo.nn.Model;
import org.tombolo.nn.ModelGraph;
import org.tombolo.nn.Models;
import org.tombolo.nn.Optimizer.Adam;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.data.DataSets;
import org.tombolo.nn.data.Split;
import org.tombolo.onnx.OnnxGraph;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.export.OnnxExport;
import org.tombolo.scheduler.Engine;

/// Teaching an imported model new classes from a few images: what it has learned of the old ones
/// stays, and a new last layer is trained.
public final class FineTune {
  private static final int OLD_CLASSES = 5;
  private static final int FEW = 40;

  private FineTune() {}

  // Somebody trains a model on the digits 0 to 4, and publishes it as an ONNX file that takes any
  // number of images.

  static void publish(Engine engine, DataSet train, Path file) {
    Model model = Models.digits();
    try (Trainer trainer = model.on(engine).optimizer(Adam.withRate(0.002)).seed(1)) {
      trainer.fit(train, Fit.epochs(6));
      OnnxExport.writeForAnyBatch(
          n ->
              ModelGraph.prediction(
                  model, Loss.sparseCrossEntropy(), TensorType.of(DType.U8, n, 8, 8, 1)),
          trainer.variables(),
          file);
    }
  }

  // Somebody else cuts that model off before its last layer. What is left becomes the first layer
  // of a new model: its graph for any batch, with its parameters as variables.

  static Grafted features(Path file, boolean trained) {
    OnnxModel body = OnnxModel.read(file).upTo("dense1/max_1");
    Grafted.Source source =
        images -> {
          OnnxGraph part = body.graph(Map.of("features", images.withDType(DType.U8)));
          return new Grafted.Part(part.graph(), part.variables());
        };
    return trained ? Grafted.trained("digits", source) : Grafted.frozen("digits", source);
  }

  // Then a new head is trained as any model is. Frozen features leave all but the head as it was;
  // trained ones follow slowly.

  static double learn(Engine engine, Split digits, Path file, boolean trained, double rate) {
    Model model =
        Model.sequential(
            "few", digits.train().feature().shape(), features(file, trained), Dense.of(5));
    try (Trainer trainer = model.on(engine).optimizer(Adam.withRate(rate)).seed(2)) {
      trainer.fit(digits.train(), Fit.epochs(30).batch(8));
      return trainer.evaluate(digits.test()).accuracy().orElseThrow();
    }
  }

  /// The images of some classes, which are counted from 0 then.
  private static DataSet classes(DataSet all, int from, int to, int most) {
    int[] picked =
        IntStream.range(0, all.size())
            .filter(i -> all.labels().longAt(i) >= from && all.labels().longAt(i) < to)
            .limit(most)
            .toArray();
    DataSet some = all.pick(picked);
    Tensor labels = Tensor.wholes(some.labels().type(), i -> some.labels().longAt(i) - from);
    return new DataSet(all.name(), some.features(), labels, all.classes().subList(from, to));
  }

  /// Prints how well the digits 5 to 9 are told apart after a look at a few of them.
  ///
  /// @param arguments names of devices; without any, `auto`
  public static void main(String[] arguments) {
    Split digits = DataSets.digits();
    Path file = temporary();
    try (Engine engine = Engine.open(arguments.length == 0 ? "auto" : arguments[0])) {
      publish(engine, classes(digits.train(), 0, OLD_CLASSES, Integer.MAX_VALUE), file);
      Split others =
          new Split(
              classes(digits.train(), OLD_CLASSES, 10, FEW),
              classes(digits.test(), OLD_CLASSES, 10, Integer.MAX_VALUE));
      System.out.printf("new head:          %.3f%n", learn(engine, others, file, false, 0.02));
      System.out.printf("all of it, slowly: %.3f%n", learn(engine, others, file, true, 0.001));
    }
  }

  private static Path temporary() {
    try {
      Path file = Files.createTempFile("digits", ".onnx");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // How to run it, from the root of the repository:
  //
  //   ./tombolo --version    (builds the libraries where that has not been done yet)
  //   java --add-modules jdk.incubator.vector -cp 'cli/target/tombolo/lib/*' \
  //     examples/src/main/java/org/tombolo/examples/FineTune.java cpu
}

package org.tombolo.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Model;
import org.tombolo.nn.Models;
import org.tombolo.nn.Optimizer;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.DataException;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.data.DataSets;
import org.tombolo.nn.data.Split;
import org.tombolo.scheduler.Engine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Something that can be learned, with settings that are known to work.
enum Task {
  /// Handwritten digits of 8x8 pixels, which are part of the program.
  DIGITS(20, 32, 0.001),
  /// Pictures of clothes, 28x28 pixels: Fashion-MNIST.
  CLOTHING(5, 128, 0.001);

  private static final int CLASSES = 10;

  private final int epochs;
  private final int batch;
  private final double rate;

  Task(int epochs, int batch, double rate) {
    this.epochs = epochs;
    this.batch = batch;
    this.rate = rate;
  }

  /// Passes through the training set, unless told otherwise.
  int epochs() {
    return epochs;
  }

  /// Examples of a step, unless told otherwise.
  int batch() {
    return batch;
  }

  /// Learning rate, unless told otherwise.
  double rate() {
    return rate;
  }

  private Model model() {
    return switch (this) {
      case DIGITS -> Models.digits();
      case CLOTHING -> Models.clothing();
    };
  }

  /// The model with fresh parameters, to be trained with Adam.
  Trainer trainer(Engine engine, double learningRate, long seed) {
    return model().on(engine).optimizer(Optimizer.Adam.withRate(learningRate)).seed(seed);
  }

  /// Reads the images.
  ///
  /// @param folder where they are, if not at their usual place
  /// @throws DataException if they are missing or damaged
  /// @throws MistakeException if a folder is given for images that are part of the program
  Split load(Optional<Path> folder) {
    return switch (this) {
      case DIGITS -> {
        if (folder.isPresent()) {
          throw new MistakeException(
              "--data %s: the digits are part of the program; need no folder"
                  .formatted(folder.get()),
              "train digits without --data, or train clothing");
        }
        yield DataSets.digits();
      }
      case CLOTHING -> folder.map(DataSets::clothing).orElseGet(DataSets::clothing);
    };
  }

  /// Examples of the types that are trained on, all black: enough to plan with.
  DataSet blank(int examples) {
    Shape image = model().input();
    TensorType features =
        TensorType.of(DType.U8, examples, image.dim(0), image.dim(1), image.dim(2));
    return new DataSet(
        toString(),
        Tensor.full(features, 0),
        Tensor.full(TensorType.of(DType.U8, examples), 0),
        IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList());
  }

  /// Reads the name of a task.
  static final class FromName implements ITypeConverter<Task> {
    @Override
    public Task convert(String text) {
      return Arrays.stream(values())
          .filter(task -> task.toString().equals(text.toLowerCase(Locale.ROOT)))
          .findFirst()
          .orElseThrow(
              () -> new TypeConversionException("'%s'; need digits or clothing".formatted(text)));
    }
  }

  /// The name on the command line.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

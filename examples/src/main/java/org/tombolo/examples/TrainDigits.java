package org.tombolo.examples;

import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.Activation;
import org.tombolo.nn.Conv2d;
import org.tombolo.nn.Dense;
import org.tombolo.nn.Fit;
import org.tombolo.nn.Flatten;
import org.tombolo.nn.MaxPool2d;
import org.tombolo.nn.Model;
import org.tombolo.nn.Optimizer.Adam;
import org.tombolo.nn.Scale;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.data.DataSets;
import org.tombolo.nn.data.Split;
import org.tombolo.scheduler.Engine;

/// Training without touching a graph: a model, a fit, a test, a prediction.
public final class TrainDigits {
  private TrainDigits() {}

  // A model is data: layers and the shape of one example. It owns no memory and belongs to no
  // device, so it can be compared, printed and shared. Shapes between layers follow by themselves.

  static Model model() {
    return Model.sequential(
        "digits",
        Shape.of(8, 8, 1),
        Scale.by(1.0 / 16), // pixels are bytes from 0 to 16, and cross to the device as bytes
        Conv2d.of(16, 3).same().activation(Activation.RELU),
        MaxPool2d.of(2),
        new Flatten(),
        Dense.of(10));
  }

  // A trainer is the model on an engine, with its parameters. One seed fixes everything random:
  // first parameters, order of the examples, dropout. The same seed on the same device gives the
  // same result, bit for bit.

  static void train(String devices) {
    Split digits = DataSets.digits();
    try (Engine engine = Engine.open(devices);
        Trainer trainer = model().on(engine).optimizer(Adam.withRate(0.005)).seed(1)) {
      trainer.fit(digits.train(), Fit.epochs(5).batch(32));
      System.out.println("after training: " + trainer.evaluate(digits.test()));
      showGuess(trainer, digits.test());
    }
  }

  // Prediction gives a probability for each class.

  private static void showGuess(Trainer trainer, DataSet test) {
    DataSet one = test.range(0, 1);
    Tensor probabilities = trainer.predict(one.features());
    for (int row = 0; row < 8; row++) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < 8; column++) {
        line.append(" .:-=+*#@".charAt((int) one.features().longAt(row * 8 + column) / 2));
      }
      System.out.println(line);
    }
    for (int digit = 0; digit < 10; digit++) {
      System.out.printf("%d: %4.1f %%%n", digit, 100 * probabilities.at(digit));
    }
  }

  /// Prints how good the model is, a digit, and what the model takes it for.
  ///
  /// @param arguments names of devices; without any, `auto`
  public static void main(String[] arguments) {
    System.out.print(model().summary());
    train(arguments.length == 0 ? "auto" : arguments[0]);
  }

  // How to run it, from the root of the repository:
  //
  //   ./tombolo --version    (builds the libraries where that has not been done yet)
  //   java --add-modules jdk.incubator.vector -cp 'cli/target/tombolo/lib/*' \
  //     examples/src/main/java/org/tombolo/examples/TrainDigits.java cpu
}

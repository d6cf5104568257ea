package org.tombolo.cli;

import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which model a command is about.
final class ModelOption {
  @Parameters(
      paramLabel = "MODEL",
      converter = NamedModel.FromName.class,
      description =
          "digits or clothing, which tombolo train trains, or one of the networks mlp, lenet,"
              + " resnet-18, mobilenet-v2, lstm, bert, gpt, u-net, embedding, mixture-of-experts.")
  private NamedModel model = new NamedModel.OfTask(Task.DIGITS);

  @Option(
      names = "--small",
      description = "A network at its smallest: the same structure with the fewest channels.")
  private boolean small;

  NamedModel model() {
    return model;
  }

  boolean small() {
    return small;
  }
}

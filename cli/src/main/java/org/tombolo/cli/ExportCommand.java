package org.tombolo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Loss;
import org.tombolo.nn.Model;
import org.tombolo.nn.ModelGraph;
import org.tombolo.nn.Network;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.zoo.Architecture;
import org.tombolo.onnx.export.OnnxExport;
import org.tombolo.scheduler.Engine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tombolo export`: a model as an ONNX file.
@Command(
    name = "export",
    description =
        "Write a trained model, or a well-known network with fresh weights, as an ONNX file.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  tombolo export digits --checkpoint runs --output digits.onnx",
      "  tombolo export resnet-18 --small --output resnet.onnx"
    })
final class ExportCommand implements Callable<Integer> {
  private static final String OUTPUT = "--output";

  private final Console console;

  @Mixin private final ModelOption chosen = new ModelOption();

  @Option(
      names = {"-o", OUTPUT},
      paramLabel = "FILE.onnx",
      required = true,
      description = "The file; is replaced if it is there.")
  private Path output = Path.of("");

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Folder that tombolo train saved digits or clothing in.")
  private @Nullable Path checkpoint;

  @Option(
      names = {"-b", "--batch"},
      paramLabel = "N",
      converter = FromOne.class,
      description =
          "Examples that digits or clothing take in a run. Without it: any number. The networks"
              + " have their own.")
  private @Nullable Integer batch;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides the fresh weights of a network. Without it: 0.")
  private long seed;

  ExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    OutputFile.requireWritable(OUTPUT, output);
    switch (chosen.model()) {
      case NamedModel.OfTask(Task task) -> export(task);
      case NamedModel.OfArchitecture(Architecture architecture) -> export(architecture);
    }
    return ExitStatus.OK;
  }

  private void export(Task task) {
    if (chosen.small()) {
      throw new MistakeException(
          "--small: is of networks such as mlp; %s has one size".formatted(task),
          "the command without it");
    }
    if (checkpoint == null) {
      throw new MistakeException(
          "export %s: no weights; need --checkpoint DIR".formatted(task),
          "tombolo train %s --checkpoint DIR first".formatted(task));
    }
    Path file = checkpoint.resolve(task + ".safetensors");
    if (!Files.isRegularFile(file)) {
      throw new MistakeException(
          "--checkpoint %s: there is no %s; need a folder that a training was saved in"
              .formatted(checkpoint, file.getFileName()),
          "tombolo train %s --checkpoint %s first".formatted(task, checkpoint));
    }
    try (Engine engine = Engine.open("cpu");
        Trainer trainer = task.trainer(engine, task.rate(), 0)) {
      trainer.load(file);
      Map<String, Tensor> variables = trainer.variables();
      if (batch == null) {
        OnnxExport.writeForAnyBatch(n -> graph(trainer.model(), n), variables, output);
      } else {
        OnnxExport.write(graph(trainer.model(), batch), variables, output);
      }
      Shape image = trainer.model().input();
      console.line(
          "%s: %s as in %s; takes \"%s\" u8[%s,%d,%d,%d], gives \"%s\" f32[%s,%d]"
              .formatted(
                  output,
                  task,
                  file,
                  ModelGraph.FEATURES,
                  examples(),
                  image.dim(0),
                  image.dim(1),
                  image.dim(2),
                  ModelGraph.PREDICTION,
                  examples(),
                  trainer.model().output().dim(0)));
    }
  }

  private String examples() {
    return batch == null ? "batch" : batch.toString();
  }

  private static Graph graph(Model model, long examples) {
    Shape image = model.input();
    TensorType features =
        TensorType.of(DType.U8, examples, image.dim(0), image.dim(1), image.dim(2));
    return ModelGraph.prediction(model, Loss.sparseCrossEntropy(), features);
  }

  private void export(Architecture architecture) {
    if (checkpoint != null || batch != null) {
      throw new MistakeException(
          "%s: is of digits and clothing; the networks have fresh weights and their own batch"
              .formatted(checkpoint != null ? "--checkpoint " + checkpoint : "--batch " + batch),
          "the command without it");
    }
    Network network =
        architecture.network(chosen.small() ? Architecture.Size.SMALL : Architecture.Size.FULL);
    OnnxExport.write(network.forward(), network.initial(architecture.optimizer(), seed), output);
    console.line("%s: %s with fresh weights of seed %d".formatted(output, architecture, seed));
  }
}

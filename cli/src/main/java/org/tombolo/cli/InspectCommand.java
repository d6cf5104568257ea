package org.tombolo.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.tombolo.graph.Cost;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.TensorDef;
import org.tombolo.onnx.model.ValueDef;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.report.PlanReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tombolo inspect`: what an ONNX model is, and how it would run.
@Command(
    name = "inspect",
    header = "Show what an ONNX model is, and what would run where.",
    description = {
      "Prints inputs, outputs, parameters and operators of a model, and what is not known of it here."
          + " Where all extents of the inputs are known it runs the model once on zeros, and prints"
          + " what each device has to do.",
      "",
      "Exit status 1 if the model cannot be run here.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  tombolo inspect model.onnx",
      "  tombolo inspect model.onnx --shape x=1,3,320,320 --device cpu,opencl",
    })
final class InspectCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "MODEL.onnx", description = "The model.")
  private Path file = Path.of("");

  @Option(
      names = {"-s", "--shape"},
      paramLabel = "NAME=EXTENTS",
      description =
          "The extents of an input, with commas between, such as x=1,3,320,320; once for each input"
              + " whose extents the model leaves open.")
  private Map<String, String> shapes = new LinkedHashMap<>();

  @Mixin private final DeviceOption devices = new DeviceOption();

  InspectCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    OnnxModel model = OnnxFile.read(file);
    ModelDef definition = model.definition();
    console.line(
        "%s, by %s, operators %s"
            .formatted(
                file,
                definition.producer().isBlank() ? "nobody named" : definition.producer().strip(),
                opsets(definition)));
    values("inputs", model.inputs());
    values("outputs", model.outputs());
    List<TensorDef> parameters = definition.graph().initializers();
    console.line(
        "parameters: %,d tensors, %,d elements, %s"
            .formatted(
                parameters.size(),
                parameters.stream().mapToLong(each -> each.shape().size()).sum(),
                Quantities.bytes(
                    parameters.stream().mapToLong(each -> each.data().byteSize()).sum())));
    operators(definition.graph());
    if (!model.problems().isEmpty()) {
      console.line("problems:");
      model.problems().forEach(problem -> console.line("  " + problem));
      return ExitStatus.FAILED;
    }
    Map<String, Value> zeros = new LinkedHashMap<>();
    List<String> open = new ArrayList<>();
    for (ValueDef input : model.inputs()) {
      zeros(input)
          .ifPresentOrElse(value -> zeros.put(input.name(), value), () -> open.add(input.name()));
    }
    for (String name : shapes.keySet()) {
      if (!zeros.containsKey(name)) {
        throw new MistakeException(
            "--shape %s: there is no such input of a tensor; need one of %s"
                .formatted(name, model.inputs().stream().map(ValueDef::name).toList()),
            "one of those names");
      }
    }
    if (open.isEmpty()) {
      plan(model, zeros);
    } else {
      console.line(
          "where it would run: extents are open; --shape %s=EXTENTS says them"
              .formatted(String.join("=EXTENTS --shape ", open)));
    }
    return ExitStatus.OK;
  }

  private static String opsets(ModelDef model) {
    Map<String, Long> opsets = new TreeMap<>(model.opsets());
    List<String> each = new ArrayList<>();
    opsets.forEach((domain, version) ->
        each.add((domain.isEmpty() ? "version " : domain + " version ") + version));
    return String.join(", ", each);
  }

  private void values(String title, List<ValueDef> values) {
    console.line(title + ":");
    values.forEach(value -> console.line("  %s: %s".formatted(value.name(), value.type())));
  }

  private void operators(GraphDef graph) {
    Map<String, Integer> counts = new TreeMap<>();
    for (NodeDef node : graph.nodes()) {
      String domain = node.domain().isEmpty() ? "" : node.domain() + ".";
      counts.merge(domain + node.operator(), 1, Integer::sum);
    }
    console.line("operators: %,d".formatted(graph.nodes().size()));
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .forEach(each -> console.line("  %6d %s".formatted(each.getValue(), each.getKey())));
  }

  /// A tensor of zeros for an input, if its type and extents are known.
  private Optional<Value> zeros(ValueDef input) {
    Optional<ElementType> type = input.elementType().filter(each -> each.carrier().isPresent());
    if (input.kind() != ValueDef.Kind.TENSOR || type.isEmpty()) {
      return Optional.empty();
    }
    return shape(input)
        .map(shape ->
            Value.Dense.of(
                type.get(), Tensor.full(new TensorType(type.get().carried(), shape), 0)));
  }

  private Optional<Shape> shape(ValueDef input) {
    String given = shapes.get(input.name());
    if (given == null) {
      return input
          .shape()
          .filter(extents -> extents.stream().allMatch(ValueDef.Extent::isKnown))
          .map(extents -> Shape.of(extents.stream().map(ValueDef.Extent::value).toList()));
    }
    List<Long> extents = new ArrayList<>();
    for (String extent : given.split(",", -1)) {
      if (!extent.matches("\\d{1,12}")) {
        throw new MistakeException(
            "--shape %s=%s: \"%s\" is no extent; need whole numbers with commas between"
                .formatted(input.name(), given, extent),
            "--shape " + input.name() + "=1,3,224,224");
      }
      extents.add(Long.parseLong(extent));
    }
    return Optional.of(Shape.of(extents));
  }

  private void plan(OnnxModel model, Map<String, Value> zeros) {
    try (Engine engine = Engine.open(devices.names());
        OnnxSession session = OnnxSession.on(engine, model)) {
      session.runValues(zeros);
      Cost cost = session.cost();
      List<PlanReport> reports = session.reports();
      console.line(
          "a run: %s, %d plans, expected to take %.3f ms, %s up, %s down"
              .formatted(
                  Quantities.rate(cost.flops(), "flop"),
                  reports.size(),
                  reports.stream().mapToDouble(PlanReport::seconds).sum() * 1e3,
                  Quantities.bytes(
                      reports.stream().mapToLong(report -> report.up().planned()).sum()),
                  Quantities.bytes(
                      reports.stream().mapToLong(report -> report.down().planned()).sum())));
      for (int i = 0; i < engine.devices().size(); i++) {
        int index = i;
        String id = engine.devices().get(i).id();
        long operations =
            reports.stream()
                .flatMap(report -> report.operations().stream())
                .filter(operation -> operation.device().equals(Optional.of(id)))
                .count();
        console.line(
            "  %s: %,d operations, %s of memory"
                .formatted(
                    id,
                    operations,
                    Quantities.bytes(
                        reports.stream()
                            .mapToLong(report -> report.devices().get(index).peakBytes())
                            .max()
                            .orElse(0))));
      }
    }
  }
}

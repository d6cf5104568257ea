package org.tombolo.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.tombolo.device.DeviceInfo;
import org.tombolo.examples.kernels.KernelExample;
import org.tombolo.examples.kernels.KernelExample.Outcome;
import org.tombolo.examples.kernels.Measured;
import org.tombolo.scheduler.Engine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tombolo example`: kernels in Java, with answers that are known.
@Command(
    name = "example",
    header = "Run an example of kernels in Java.",
    description = {
      "Runs the example on a device, compares its answer with a known one, and prints what a round of"
          + " it took in plain Java on one thread, on the worker team and there, and what crossed to the"
          + " device and back.",
      "",
      "Without NAME: lists the examples. Exit status 1 if an answer is wrong.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  tombolo example",
      "  tombolo example mandelbrot --device opencl --picture mandelbrot.png",
      "  tombolo example heat --scale 8",
    })
final class ExampleCommand implements Callable<Integer> {
  /// The JVM's threads as a device.
  private static final String TEAM = "cpu";

  private final Console console;

  @Parameters(paramLabel = "NAME", arity = "0..1", description = "The example.")
  private @Nullable String name;

  @Mixin private final DeviceOption devices = new DeviceOption();

  @Option(
      names = "--scale",
      paramLabel = "N",
      defaultValue = "4",
      converter = FromOne.class,
      description = "How much there is to do, from 1. Default: ${DEFAULT-VALUE}.")
  private Integer scale = 4;

  @Option(
      names = "--picture",
      paramLabel = "FILE.png",
      description = "Write the picture, if the example has one.")
  private @Nullable Path picture;

  ExampleCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (name == null) {
      KernelExample.all()
          .forEach(each -> console.line("%-14s  %s".formatted(each.name(), each.about())));
      return ExitStatus.OK;
    }
    KernelExample example = named(name);
    if (picture != null) {
      OutputFile.requireWritable("--picture", picture);
    }
    try (Engine engine = Engine.open(devices.names())) {
      String where =
          engine.devices().stream().map(DeviceInfo::id).collect(Collectors.joining(", "));
      console.line("%s: %s".formatted(example.name(), example.about()));
      boolean right = true;
      Optional<Measured> plain = Measured.plain(example, scale);
      if (plain.isPresent()) {
        right &= passed("in plain Java on one thread", plain.get());
      }
      if (engine.devices().stream().noneMatch(device -> device.driver().equals(TEAM))) {
        try (Engine team = Engine.open(TEAM)) {
          right &= passed("on the worker team, cpu:0", Measured.of(example, team, scale));
        }
      }
      Measured measured = Measured.of(example, engine, scale);
      Outcome outcome = measured.outcome();
      console.line("a round on %s: %.3f ms".formatted(where, measured.seconds() * 1e3));
      console.line(
          "%,d rounds moved %,d bytes up and %,d bytes down"
              .formatted(example.rounds(), measured.up(), measured.down()));
      console.line(
          "%s: %.3g, %s %.3g"
              .formatted(
                  outcome.what(),
                  outcome.error(),
                  outcome.passed() ? "at most" : "WRONG, above",
                  outcome.bound()));
      write(outcome);
      return right && outcome.passed() ? ExitStatus.OK : ExitStatus.FAILED;
    }
  }

  private boolean passed(String where, Measured measured) {
    Outcome outcome = measured.outcome();
    console.line("a round %s: %.3f ms".formatted(where, measured.seconds() * 1e3));
    if (!outcome.passed()) {
      console.line(
          "%s there: %.3g, WRONG, above %.3g"
              .formatted(outcome.what(), outcome.error(), outcome.bound()));
    }
    return outcome.passed();
  }

  private static KernelExample named(String name) {
    List<KernelExample> all = KernelExample.all();
    return all.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new MistakeException(
                "%s: no such example; there are %s"
                    .formatted(
                        name, String.join(", ", all.stream().map(KernelExample::name).toList())),
                "tombolo example, which says what they are"));
  }

  private void write(Outcome outcome) {
    if (picture == null) {
      return;
    }
    if (outcome.picture().isEmpty()) {
      console.line("there is no picture to write");
      return;
    }
    try {
      ImageIO.write(outcome.picture().get(), "png", picture.toFile());
      console.line("picture in " + picture);
    } catch (IOException e) {
      throw new MistakeException(
          "--picture %s: cannot be written: %s".formatted(picture, e.getMessage()), "another name");
    }
  }
}

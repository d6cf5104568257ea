package org.tombolo.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.tombolo.nn.zoo.Architecture;
import org.tombolo.scheduler.TransferProof;
import org.tombolo.scheduler.report.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `tombolo prove-transfers`: what plans move, beside other methods and what is possible at all.
@Command(
    name = "prove-transfers",
    header = "Show that plans move what they say, nothing twice, and as little as pays.",
    description = {
      "Plans well-known networks for made-up machines of two to four devices, runs the plans there in"
          + " virtual time, and compares with four other methods of placement and with a lower bound."
          + " Exit status 1 if a claim fails.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Claims: each plan moves the bytes and makes the copies that it planned; no value goes twice to",
      "where it is; on two devices no placement costs less; no other method's placement costs less.",
    })
final class ProveTransfersCommand implements Callable<Integer> {
  /// More would need more memory: a method that moves much holds all that it moves.
  private static final int MOST_THREADS = 4;

  private final Console console;

  @Option(
      names = "--devices",
      paramLabel = "N",
      split = ",",
      converter = DeviceCount.class,
      description = "Numbers of devices, from 2 to 4, several with commas. Default: 2,3,4.")
  private List<Integer> devices = new ArrayList<>();

  @Option(
      names = "--graph",
      paramLabel = "NAME",
      split = ",",
      converter = ArchitectureName.class,
      description = "Networks such as mlp or resnet-18, several with commas. Default: all ten.")
  private List<Architecture> graphs = new ArrayList<>();

  @Option(names = "--json", paramLabel = "FILE", description = "Write everything as JSON.")
  private @Nullable Path json;

  ProveTransfersCommand(Console console) {
    this.console = console;
  }

  /// Reads a number of devices.
  static final class DeviceCount implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (!text.matches("[2-4]")) {
        throw new TypeConversionException("'%s'; need 2, 3 or 4".formatted(text));
      }
      return Integer.valueOf(text);
    }
  }

  /// Reads the name of a network.
  static final class ArchitectureName implements ITypeConverter<Architecture> {
    @Override
    public Architecture convert(String text) {
      return Arrays.stream(Architecture.values())
          .filter(each -> each.toString().equals(text))
          .findFirst()
          .orElseThrow(() ->
              new TypeConversionException(
                  "'%s'; need one of %s".formatted(text, Arrays.toString(Architecture.values()))));
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    List<Integer> counts = devices.isEmpty() ? List.of(2, 3, 4) : devices;
    List<Architecture> chosen = graphs.isEmpty() ? List.of(Architecture.values()) : graphs;
    List<TransferProof> proofs = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_THREADS);
    try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
      List<Future<List<TransferProof>>> results = new ArrayList<>();
      for (Architecture architecture : chosen) {
        for (boolean training : new boolean[] {false, true}) {
          results.add(workers.submit(() -> ProofTable.proofs(architecture, training, counts)));
        }
      }
      ProofTable.header().forEach(console::line);
      for (Future<List<TransferProof>> result : results) {
        for (TransferProof proof : await(result)) {
          proofs.add(proof);
          console.line(ProofTable.row(proof));
          proof
              .failures()
              .forEach(failure ->
                  failures.add(
                      "%s on %d devices: %s".formatted(proof.graph(), proof.devices(), failure)));
        }
      }
    }
    ProofTable.legend().forEach(console::line);
    if (json != null) {
      OutputFile.write("--json", json, Json.indented(ProofTable.data(proofs)) + "\n");
    }
    if (failures.isEmpty()) {
      console.line("%d graphs and machines, every claim holds".formatted(proofs.size()));
      return ExitStatus.OK;
    }
    failures.forEach(failure -> console.line("failed: " + failure));
    return ExitStatus.FAILED;
  }

  private static <T> T await(Future<T> result) throws InterruptedException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(String.valueOf(e.getCause()), e.getCause());
    }
  }
}

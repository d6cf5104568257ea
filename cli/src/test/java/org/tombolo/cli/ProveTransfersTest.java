package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.scheduler.TransferProof;
import org.tombolo.scheduler.TransferProof.Method;
import org.tombolo.scheduler.TransferProof.Outcome;

class ProveTransfersTest {
  @TempDir private Path folder;

  @Test
  void printsATableAndWritesEverything() throws IOException {
    Path file = folder.resolve("proof.json");
    Cli run =
        Cli.run("prove-transfers", "--graph", "mlp,u-net", "--devices", "2,3", "--json", "" + file);
    run.ok()
        .prints("\\| graph +\\| n \\| +bytes up \\|.*")
        .prints("\\| mlp/forward +\\| 2 \\| +100,352 \\| +1,280 \\| +2 \\| .*")
        .prints("\\| mlp/training +\\| 3 \\| .*")
        .prints("\\| u-net/training +\\| 2 \\| .*")
        .prints("8 graphs and machines, every claim holds");
    String json = Files.readString(file);
    assertEquals(8 * 5, json.split("\"plannedIsMetered\": true", -1).length - 1, json);
    assertEquals(8, json.split("\"lowerBoundSeconds\"", -1).length - 1);
  }

  @Test
  void aPlanThatCannotBeMadeIsARow() {
    TransferProof proof =
        new TransferProof(
            "graph",
            2,
            List.of(
                new Outcome.Ran(Method.TOMBOLO, 1000, 24, 3, 0, 0.001, 0.002, 0, true),
                new Outcome.Ran(Method.ACCELERATOR, 2000, 48, 3, 0, 0.001, 0.003, 0, true),
                new Outcome.Failed(Method.HEFT, "memory")),
            0.0008,
            true);
    String row = ProofTable.row(proof);
    assertTrue(
        row.matches(
            "\\| graph +\\| 2 \\| +1,000 \\| +24 \\| +3 \\| +1.0000 \\| 25.00 \\| +2.0000"
                + " \\| 2.00 1.00 1.50 +\\| no plan +\\| no plan +\\| no plan +\\|"),
        row);
  }

  @Test
  void mistakesAreNamed() {
    Cli.run("prove-transfers", "--devices", "2,5")
        .isMistake(
            "Invalid value for option '--devices' (N): '5'; need 2, 3 or 4\n"
                + "  try: tombolo prove-transfers --help");
    Cli.run("prove-transfers", "--graph", "alexnet")
        .isMistake(
            "Invalid value for option '--graph' (NAME): 'alexnet'; need one of [mlp, lenet,"
                + " resnet-18, mobilenet-v2, lstm, bert, gpt, u-net, embedding,"
                + " mixture-of-experts]\n  try: tombolo prove-transfers --help");
  }
}

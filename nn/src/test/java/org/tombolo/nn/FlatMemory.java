package org.tombolo.nn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tombolo.nn.data.DataSet;
import org.tombolo.scheduler.Engine;

/// A program that trains for many steps and prints by how much its memory grew, in bytes: run by
/// [FlatMemoryTest] in a Java of its own, whose heap is of fixed size and touched from the start,
/// so that only memory outside of it can grow.
final class FlatMemory {
  private FlatMemory() {}

  /// Arguments: engine, steps to warm up, steps to watch.
  public static void main(String[] args) throws IOException {
    long warm = Long.parseLong(args[1]);
    long watched = Long.parseLong(args[2]);
    DataSet data = Spots.data(640, 1);
    long[] marks = new long[2];
    try (Engine engine = TestEngines.open(args[0]);
        Trainer trainer = Spots.model().on(engine).seed(1)) {
      int epochs = (int) ((warm + watched) / 20) + 1;
      trainer.fit(
          data,
          Fit.epochs(epochs)
              .batch(32)
              .stopWhen(() -> trainer.steps() == warm + watched)
              .listen(
                  new TrainingListener() {
                    @Override
                    public void stepped(Progress progress) {
                      if (progress.step() == warm) {
                        marks[0] = resident();
                      } else if (progress.step() == warm + watched) {
                        marks[1] = resident();
                      }
                    }
                  }));
    }
    System.out.println("grew " + (marks[1] - marks[0]));
  }

  /// Resident bytes of this process.
  private static long resident() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS:")) {
          return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
      throw new IllegalStateException("/proc/self/status has no VmRSS");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}

package org.tombolo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.Models;
import org.tombolo.nn.Trainer;
import org.tombolo.nn.data.DataSets;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;
import org.tombolo.scheduler.Engine;

class ExportTest {
  @TempDir private Path folder;

  @Test
  void aTrainedModelIsWrittenForAnyNumberOfExamples() {
    Cli.run(
            "train",
            "digits",
            "--device",
            "cpu",
            "--epochs",
            "1",
            "--checkpoint",
            folder.toString())
        .ok();
    Path file = folder.resolve("digits.onnx");
    Cli.run("export", "digits", "--checkpoint", folder.toString(), "--output", file.toString())
        .ok()
        .prints(".*takes \"features\" u8\\[batch,8,8,1], gives \"prediction\" f32\\[batch,10]");
    Tensor images = DataSets.digits().test().range(0, 3).features();
    try (Engine engine = Engine.open("cpu");
        Trainer trainer = Models.digits().on(engine);
        OnnxSession session = OnnxSession.on(engine, OnnxModel.read(file))) {
      trainer.load(folder.resolve("digits.safetensors"));
      Tensor want = trainer.predict(images);
      Tensor got = session.run(Map.of("features", images)).get("prediction");
      assertEquals(want.type(), got.type());
      for (int i = 0; i < 30; i++) {
        assertEquals(want.at(i), got.at(i), 1e-5);
      }
    }
  }

  @Test
  void aNetworkIsWrittenWithFreshWeights() {
    Path file = folder.resolve("lenet.onnx");
    Cli.run("export", "lenet", "--small", "--seed", "4", "-o", file.toString())
        .ok()
        .prints(".*: lenet with fresh weights of seed 4");
    assertEquals(1, OnnxModel.read(file).outputs().size());
  }

  @Test
  void mistakesAreNamed() {
    String file = folder.resolve("model.onnx").toString();
    Cli.run("export", "digits", "-o", file)
        .isMistake(
            """
            export digits: no weights; need --checkpoint DIR
              try: tombolo train digits --checkpoint DIR first\
            """);
    Cli.run("export", "digits", "-o", file, "--checkpoint", folder.toString())
        .isMistake(
            """
            --checkpoint %s: there is no digits.safetensors; need a folder that a training was saved in
              try: tombolo train digits --checkpoint %s first\
            """
                .formatted(folder, folder));
    Cli.run("export", "mlp", "-o", file, "--batch", "3")
        .isMistake(
            """
            --batch 3: is of digits and clothing; the networks have fresh weights and their own batch
              try: the command without it\
            """);
  }
}

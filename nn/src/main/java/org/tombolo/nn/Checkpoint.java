package org.tombolo.nn;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.data.DataSet;
import org.tombolo.nn.safetensors.FormatException;
import org.tombolo.nn.safetensors.Safetensors;

/// A training at the end of a step, as a file: every variable, and what it takes to go on as if
/// nothing had happened.
///
/// The order of the examples follows from seed, epoch and batch, so those three numbers stand for
/// the state of the shuffling.
///
/// @param setup what was trained, by what and on what
/// @param position where
/// @param variables all of them, by name
public record Checkpoint(Setup setup, Position position, SequencedMap<String, Tensor> variables) {
  private static final String VERSION = "1";
  private static final String PREFIX = "tombolo.";
  private static final String CHECKSUM = PREFIX + "checksum";

  /// What must not change when a training goes on.
  ///
  /// @param model name of the model
  /// @param structure hash of its layers
  /// @param optimizer with its settings
  /// @param loss with its settings
  /// @param seed of everything random
  /// @param batch examples of a step
  /// @param data checksum of the training set
  public record Setup(
      String model,
      String structure,
      String optimizer,
      String loss,
      long seed,
      int batch,
      String data) {

    static Setup of(
        Model model, Optimizer optimizer, Loss loss, long seed, int batch, DataSet data) {
      return new Setup(
          model.name(),
          model.fingerprint(),
          optimizer.toString(),
          loss.toString(),
          seed,
          batch,
          data.fingerprint());
    }

    private SequencedMap<String, String> fields() {
      SequencedMap<String, String> fields = new LinkedHashMap<>();
      fields.put("model", model);
      fields.put("structure", structure);
      fields.put("optimizer", optimizer);
      fields.put("loss", loss);
      fields.put("seed", Long.toString(seed));
      fields.put("batch", Integer.toString(batch));
      fields.put("data", data);
      return fields;
    }
  }

  /// A place between two steps.
  ///
  /// @param steps done since the parameters were fresh
  /// @param epoch of the next step, from 0
  /// @param batch of the next step within its epoch, from 0
  /// @param lossSum sum of the losses of this epoch so far
  public record Position(long steps, int epoch, int batch, double lossSum) {
    static final Position START = new Position(0, 0, 0, 0);

    /// The place after one more step.
    Position after(double loss, int batches) {
      return batch + 1 < batches
          ? new Position(steps + 1, epoch, batch + 1, lossSum + loss)
          : new Position(steps + 1, epoch + 1, 0, 0);
    }
  }

  /// Writes the file: whole or not at all.
  ///
  /// @throws FormatException if it cannot be written
  public void write(Path file) {
    Map<String, String> notes = new TreeMap<>();
    notes.put(PREFIX + "checkpoint", VERSION);
    setup.fields().forEach((name, value) -> notes.put(PREFIX + name, value));
    notes.put(PREFIX + "steps", Long.toString(position.steps()));
    notes.put(PREFIX + "next_epoch", Integer.toString(position.epoch()));
    notes.put(PREFIX + "next_batch", Integer.toString(position.batch()));
    notes.put(PREFIX + "loss_sum", Double.toHexString(position.lossSum()));
    notes.put(CHECKSUM, checksum(variables, notes));
    new Safetensors(variables, notes).write(file);
  }

  private static String checksum(
      SequencedMap<String, Tensor> variables, Map<String, String> notes) {
    return "%08x".formatted(new Safetensors(variables, notes).checksum());
  }

  /// Reads a file that [#write] wrote.
  ///
  /// @throws FormatException if it is missing, damaged, or no checkpoint
  public static Checkpoint read(Path file) {
    Safetensors content = Safetensors.read(file);
    Notes notes = new Notes(file, content.notes());
    String version = notes.text("checkpoint");
    if (!version.equals(VERSION)) {
      throw new FormatException(
          "%s: checkpoint of version %s; need %s".formatted(file, version, VERSION),
          "the version of Tombolo that wrote it");
    }
    Map<String, String> others = new TreeMap<>(content.notes());
    String promised = notes.text("checksum");
    others.remove(CHECKSUM);
    String found = checksum(content.tensors(), others);
    if (!found.equals(promised)) {
      throw new FormatException(
          "%s: damaged: its content has checksum %s; need %s".formatted(file, found, promised),
          "an earlier checkpoint, or a file that was copied whole");
    }
    Setup setup =
        new Setup(
            notes.text("model"),
            notes.text("structure"),
            notes.text("optimizer"),
            notes.text("loss"),
            notes.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE),
            (int) notes.whole("batch", 1, Integer.MAX_VALUE),
            notes.text("data"));
    Position position =
        new Position(
            notes.whole("steps", 0, Long.MAX_VALUE),
            (int) notes.whole("next_epoch", 0, Integer.MAX_VALUE),
            (int) notes.whole("next_batch", 0, Integer.MAX_VALUE),
            notes.real("loss_sum"));
    return new Checkpoint(setup, position, content.tensors());
  }

  private record Notes(Path file, Map<String, String> values) {
    String text(String name) {
      String value = values.get(PREFIX + name);
      if (value == null) {
        throw new FormatException(
            "%s: no note \"%s%s\"; need a checkpoint of a training".formatted(file, PREFIX, name),
            "a file that fit(..) wrote; load(file) takes parameters from any file");
      }
      return value;
    }

    long whole(String name, long low, long high) {
      try {
        long value = Long.parseLong(text(name));
        if (value >= low && value <= high) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Falls through.
      }
      throw bad(name, "a whole number from %d to %d".formatted(low, high));
    }

    double real(String name) {
      try {
        return Double.parseDouble(text(name));
      } catch (NumberFormatException e) {
        throw bad(name, "a number");
      }
    }

    private FormatException bad(String name, String needed) {
      return new FormatException(
          "%s: note \"%s%s\" is \"%s\"; need %s".formatted(file, PREFIX, name, text(name), needed),
          "an earlier checkpoint");
    }
  }

  /// Checks that a training can go on from here.
  ///
  /// @param file for messages
  /// @param expected what the training is made of
  /// @param types variables of the training
  /// @param batches steps of an epoch
  /// @throws FormatException if something differs; the message says what
  void requireFits(Path file, Setup expected, Map<String, TensorType> types, int batches) {
    Map<String, String> found = setup.fields();
    expected
        .fields()
        .forEach((name, value) -> {
          if (!value.equals(found.get(name))) {
            throw new FormatException(
                "%s: %s is %s; need %s".formatted(file, name, found.get(name), value),
                "the settings that the checkpoint was written with, or another file");
          }
        });
    requireVariables(file, variables, types);
    TreeSet<String> unknown = new TreeSet<>(variables.keySet());
    unknown.removeAll(types.keySet());
    if (!unknown.isEmpty()) {
      throw new FormatException(
          "%s: has %s; need only %s".formatted(file, unknown, new TreeSet<>(types.keySet())),
          "a checkpoint of this model");
    }
    if (position.batch() >= batches) {
      throw new FormatException(
          "%s: stands at batch %d; need one below %d".formatted(file, position.batch(), batches),
          "an earlier checkpoint");
    }
  }

  /// Checks that there is a tensor of the right type for each variable.
  ///
  /// @throws FormatException naming the first that is missing or of another type
  static void requireVariables(
      Path file, Map<String, Tensor> found, Map<String, TensorType> types) {
    types.forEach((name, type) -> {
      Tensor tensor = found.get(name);
      if (tensor == null) {
        throw new FormatException(
            "%s: no tensor \"%s\", there are %s; need %s"
                .formatted(file, name, new TreeSet<>(found.keySet()), type),
            "a checkpoint of this model");
      }
      if (!tensor.type().equals(type)) {
        throw new FormatException(
            "%s: tensor \"%s\" is %s; need %s".formatted(file, name, tensor.type(), type),
            "a checkpoint of this model");
      }
    });
  }
}

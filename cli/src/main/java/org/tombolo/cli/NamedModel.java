package org.tombolo.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.tombolo.nn.zoo.Architecture;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A task or a network, by its name.
sealed interface NamedModel {
  /// What `tombolo train` trains.
  record OfTask(Task task) implements NamedModel {}

  /// A known architecture.
  record OfArchitecture(Architecture architecture) implements NamedModel {}

  /// All names, in order.
  static List<String> names() {
    List<String> names = new ArrayList<>();
    Arrays.stream(Task.values()).map(Task::toString).forEach(names::add);
    Arrays.stream(Architecture.values()).map(Architecture::toString).forEach(names::add);
    return names;
  }

  /// Reads a name.
  final class FromName implements ITypeConverter<NamedModel> {
    @Override
    public NamedModel convert(String text) {
      String name = text.toLowerCase(Locale.ROOT);
      return Stream.concat(
              Arrays.stream(Task.values())
                  .filter(task -> task.toString().equals(name))
                  .map(OfTask::new),
              Arrays.stream(Architecture.values())
                  .filter(architecture -> architecture.toString().equals(name))
                  .map(OfArchitecture::new))
          .findFirst()
          .orElseThrow(() ->
              new TypeConversionException(
                  "'%s'; need one of %s".formatted(text, String.join(", ", names()))));
    }
  }
}

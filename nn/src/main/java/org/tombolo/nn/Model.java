package org.tombolo.nn;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.scheduler.Engine;

/// Layers one after the other: immutable, compared by value. Learned values are not part of it;
/// they live with a [Trainer].
///
/// ```java
/// Model model = Model.sequential("digits", Shape.of(8, 8, 1),
///     Scale.by(1.0 / 16),
///     Conv2d.of(16, 3).same().activation(Activation.RELU),
///     MaxPool2d.of(2), new Flatten(), Dense.of(10));
/// System.out.println(model.summary());
/// ```
///
/// @param name a label for messages and checkpoints
/// @param input shape of one example
/// @param layers from input to output
public record Model(String name, Shape input, List<Layer> layers) {

  /// A layer in its place.
  ///
  /// @param name kind and number, such as `conv2`
  /// @param layer what it does
  /// @param in shape of one example before
  /// @param out shape of one example after
  /// @param parameters what it learns, by the names they have in the model
  /// @param statistics what else it keeps, by the names they have in the model
  public record Place(
      String name,
      Layer layer,
      Shape in,
      Shape out,
      List<Parameter> parameters,
      List<Parameter> statistics) {
    /// Copies the lists.
    public Place {
      parameters = List.copyOf(parameters);
      statistics = List.copyOf(statistics);
    }
  }

  /// Checks that every layer takes what the one before gives.
  ///
  /// @throws ShapeException naming the layer that does not
  public Model {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new ShapeException(
          "model %s: no layers; need at least one".formatted(name), "Dense.of(10)");
    }
    places(input, layers);
  }

  /// A model of these layers.
  ///
  /// @param name a label for messages and checkpoints
  /// @param input shape of one example, without the batch axis
  /// @param layers from input to output
  /// @throws ShapeException naming the layer that cannot take what it is given
  public static Model sequential(String name, Shape input, Layer... layers) {
    return new Model(name, input, List.of(layers));
  }

  /// Every layer with its name, shapes and parameters.
  public List<Place> places() {
    return places(input, layers);
  }

  private static List<Place> places(Shape input, List<Layer> layers) {
    List<Place> places = new ArrayList<>();
    Map<String, Integer> counts = new HashMap<>();
    Shape shape = input;
    for (Layer layer : layers) {
      String name = layer.kind() + counts.merge(layer.kind(), 1, Integer::sum);
      try {
        Shape out = layer.infer(shape);
        List<Parameter> own =
            layer.parameters(shape).stream().map(parameter -> parameter.in(name)).toList();
        List<Parameter> kept =
            layer.statistics(shape).stream().map(statistic -> statistic.in(name)).toList();
        places.add(new Place(name, layer, shape, out, own, kept));
        shape = out;
      } catch (ShapeException e) {
        throw new ShapeException(name + ": " + e.problem(), e.remedy());
      }
    }
    return List.copyOf(places);
  }

  /// Shape of the result for one example.
  public Shape output() {
    return places().getLast().out();
  }

  /// What all layers learn, in order.
  public List<Parameter> parameters() {
    return places().stream().flatMap(place -> place.parameters().stream()).toList();
  }

  /// What layers keep and change in training besides what they learn, such as running means.
  public List<Parameter> statistics() {
    return places().stream().flatMap(place -> place.statistics().stream()).toList();
  }

  /// Everything that the trained model is made of: [#parameters] and [#statistics].
  List<Parameter> values() {
    return Stream.concat(parameters().stream(), statistics().stream()).toList();
  }

  /// Number of learned elements.
  public long parameterCount() {
    return parameters().stream().mapToLong(parameter -> parameter.shape().size()).sum();
  }

  /// A trainer of this model on an engine, with fresh parameters.
  public Trainer on(Engine engine) {
    return new Trainer(this, engine);
  }

  /// Identity of the structure, for checkpoints: a hash of input shape and layers.
  String fingerprint() {
    try {
      byte[] text = (input + " " + layers).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// A table of the layers with their output shapes and numbers of parameters.
  public String summary() {
    List<Place> places = places();
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"layer", "", "output", "parameters"});
    for (Place place : places) {
      long count = place.parameters().stream().mapToLong(p -> p.shape().size()).sum();
      rows.add(
          new String[] {
            place.name(), place.layer().detail(), place.out().toString(), grouped(count)
          });
    }
    rows.add(new String[] {"total", "", "", grouped(parameterCount())});
    int[] widths = new int[4];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    StringBuilder table = new StringBuilder("%s, input %s\n".formatted(name, input));
    String line =
        "%%-%ds  %%-%ds  %%-%ds  %%%ds\n"
            .formatted(widths[0], Math.max(1, widths[1]), widths[2], widths[3]);
    for (String[] row : rows) {
      table.append(line.formatted((Object[]) row));
    }
    return table.toString();
  }

  private static String grouped(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }
}

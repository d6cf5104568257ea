package org.tombolo.onnx.proto;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.TensorDef;
import org.tombolo.onnx.model.ValueDef;

/// Writes a model as a file that [ModelReader] reads. Equal models give equal bytes.
///
/// A message of protocol buffers has fewer than 2 GiB. Where the tensors take more, they go to a
/// second file beside the first, called like it with `.data` at the end.
public final class ModelWriter {
  /// What is left of 2 GiB for everything but tensors: 64 MiB.
  private static final long MOST_INSIDE = (2L << 30) - (64L << 20);

  /// Tensors of fewer bytes stay in the first file.
  private static final long SMALL = 1024;

  /// Tensors in the second file begin at multiples of this, so that they can be mapped.
  private static final long ALIGNMENT = 4096;

  private final Path file;
  private final List<TensorDef> outside = new ArrayList<>();
  private final boolean external;
  private long end;

  private ModelWriter(Path file, boolean external) {
    this.file = file;
    this.external = external;
  }

  /// Writes a model: whole, or not at all.
  ///
  /// @throws OnnxException if the file cannot be written
  public static void write(ModelDef model, Path file) {
    write(model, file, MOST_INSIDE);
  }

  /// @param mostInside bytes of tensors that go into the first file
  static void write(ModelDef model, Path file, long mostInside) {
    long bytes =
        model.graph().initializers().stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
    ModelWriter writer = new ModelWriter(file, bytes > mostInside);
    WireWriter message = writer.model(model);
    Path part = beside(file, ".part");
    try {
      try (FileChannel channel = open(part)) {
        message.writeTo(channel);
      }
      if (writer.external) {
        writer.writeOutside();
      }
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new OnnxException(
          "%s: cannot be written: %s; need a folder with enough room".formatted(file, e),
          "another file",
          e);
    }
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(
        path,
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING);
  }

  private void writeOutside() throws IOException {
    try (FileChannel channel = open(beside(file, ".data"))) {
      for (TensorDef tensor : outside) {
        channel.position(aligned(channel.position()));
        WireWriter.write(tensor.data(), channel);
      }
    }
  }

  private static long aligned(long at) {
    return Math.ceilDiv(at, ALIGNMENT) * ALIGNMENT;
  }

  private WireWriter model(ModelDef model) {
    WireWriter out = new WireWriter();
    out.whole(1, model.irVersion());
    out.text(2, model.producer());
    out.message(7, graph(model.graph()));
    new TreeMap<>(model.opsets())
        .forEach((domain, version) -> {
          WireWriter opset = new WireWriter();
          opset.text(1, domain);
          opset.whole(2, version);
          out.message(8, opset);
        });
    new TreeMap<>(model.metadata()).forEach((key, value) -> out.message(14, entry(key, value)));
    if (!model.functions().isEmpty()) {
      throw new IllegalArgumentException("models with functions of their own are not written");
    }
    return out;
  }

  private static WireWriter entry(String key, String value) {
    WireWriter out = new WireWriter();
    out.text(1, key);
    out.text(2, value);
    return out;
  }

  private WireWriter graph(GraphDef graph) {
    WireWriter out = new WireWriter();
    graph.nodes().forEach(node -> out.message(1, node(node)));
    out.text(2, graph.name());
    graph.initializers().forEach(tensor -> out.message(5, tensor(tensor)));
    graph.inputs().forEach(input -> out.message(11, value(input)));
    graph.outputs().forEach(output -> out.message(12, value(output)));
    return out;
  }

  private WireWriter node(NodeDef node) {
    WireWriter out = new WireWriter();
    node.inputs().forEach(input -> out.text(1, input));
    node.outputs().forEach(output -> out.text(2, output));
    out.text(3, node.name());
    out.text(4, node.operator());
    for (Map.Entry<String, Attribute> each : new TreeMap<>(node.attributes()).entrySet()) {
      WireWriter attribute = new WireWriter();
      attribute.text(1, each.getKey());
      attribute(attribute, each.getValue());
      out.message(5, attribute);
    }
    out.text(7, node.domain());
    return out;
  }

  private void attribute(WireWriter out, Attribute attribute) {
    int type =
        switch (attribute) {
          case Attribute.FloatValue(float value) -> {
            out.single(2, value);
            yield 1;
          }
          case Attribute.IntValue(long value) -> {
            out.whole(3, value);
            yield 2;
          }
          case Attribute.StringValue(String value) -> {
            out.text(4, value);
            yield 3;
          }
          case Attribute.TensorValue(TensorDef value) -> {
            out.message(5, tensor(value));
            yield 4;
          }
          case Attribute.GraphValue(GraphDef value) -> {
            out.message(6, graph(value));
            yield 5;
          }
          case Attribute.Floats(List<Float> values) -> {
            values.forEach(value -> out.single(7, value));
            yield 6;
          }
          case Attribute.Ints(List<Long> values) -> {
            values.forEach(value -> out.whole(8, value));
            yield 7;
          }
          case Attribute.Strings(List<String> values) -> {
            values.forEach(value -> out.text(9, value));
            yield 8;
          }
          case Attribute.Reference _, Attribute.Other _ ->
              throw new IllegalArgumentException(attribute + " is not written");
        };
    out.whole(20, type);
  }

  private WireWriter tensor(TensorDef tensor) {
    WireWriter out = new WireWriter();
    tensor.shape().toList().forEach(extent -> out.whole(1, extent));
    out.whole(2, tensor.type().number());
    tensor.strings().forEach(text -> out.text(6, text));
    out.text(8, tensor.name());
    if (external && tensor.data().byteSize() >= SMALL) {
      long start = aligned(end);
      end = start + tensor.data().byteSize();
      outside.add(tensor);
      out.message(13, entry("location", beside(file, ".data").getFileName().toString()));
      out.message(13, entry("offset", Long.toString(start)));
      out.message(13, entry("length", Long.toString(tensor.data().byteSize())));
      out.whole(14, 1);
    } else if (tensor.strings().isEmpty()) {
      out.bytes(9, tensor.data());
    }
    return out;
  }

  private static WireWriter value(ValueDef value) {
    WireWriter tensor = new WireWriter();
    value.elementType().ifPresent(type -> tensor.whole(1, type.number()));
    value
        .shape()
        .ifPresent(extents -> {
          WireWriter shape = new WireWriter();
          for (ValueDef.Extent extent : extents) {
            WireWriter dim = new WireWriter();
            if (extent.isKnown()) {
              dim.whole(1, extent.value());
            } else if (!extent.name().isEmpty()) {
              dim.text(2, extent.name());
            }
            shape.message(1, dim);
          }
          tensor.message(2, shape);
        });
    WireWriter type = new WireWriter();
    if (value.kind() == ValueDef.Kind.TENSOR) {
      type.message(1, tensor);
    } else {
      throw new IllegalArgumentException(value + " is no tensor and is not written");
    }
    WireWriter out = new WireWriter();
    out.text(1, value.name());
    out.message(2, type);
    return out;
  }
}

package org.tombolo.onnx.proto;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tombolo.onnx.model.Attribute;
import org.tombolo.onnx.model.ContainerDef;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.FunctionDef;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ModelDef;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.TensorDef;
import org.tombolo.onnx.model.ValueDef;

/// Reads the messages of `onnx.proto`, by the field numbers of ONNX 1.22; fields that it does not
/// know are left out.
public final class ModelReader {
  private final TensorReader tensors;

  private ModelReader(@Nullable Path folder) {
    this.tensors = new TensorReader(new ExternalFiles(folder));
  }

  /// Reads a model from a file, which is mapped into memory and must stay as it is.
  ///
  /// @throws OnnxException if it cannot be read or is no model
  public static ModelDef model(Path file) {
    try {
      MemorySegment memory = ExternalFiles.map(file);
      WireReader in = new WireReader(String.valueOf(file.getFileName()), memory);
      return new ModelReader(file.toAbsolutePath().getParent()).model(in);
    } catch (IOException e) {
      throw new OnnxException(
          "%s: cannot be read: %s".formatted(file, e), "a readable file that holds a model", e);
    }
  }

  /// Reads a model from memory, which is shared and must stay as it is.
  ///
  /// @param name for messages
  /// @throws OnnxException if it is no model, or names other files
  public static ModelDef model(String name, MemorySegment memory) {
    return new ModelReader(null).model(new WireReader(name, memory));
  }

  /// Reads a tensor from memory, which is shared and must stay as it is.
  ///
  /// @param name for messages
  /// @throws OnnxException if it is no tensor
  public static TensorDef tensor(String name, MemorySegment memory) {
    return new ModelReader(null).tensors.read(new WireReader(name, memory));
  }

  /// Reads a list or an optional from memory, which is shared and must stay as it is.
  ///
  /// @param name for messages
  /// @param optional whether it is an optional
  /// @throws OnnxException if it is neither
  public static ContainerDef container(String name, MemorySegment memory, boolean optional) {
    return new ModelReader(null).container(new WireReader(name, memory), optional);
  }

  /// Lists and optionals have the same fields.
  private ContainerDef container(WireReader in, boolean optional) {
    List<TensorDef> tensors = new ArrayList<>();
    List<ContainerDef> containers = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 3 ->
            tensors.add(this.tensors.read(in.message("tensor[%d]".formatted(tensors.size()))));
        case 5 -> containers.add(container(in.message("sequence"), false));
        case 7 -> containers.add(container(in.message("optional"), true));
        case 4, 6 -> throw in.mistake("a sparse tensor or a map; need dense tensors");
        default -> in.skip();
      }
    }
    return new ContainerDef(optional, tensors, containers);
  }

  private ModelDef model(WireReader in) {
    long irVersion = 0;
    String producer = "";
    Map<String, Long> opsets = new HashMap<>();
    @Nullable GraphDef graph = null;
    List<FunctionDef> functions = new ArrayList<>();
    Map<String, String> metadata = new HashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> irVersion = in.whole();
        case 2 -> producer = in.text();
        case 3 -> producer = (producer + " " + in.text()).strip();
        case 7 -> graph = graph(in.message("graph"));
        case 8 -> opset(in.message("opset_import"), opsets);
        case 14 -> {
          Map.Entry<String, String> entry = entry(in.message("metadata_props"));
          metadata.put(entry.getKey(), entry.getValue());
        }
        case 25 -> functions.add(function(in.message("functions[%d]".formatted(functions.size()))));
        default -> in.skip();
      }
    }
    if (graph == null || opsets.isEmpty()) {
      throw in.mistake(
          "there is no %s; need a model with a graph and versions of its operators"
              .formatted(graph == null ? "graph" : "opset_import"));
    }
    return new ModelDef(irVersion, producer, opsets, graph, functions, metadata);
  }

  private static void opset(WireReader in, Map<String, Long> to) {
    String domain = "";
    long version = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> domain = in.text();
        case 2 -> version = in.whole();
        default -> in.skip();
      }
    }
    to.put(canonical(domain), version);
  }

  /// ONNX's own domain has two names.
  private static String canonical(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }

  static Map.Entry<String, String> entry(WireReader in) {
    String key = "";
    String value = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.text();
        case 2 -> value = in.text();
        default -> in.skip();
      }
    }
    return Map.entry(key, value);
  }

  private GraphDef graph(WireReader in) {
    String name = "";
    List<NodeDef> nodes = new ArrayList<>();
    List<TensorDef> initializers = new ArrayList<>();
    List<ValueDef> inputs = new ArrayList<>();
    List<ValueDef> outputs = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> nodes.add(node(in.message("node[%d]".formatted(nodes.size()))));
        case 2 -> name = in.text();
        case 5 ->
            initializers.add(
                tensors.read(in.message("initializer[%d]".formatted(initializers.size()))));
        case 11 -> inputs.add(value(in.message("input[%d]".formatted(inputs.size()))));
        case 12 -> outputs.add(value(in.message("output[%d]".formatted(outputs.size()))));
        case 15 ->
            throw in.mistake("a sparse initializer; need dense ones, no other kind can be read");
        default -> in.skip();
      }
    }
    return new GraphDef(name, nodes, initializers, inputs, outputs);
  }

  private NodeDef node(WireReader in) {
    String name = "";
    String domain = "";
    String operator = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Map<String, Attribute> attributes = new HashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> inputs.add(in.text());
        case 2 -> outputs.add(in.text());
        case 3 -> name = in.text();
        case 4 -> operator = in.text();
        case 5 -> attribute(in.message("attribute[%d]".formatted(attributes.size())), attributes);
        case 7 -> domain = in.text();
        default -> in.skip();
      }
    }
    return new NodeDef(name, canonical(domain), operator, inputs, outputs, attributes);
  }

  private void attribute(WireReader in, Map<String, Attribute> to) {
    String name = "";
    String reference = "";
    long type = 0;
    float real = 0;
    long whole = 0;
    String text = "";
    @Nullable TensorDef tensor = null;
    @Nullable GraphDef graph = null;
    List<Float> reals = new ArrayList<>();
    List<Long> wholes = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    int seen = 0;
    while (in.next()) {
      int field = in.field();
      switch (field) {
        case 1 -> name = in.text();
        case 2 -> real = in.single();
        case 3 -> whole = in.whole();
        case 4 -> text = in.text();
        case 5 -> tensor = tensors.read(in.message("t"));
        case 6 -> graph = graph(in.message("g"));
        case 7 -> in.singles(bits -> reals.add(Float.intBitsToFloat((int) bits)));
        case 8 -> in.wholes(wholes::add);
        case 9 -> texts.add(in.text());
        case 20 -> type = in.whole();
        case 21 -> reference = in.text();
        default -> in.skip();
      }
      seen = field >= 2 && field <= 9 ? field : seen;
    }
    if (!reference.isEmpty()) {
      to.put(name, new Attribute.Reference(reference));
      return;
    }
    // Files before version 2 of the format do not say the type: the field that is there does.
    int kind = type == 0 ? seen - 1 : (int) type;
    Attribute value =
        switch (kind) {
          case 1 -> new Attribute.FloatValue(real);
          case 2 -> new Attribute.IntValue(whole);
          case 3 -> new Attribute.StringValue(text);
          case 4 -> tensor == null ? null : new Attribute.TensorValue(tensor);
          case 5 -> graph == null ? null : new Attribute.GraphValue(graph);
          case 6 -> new Attribute.Floats(reals);
          case 7 -> new Attribute.Ints(wholes);
          case 8 -> new Attribute.Strings(texts);
          case 9 -> new Attribute.Other("tensors");
          case 10 -> new Attribute.Other("graphs");
          case 11, 12 -> new Attribute.Other("sparse tensors");
          case 13, 14 -> new Attribute.Other("types");
          default -> null;
        };
    if (value == null) {
      throw in.mistake(
          "attribute \"%s\" says type %d and does not have its value; need both"
              .formatted(name, type));
    }
    to.put(name, value);
  }

  private FunctionDef function(WireReader in) {
    String name = "";
    String domain = "";
    String overload = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    List<String> attributes = new ArrayList<>();
    Map<String, Attribute> defaults = new HashMap<>();
    List<NodeDef> nodes = new ArrayList<>();
    Map<String, Long> opsets = new HashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.text();
        case 4 -> inputs.add(in.text());
        case 5 -> outputs.add(in.text());
        case 6 -> attributes.add(in.text());
        case 7 -> nodes.add(node(in.message("node[%d]".formatted(nodes.size()))));
        case 9 -> opset(in.message("opset_import"), opsets);
        case 10 -> domain = in.text();
        case 11 -> attribute(in.message("attribute_proto"), defaults);
        case 13 -> overload = in.text();
        default -> in.skip();
      }
    }
    return new FunctionDef(
        canonical(domain), name, overload, inputs, outputs, attributes, defaults, nodes, opsets);
  }

  private static ValueDef value(WireReader in) {
    String name = "";
    ValueDef type = new ValueDef("", ValueDef.Kind.UNKNOWN, Optional.empty(), Optional.empty());
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.text();
        case 2 -> type = type(in.message("type"));
        default -> in.skip();
      }
    }
    return new ValueDef(name, type.kind(), type.elementType(), type.shape());
  }

  private static ValueDef type(WireReader in) {
    ValueDef.Kind kind = ValueDef.Kind.UNKNOWN;
    Optional<ElementType> elementType = Optional.empty();
    Optional<List<ValueDef.Extent>> shape = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> {
          kind = ValueDef.Kind.TENSOR;
          WireReader tensor = in.message("tensor_type");
          while (tensor.next()) {
            switch (tensor.field()) {
              case 1 -> elementType = ElementType.numbered(tensor.whole());
              case 2 -> shape = Optional.of(shape(tensor.message("shape")));
              default -> tensor.skip();
            }
          }
        }
        case 4 -> kind = skipped(in, ValueDef.Kind.SEQUENCE);
        case 5 -> kind = skipped(in, ValueDef.Kind.MAP);
        case 8 -> kind = skipped(in, ValueDef.Kind.SPARSE);
        case 9 -> kind = skipped(in, ValueDef.Kind.OPTIONAL);
        default -> in.skip();
      }
    }
    return new ValueDef("", kind, elementType, shape);
  }

  private static ValueDef.Kind skipped(WireReader in, ValueDef.Kind kind) {
    in.skip();
    return kind;
  }

  private static List<ValueDef.Extent> shape(WireReader in) {
    List<ValueDef.Extent> extents = new ArrayList<>();
    while (in.next()) {
      if (in.field() == 1) {
        extents.add(extent(in.message("dim")));
      } else {
        in.skip();
      }
    }
    return extents;
  }

  private static ValueDef.Extent extent(WireReader in) {
    long value = -1;
    String name = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> value = in.whole();
        case 2 -> name = in.text();
        default -> in.skip();
      }
    }
    return new ValueDef.Extent(value, name);
  }
}

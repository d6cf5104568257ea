package org.tombolo.onnx.model;

import java.util.List;
import java.util.Map;

/// A model as its file has it.
///
/// @param irVersion version of the file format
/// @param producer name and version of the program that wrote it
/// @param opsets version of the operators of each domain; `""` is ONNX's own
/// @param graph what is computed
/// @param functions operators that the model defines itself
/// @param metadata properties by name
public record ModelDef(
    long irVersion,
    String producer,
    Map<String, Long> opsets,
    GraphDef graph,
    List<FunctionDef> functions,
    Map<String, String> metadata) {
  /// Copies the collections.
  public ModelDef {
    opsets = Map.copyOf(opsets);
    functions = List.copyOf(functions);
    metadata = Map.copyOf(metadata);
  }
}

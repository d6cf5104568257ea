package org.tombolo.onnx.suite;

import java.util.List;

/// A test of the suite: a model, and inputs with the outputs that they must give.
///
/// @param kind folder that the test is in, such as `node`
/// @param name of the test
/// @param model path of the model in the zip
/// @param dataSets numbers of its data sets, ascending
public record TestCase(String kind, String name, String model, List<Integer> dataSets) {
  /// Copies the list.
  public TestCase {
    dataSets = List.copyOf(dataSets);
  }

  /// Folder in the zip.
  public String folder() {
    return kind + "/" + name;
  }
}

package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Where the structure of a model is in its file: what is neither an element of a tensor nor a text
/// without meaning. Found by walking the messages of ONNX as protocol buffers write them.
///
/// @param tags first bytes of fields
/// @param lengths where the lengths of messages, texts and bytes are, with how many bytes each
///   takes
/// @param numbers the same of whole numbers: versions, types, extents, attributes
/// @param names texts that nodes read and compute, with the bytes of each
record Wire(List<Integer> tags, List<Span> lengths, List<Span> numbers, List<Span> names) {
  /// A part of the file.
  record Span(int start, int bytes) {}

  /// What the messages of a field are, by the kind of message that it is in.
  private static final Map<String, Map<Integer, String>> MESSAGES =
      Map.of(
          "model", Map.of(7, "graph", 8, "opset", 25, "function"),
          "graph", Map.of(1, "node", 5, "tensor", 11, "value", 12, "value", 13, "value"),
          "function", Map.of(7, "node", 9, "opset"),
          "node", Map.of(5, "attribute"),
          "attribute", Map.of(5, "tensor", 6, "graph", 10, "tensor", 11, "graph"),
          "tensor", Map.of(13, "entry"),
          "value", Map.of(2, "type"),
          "type", Map.of(1, "tensortype"),
          "tensortype", Map.of(2, "shape"),
          "shape", Map.of(1, "dim"));

  /// Walks a whole model.
  static Wire of(byte[] file) {
    Wire wire =
        new Wire(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    wire.walk(file, 0, file.length, "model");
    return wire;
  }

  private void walk(byte[] file, int start, int end, String kind) {
    int at = start;
    while (at < end) {
      tags.add(at);
      int tagBytes = varintBytes(file, at);
      long tag = varint(file, at);
      at += tagBytes;
      int field = (int) (tag >>> 3);
      switch ((int) (tag & 7)) {
        case 0 -> {
          int bytes = varintBytes(file, at);
          numbers.add(new Span(at, bytes));
          at += bytes;
        }
        case 1 -> at += 8;
        case 5 -> at += 4;
        default -> {
          int bytes = varintBytes(file, at);
          int length = (int) varint(file, at);
          lengths.add(new Span(at, bytes));
          at += bytes;
          String inner = MESSAGES.getOrDefault(kind, Map.of()).get(field);
          if (inner != null) {
            walk(file, at, at + length, inner);
          } else if (kind.equals("node") && field <= 2) {
            names.add(new Span(at, length));
          }
          at += length;
        }
      }
    }
  }

  private static int varintBytes(byte[] file, int at) {
    int bytes = 1;
    while ((file[at + bytes - 1] & 0x80) != 0) {
      bytes++;
    }
    return bytes;
  }

  private static long varint(byte[] file, int at) {
    long value = 0;
    for (int i = varintBytes(file, at) - 1; i >= 0; i--) {
      value = value << 7 | (file[at + i] & 0x7f);
    }
    return value;
  }
}

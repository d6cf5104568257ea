package org.tombolo.onnx.export;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;

/// Every operation, function and composite at every type, exported: others' checker finds nothing
/// wrong, others' runtime gives what the reference gives, and so does our import.
class ExportedCasesTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  /// Elements of all inputs together; larger cases are about kernels.
  private static final long LARGEST = 6000;

  /// What ONNX Runtime 1.28 has no code for on a processor, though ONNX has it; besides nearly all
  /// that is of bfloat16.
  private static final Set<String> LACKS =
      Set.of(
          "ArgMax i16",
          "ArgMin i16",
          "Conv f64",
          "Cos f64",
          "Erf f64",
          "Max i16",
          "Min i16",
          "Pad i16",
          "ScatterND f16",
          "Where bool",
          "Where i16",
          "Where i8");

  private static final Pattern LACKING =
      Pattern.compile("(?:implementation for|while running) (\\w+)");

  /// Cases in which it says something else, and why. ONNX leaves all of these open.
  private static final Map<String, String> DIFFERS =
      Map.of(
          "reduce/(sum|prod)/[iu].*", "sums and products of whole numbers stop at the ends",
          "reduce/(max|min)-(few-)?specials/.*", "NaN is passed over",
          "window/specials/(max|min)", "NaN is passed over",
          "conv/padding(-strided)?/f32", "infinity times the zeros around is NaN",
          "arg_(max|min|sort|sort-descending)/.*/1", "NaN has no place in the order");

  @Test
  void allAgree(@TempDir Path dir) throws IOException {
    System.out.println("test.seed=" + SEED);
    Set<String> unused = new TreeSet<>(DIFFERS.keySet());
    List<String> wrong = new ArrayList<>();
    Set<String> agreeing = new TreeSet<>(LACKS);
    int lacking = 0;
    int compared = 0;
    int files = 0;
    for (OpCase each : OpCases.all(SEED)) {
      if (each.inputs().stream().mapToLong(input -> input.type().size()).sum() > LARGEST) {
        continue;
      }
      Map<String, Tensor> inputs = new LinkedHashMap<>();
      for (int i = 0; i < each.inputs().size(); i++) {
        if (each.graph().inputs().get(i).op() instanceof Op.Input(String name, var _)) {
          inputs.put(name, each.inputs().get(i));
        }
      }
      Map<String, Tensor> want = Reference.run(each.graph(), inputs, Map.of()).outputs();
      Path file = dir.resolve("case%04d.onnx".formatted(files++));
      OnnxExport.write(each.graph(), Map.of(), file);
      try (OnnxSession session = OnnxSession.onReference(OnnxModel.read(file))) {
        Closeness.difference(want, session.run(inputs))
            .ifPresent(text -> wrong.add(each.name() + ", imported: " + text));
      }
      try {
        Optional<String> difference = Closeness.difference(want, Others.run(file, inputs));
        compared++;
        if (difference.isPresent() && !isExpected(each.name(), unused)) {
          wrong.add(each.name() + ", ONNX Runtime: " + difference.get());
        }
      } catch (OrtException e) {
        lacking++;
        String text = String.valueOf(e.getMessage());
        if (!isLacking(each, text, agreeing)) {
          wrong.add(each.name() + ", ONNX Runtime: " + text);
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(Set.of(), unused, "these agree by now");
    assertEquals(Set.of(), agreeing, "these are there by now");
    System.out.printf("%d models, %d compared, %d lacking%n", files, compared, lacking);
    Checker.check(dir, files);
  }

  private static boolean isLacking(OpCase each, String message, Set<String> agreeing) {
    Set<DType> types = each.graph().nodes().stream().map(Node::dtype).collect(Collectors.toSet());
    Matcher operator = LACKING.matcher(message);
    if (!operator.find()) {
      return false;
    }
    List<String> found =
        types.stream().map(type -> operator.group(1) + " " + type).filter(LACKS::contains).toList();
    agreeing.removeAll(found);
    return !found.isEmpty() || types.contains(DType.BF16);
  }

  private static boolean isExpected(String name, Set<String> unused) {
    Optional<String> reason = DIFFERS.keySet().stream().filter(name::matches).findFirst();
    reason.ifPresent(unused::remove);
    return reason.isPresent();
  }

  @Test
  void equalGraphsGiveEqualBytes(@TempDir Path dir) throws IOException {
    OpCase each = OpCases.all(SEED).getFirst();
    Path first = dir.resolve("first.onnx");
    Path second = dir.resolve("second.onnx");
    OnnxExport.write(each.graph(), Map.of(), first);
    OnnxExport.write(each.graph(), Map.of(), second);
    assertEquals(-1, Files.mismatch(first, second), "the same graph gives the same bytes");
    try (Stream<Path> files = Files.list(dir)) {
      assertEquals(2, files.count(), "nothing else is left behind");
    }
  }
}

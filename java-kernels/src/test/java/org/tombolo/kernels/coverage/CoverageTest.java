package org.tombolo.kernels.coverage;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.device.Devices;
import org.tombolo.device.Probe;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Range;
import org.tombolo.kernels.coverage.Constructs.Construct;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.State;

/// Constructs of Java on devices: each gives what it gives in Java, or is refused with a message.
/// Writes the table of `docs/kernels-coverage.md`, or checks it (`-Dtombolo.kernels.write=true`
/// writes).
///
/// The constructs are those of the test classes of Aparapi, which translates kernels of this kind
/// too, and some that it leaves out; `aparapi-tests.txt` says which of its classes has which: `=`
/// and constructs, or `!` and a class of `InvalidKernels` that is refused.
class CoverageTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final Path PAGE = Path.of("../docs/kernels-coverage.md");
  private static final Path RESOURCES = Path.of("src/test/resources/org/tombolo/kernels");

  /// What other tests look at.
  private static final Map<String, String> ELSEWHERE =
      Map.ofEntries(
          entry("elementsBool", "booleans in memory (`AccessorsTest`)"),
          entry("elementsByte", "elements of 8 bits (`AccessorsTest`)"),
          entry("elementsShort", "elements of 16 bits (`FormsAgreeTest`)"),
          entry("elementsFloat", "floats in memory (`FormsAgreeTest`)"),
          entry("elementsLong", "elements of 64 bits (`AccessorsTest`)"),
          entry("elementsDouble", "doubles in memory (`AccessorsTest`)"),
          entry("doubleRemainder", "% of doubles (`AccessorsTest`)"),
          entry("atomics", "atomic operations (`FormsAgreeTest`)"),
          entry("barriers", "barriers (`GroupStagesTest`)"),
          entry("localMemory", "memory of a group (`FormsAgreeTest`)"),
          entry("ids", "ids and extents (`FormsAgreeTest`)"),
          entry("sourceInOpenCl", "sources in OpenCL C (`OpenClKernelTest`)"));

  private static final List<Constructs> ALL =
      List.of(new ControlFlow(), new Arithmetic(), new CallsAndMemory());

  static Stream<Arguments> cases() {
    return ALL.stream()
        .flatMap(kernel ->
            Stream.of("cpu", "opencl")
                .flatMap(device ->
                    Stream.of(false, true).map(checks -> Arguments.of(kernel, device, checks))));
  }

  @ParameterizedTest(name = "{0} on {1}, checks {2}")
  @MethodSource("cases")
  void isAsInJava(Constructs kernel, String device, boolean checks) {
    assumeThere(device);
    List<Construct> constructs = kernel.constructs();
    Range range = Range.of(constructs.size(), Constructs.VALUES);
    Graph graph = graph(kernel, checks ? range.withChecks() : range);
    List<Tensor> operands = operands();
    Tensor wanted = Reference.run(graph, operands).getFirst();
    try (Engine engine = Engine.open(device);
        State state = engine.newState();
        Plan plan = engine.compile(graph, state)) {
      Tensor got =
          plan.run(Map.of("in", operands.get(0), "fin", operands.get(1), "lin", operands.get(2)))
              .get("out");
      assertAll(
          IntStream.range(0, constructs.size())
              .mapToObj(row ->
                  () ->
                      assertArrayEquals(
                          row(wanted, row),
                          row(got, row),
                          constructs.get(row).text() + ", seed " + SEED)));
    }
  }

  @Test
  void eachConstructHasAMethodAndMostValuesAreUsed() {
    for (Constructs kernel : ALL) {
      List<Construct> constructs = kernel.constructs();
      for (Construct construct : constructs) {
        assertEquals(
            1,
            Stream.of(kernel.getClass().getDeclaredMethods())
                .filter(method -> method.getName().equals(construct.method()))
                .count(),
            construct.method());
      }
      Range range = Range.of(constructs.size(), Constructs.VALUES);
      Tensor all = Reference.run(graph(kernel, range), operands()).getFirst();
      for (int row = 0; row < constructs.size(); row++) {
        long different = IntStream.of(row(all, row)).distinct().count();
        assertTrue(different > 1, constructs.get(row) + " gives one value only");
      }
    }
  }

  private static Graph graph(Constructs kernel, Range range) {
    GraphBuilder g = new GraphBuilder("coverage");
    Node in = g.input("in", type(DType.I32));
    Node fin = g.input("fin", type(DType.F32));
    Node lin = g.input("lin", type(DType.I64));
    g.output("out", kernel.call(range, in, fin, lin));
    return g.build();
  }

  private static TensorType type(DType dtype) {
    return new TensorType(dtype, Shape.of(Constructs.VALUES));
  }

  /// Small integers and the extremes; floats with what is no number; long integers of all sizes.
  private static List<Tensor> operands() {
    SplittableRandom random = new SplittableRandom(SEED);
    int[] awkward = {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1, 2, 3};
    float[] strange = {
      0f, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3e10f, -3e10f, 1f, 0.5f
    };
    int[] in = new int[Constructs.VALUES];
    float[] fin = new float[Constructs.VALUES];
    long[] lin = new long[Constructs.VALUES];
    for (int i = 0; i < Constructs.VALUES; i++) {
      in[i] = i < awkward.length ? awkward[i] : random.nextInt(-10, 11);
      fin[i] = i < strange.length ? strange[i] : (float) random.nextDouble(-10, 10);
      lin[i] = random.nextLong() >> random.nextInt(64);
    }
    return List.of(
        Tensor.of(in, Constructs.VALUES),
        Tensor.of(fin, Constructs.VALUES),
        Tensor.of(lin, Constructs.VALUES));
  }

  private static int[] row(Tensor all, int row) {
    return IntStream.range(0, Constructs.VALUES)
        .map(i -> (int) all.longAt((long) row * Constructs.VALUES + i))
        .toArray();
  }

  @Test
  void thePageIsTrue() throws IOException {
    String page = page();
    if (Boolean.getBoolean("tombolo.kernels.write")) {
      Files.writeString(PAGE, page);
    }
    assertEquals(page, Files.readString(PAGE), "write it with -Dtombolo.kernels.write=true");
  }

  private static String page() throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            # What kernels in Java may hold

            Written by `CoverageTest` of `java-kernels`, which runs each construct of the first tables on every device, with and
            without checks of indices, and compares it bit by bit with the same class as plain Java; what the last table names is
            refused when a call is added to a graph.

            """);
    for (Constructs kernel : ALL) {
      text.append("## %s\n\n".formatted(title(kernel)));
      text.append("| construct | on devices |\n|---|---|\n");
      for (Construct construct : kernel.constructs()) {
        text.append("| %s | as in Java |\n".formatted(construct.text().replace("|", "\\|")));
      }
      text.append('\n');
    }
    text.append("## Refused\n\n| what | message |\n|---|---|\n");
    TreeSet<String> rows = new TreeSet<>();
    for (List<String> messages : refused().values()) {
      for (String message : messages) {
        rows.add("| %s | try: %s |\n".formatted(seen(message), message.split("\n  try: ")[1]));
      }
    }
    rows.forEach(text::append);
    return text.append(aparapi()).toString();
  }

  /// What a message has seen, without the place.
  private static String seen(String message) {
    return message
        .split("\n  try: ")[0]
        .replaceFirst("^[^:(]*( \\([^)]*\\))?: ", "")
        .replaceAll("line !\\d", "line 12");
  }

  /// The test classes of Aparapi with what they are about here.
  private static String aparapi() throws IOException {
    Map<String, String> known = new HashMap<>(ELSEWHERE);
    for (Constructs kernel : ALL) {
      kernel.constructs().forEach(each -> known.put(each.method(), each.text()));
    }
    Map<String, List<String>> refused = refused();
    StringBuilder text =
        new StringBuilder(
            """

            ## Test classes of Aparapi

            Those that hold a construct, of its packages `com.aparapi.codegen.test` and `com.aparapi.runtime`, as far as they were
            found; their arrays are accessors here. The middle names what of the tables above, or of other tests of this module,
            has the same construct; it is code of its own.

            | class | here | on devices |
            |---|---|---|
            """);
    for (String line : Files.readAllLines(RESOURCES.resolve("coverage/aparapi-tests.txt"))) {
      List<String> words = List.of(line.split(" "));
      List<String> names = words.subList(2, words.size());
      boolean translated = words.get(1).equals("=");
      String here =
          names.stream()
              .map(name ->
                  translated
                      ? Objects.requireNonNull(known.get(name), line)
                      : seen(Objects.requireNonNull(refused.get(name), line).getFirst()))
              .collect(Collectors.joining("; "));
      text.append(
          "| %s | %s | %s |\n"
              .formatted(
                  words.getFirst(),
                  here.replace("|", "\\|"),
                  translated ? "as in Java" : "refused"));
    }
    return text.toString();
  }

  private static String title(Constructs kernel) {
    return switch (kernel.getClass().getSimpleName()) {
      case "ControlFlow" -> "Branches and loops";
      case "Arithmetic" -> "Numbers";
      default -> "Methods, fields and memory";
    };
  }

  /// The messages that `InvalidKernelsTest` pins, by the class that gets them.
  private static Map<String, List<String>> refused() throws IOException {
    Map<String, List<String>> messages = new LinkedHashMap<>();
    String table = Files.readString(RESOURCES.resolve("validate/invalid-kernels.txt"));
    for (String part : table.split("(?m)^## ")) {
      if (!part.isBlank()) {
        String[] both = part.split("\n", 2);
        messages.put(both[0], List.of(both[1].strip().split("\n(?=\\S)")));
      }
    }
    return messages;
  }

  private static void assumeThere(String driver) {
    boolean there =
        Devices.probe().stream()
            .anyMatch(
                probe -> probe instanceof Probe.Found(var info) && info.driver().equals(driver));
    boolean required =
        driver.equals("cpu") || System.getProperty("tombolo.opencl", "").equals("required");
    assumeTrue(there || required, "no " + driver + " device here");
  }
}

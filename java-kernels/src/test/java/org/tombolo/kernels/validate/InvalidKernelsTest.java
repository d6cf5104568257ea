package org.tombolo.kernels.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.instruction.LineNumber;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.TensorType;
import org.tombolo.kernels.Ints;
import org.tombolo.kernels.Item;
import org.tombolo.kernels.KernelException;
import org.tombolo.kernels.Range;

/// Every kernel of [InvalidKernels] is refused, with the words of `invalid-kernels.txt`, where `!1`
/// stands for the first line marked in the class.
class InvalidKernelsTest {
  private static final Path SOURCE =
      Path.of("src/test/java/org/tombolo/kernels/validate/InvalidKernels.java");
  private static final Pattern CLASS = Pattern.compile("class (\\w+) extends Base");

  static Stream<Arguments> kernels() throws IOException {
    Map<String, List<Integer>> marks = marks();
    Map<String, List<String>> messages = messages();
    assertEquals(marks.keySet(), messages.keySet(), "kernels, and messages in the table");
    assertTrue(messages.size() >= 40, messages.size() + " kernels");
    return messages.entrySet().stream()
        .map(entry -> {
          String text = String.join("\n", entry.getValue());
          List<Integer> lines = marks.get(entry.getKey());
          for (int i = lines.size(); i > 0; i--) {
            assertTrue(text.contains("!" + i), entry.getKey() + " names no line " + i);
            text = text.replace("!" + i, String.valueOf(lines.get(i - 1)));
          }
          return Arguments.of(entry.getKey(), text);
        });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("kernels")
  void isRefused(String name, String message) throws ClassNotFoundException {
    Class<?> type = Class.forName(InvalidKernels.class.getName() + "$" + name);
    assertEquals(message, Problem.text(Validator.problems(type)));
  }

  private static Map<String, List<Integer>> marks() throws IOException {
    Map<String, List<Integer>> marks = new LinkedHashMap<>();
    List<Integer> current = new ArrayList<>();
    int number = 0;
    for (String line : Files.readAllLines(SOURCE)) {
      number++;
      Matcher matcher = CLASS.matcher(line);
      if (matcher.find()) {
        current = new ArrayList<>();
        marks.put(matcher.group(1), current);
      }
      if (line.endsWith("// !")) {
        current.add(number);
      }
    }
    return marks;
  }

  private static Map<String, List<String>> messages() throws IOException {
    Map<String, List<String>> messages = new LinkedHashMap<>();
    List<String> current = new ArrayList<>();
    try (InputStream in = InvalidKernelsTest.class.getResourceAsStream("invalid-kernels.txt")) {
      for (String line :
          new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).lines().toList()) {
        if (line.startsWith("## ")) {
          current = new ArrayList<>();
          messages.put(line.substring(3), current);
        } else {
          current.add(line);
        }
      }
    }
    return messages;
  }

  @Test
  void aCallThrowsThemAll() {
    GraphBuilder graph = new GraphBuilder("g");
    var x = graph.input("x", TensorType.f32(4).withDType(org.tombolo.graph.DType.I32));
    KernelException e =
        assertThrows(KernelException.class, () -> new InvalidKernels.Many().call(Range.of(4), x));
    assertEquals(Problem.text(Validator.problems(InvalidKernels.Many.class)), e.getMessage());
    assertEquals(4, e.getMessage().split("\n  try: ", -1).length - 1, e.getMessage());
  }

  static final class Fine extends InvalidKernels.Base {
    @Override
    protected void run(Item item) {
      int i = item.globalId(0);
      out.set(i, in.get(i));
    }
  }

  @Test
  void aHiddenClassHasNoFile() throws Exception {
    byte[] bytes = bytes(Fine.class);
    Class<?> hidden = MethodHandles.lookup().defineHiddenClass(bytes, false).lookupClass();
    String text = Problem.text(Validator.problems(hidden));
    assertTrue(text.contains(": has no class file to read; need one that its class loader"), text);
  }

  @Test
  void linesMustBeKnown() throws Exception {
    byte[] bare =
        ClassFile.of()
            .transformClass(
                ClassFile.of().parse(bytes(Fine.class)),
                ClassTransform.transformingMethodBodies((code, element) -> {
                  if (!(element instanceof LineNumber)) {
                    code.with(element);
                  }
                }));
    ClassLoader loader =
        new ClassLoader(Fine.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            return name.equals(Fine.class.getName())
                ? defineClass(name, bare, 0, bare.length)
                : super.loadClass(name, resolve);
          }

          @Override
          public InputStream getResourceAsStream(String name) {
            return name.equals(Fine.class.getName().replace('.', '/') + ".class")
                ? new java.io.ByteArrayInputStream(bare)
                : super.getResourceAsStream(name);
          }
        };
    assertEquals(
        "Fine: was compiled without line numbers; need them to say where something is\n"
            + "  try: javac -g, which build tools give by themselves",
        Problem.text(Validator.problems(loader.loadClass(Fine.class.getName()))));
    assertEquals(List.of(), Validator.problems(Fine.class));
  }

  /// Barriers that all reach, where slots of variables that are the same for all hold others later.
  static final class Tiled extends InvalidKernels.Base {
    private final Ints.Local tile = new Ints.Local(8);

    private void share(Item item, int rounds) {
      for (int k = 0; k < rounds; k++) {
        item.barrier();
      }
    }

    @Override
    protected void run(Item item) {
      int local = item.localId(0);
      int sum = 0;
      for (int start = 0; start < in.length(); start += 8) {
        int mine = in.get(start + local);
        tile.set(local, mine);
        item.barrier();
        for (int k = 0; k < 8; k++) {
          sum += tile.get(k);
        }
        item.barrier();
      }
      for (int half = item.localRange(0) / 2; half > 0; half /= 2) {
        if (local < half) {
          int other = tile.get(local + half);
          tile.set(local, tile.get(local) + other);
        }
        item.barrier();
      }
      int after = sum + local;
      share(item, 3);
      if (item.groupId(0) == 0) {
        item.barrier();
      }
      if (local == 0) {
        out.set(item.globalId(0), after);
      }
    }
  }

  @Test
  void barriersThatAllReachAreFine() {
    assertEquals("", Problem.text(Validator.problems(Tiled.class)));
  }

  private static byte[] bytes(Class<?> type) throws IOException {
    String name = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }
}

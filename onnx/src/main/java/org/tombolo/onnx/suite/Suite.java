package org.tombolo.onnx.suite;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.NodeDef;
import org.tombolo.onnx.model.OnnxException;
import org.tombolo.onnx.model.TensorDef;
import org.tombolo.onnx.model.ValueDef;
import org.tombolo.onnx.proto.ModelReader;
import org.tombolo.scheduler.Engine;

/// Runs the conformance tests of ONNX that a zip holds.
///
/// Each test runs in a thread of its own, with a limit on its time: one that hangs is left behind,
/// so that the others are run.
public final class Suite {
  private static final Set<String> RANDOM =
      Set.of(
          "Bernoulli",
          "Multinomial",
          "RandomNormal",
          "RandomNormalLike",
          "RandomUniform",
          "RandomUniformLike");
  private static final Pattern NUMBER = Pattern.compile("\"(\\w+)\"\\s*:\\s*([-+.eE0-9]+)");

  private final Path zip;
  private final Map<String, String> tiers;
  private final @Nullable Supplier<Engine> engines;
  private Duration limit = Duration.ofMinutes(5);
  private @Nullable Engine engine;

  /// @param zip the tests
  /// @param index a table of tabs with a first line of names, of which `name` and `tier` count;
  ///   null for none
  /// @param engines opens what the tests run on; null for the reference
  /// @throws OnnxException if the index cannot be read
  public Suite(Path zip, @Nullable Path index, @Nullable Supplier<Engine> engines) {
    this.zip = zip;
    this.tiers = index == null ? Map.of() : tiers(index);
    this.engines = engines;
  }

  /// The longest that one test may take; five minutes unless said otherwise.
  public Suite limit(Duration longest) {
    limit = longest;
    return this;
  }

  private static Map<String, String> tiers(Path index) {
    Map<String, String> tiers = new HashMap<>();
    try {
      List<String> lines = Files.readAllLines(index, StandardCharsets.UTF_8);
      List<String> head = List.of(lines.isEmpty() ? new String[0] : lines.getFirst().split("\t"));
      int kind = head.indexOf("kind");
      int name = head.indexOf("name");
      int tier = head.indexOf("tier");
      if (kind < 0 || name < 0 || tier < 0) {
        throw new OnnxException(
            "%s: its first line is %s; need columns kind, name and tier".formatted(index, head),
            "the index that belongs to the zip");
      }
      for (String line : lines.subList(1, lines.size())) {
        String[] cells = line.split("\t");
        if (cells.length > Math.max(kind, Math.max(name, tier))) {
          tiers.put(cells[kind] + "/" + cells[name], cells[tier]);
        }
      }
      return tiers;
    } catch (IOException e) {
      throw new OnnxException(
          "%s: cannot be read: %s".formatted(index, e), "the index that belongs to the zip", e);
    }
  }

  /// Runs the tests.
  ///
  /// @param tier the only tier to run; empty for all
  /// @param only text that must be in the folder of a test; empty for all
  /// @param listener hears of each test as it ends
  /// @return what came of all tests, in order
  /// @throws OnnxException if the zip cannot be read
  public List<TestResult> run(String tier, String only, Consumer<TestResult> listener) {
    List<TestResult> results = new ArrayList<>();
    try (SuiteZip tests = new SuiteZip(zip)) {
      for (TestCase test : tests.tests()) {
        String own = tiers.getOrDefault(test.folder(), "-");
        boolean wanted = (tier.isEmpty() || tier.equals(own)) && test.folder().contains(only);
        TestResult result =
            wanted
                ? timed(tests, test, own)
                : new TestResult(test, own, TestResult.Outcome.SKIPPED, "not asked for", 0);
        results.add(result);
        listener.accept(result);
      }
    } finally {
      if (engine != null) {
        engine.close();
        engine = null;
      }
    }
    return results;
  }

  private TestResult timed(SuiteZip tests, TestCase test, String tier) {
    long start = System.nanoTime();
    String reason = reason(tests, test);
    long took = (System.nanoTime() - start) / 1_000_000;
    TestResult.Outcome outcome =
        reason.isEmpty() ? TestResult.Outcome.PASSED : TestResult.Outcome.FAILED;
    return new TestResult(test, tier, outcome, reason, took);
  }

  /// Why a test fails; empty if it does not.
  private String reason(SuiteZip tests, TestCase test) {
    CompletableFuture<String> done = new CompletableFuture<>();
    Engine on = opened();
    Thread.ofPlatform()
        .daemon()
        .name(test.name())
        .start(() -> {
          try {
            done.complete(check(tests, test, on).orElse(""));
          } catch (Throwable e) { // whatever a model does, the others are to run
            done.completeExceptionally(e);
          }
        });
    try {
      return done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      engine = null; // the test still has it
      return "not done after " + limit;
    } catch (ExecutionException e) {
      return text(Objects.requireNonNull(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  private @Nullable Engine opened() {
    if (engines != null && engine == null) {
      engine = engines.get();
    }
    return engine;
  }

  private static String text(Throwable failure) {
    if (failure instanceof OnnxException) {
      return String.valueOf(failure.getMessage());
    }
    StackTraceElement[] trace = failure.getStackTrace();
    StringBuilder places = new StringBuilder();
    for (int i = 0; i < Math.min(6, trace.length); i++) {
      places.append("\n  at ").append(trace[i]);
    }
    return failure.toString() + places;
  }

  private static Optional<String> check(SuiteZip tests, TestCase test, @Nullable Engine engine) {
    OnnxModel model = OnnxModel.read(test.folder() + "/model.onnx", tests.read(test.model()));
    if (test.dataSets().isEmpty()) {
      return Optional.of("there is no test_data_set; need one to compare with");
    }
    try (OnnxSession session =
        engine == null ? OnnxSession.onReference(model) : OnnxSession.on(engine, model)) {
      for (int set : test.dataSets()) {
        Optional<String> difference = check(tests, test, set, model, session);
        if (difference.isPresent()) {
          return difference;
        }
      }
      return Optional.empty();
    }
  }

  private static Optional<String> check(
      SuiteZip tests, TestCase test, int set, OnnxModel model, OnnxSession session) {
    String folder = "%s/test_data_set_%d/".formatted(test.folder(), set);
    Map<String, Value> inputs = new LinkedHashMap<>();
    List<ValueDef> fed = model.inputs();
    for (int i = 0; i < fed.size(); i++) {
      String file = folder + "input_" + i + ".pb";
      if (tests.has(file)) {
        inputs.put(fed.get(i).name(), value(tests, file, fed.get(i)));
      }
    }
    Map<String, Value> outputs = session.runValues(inputs);
    Comparison comparison = comparison(tests, test, model);
    List<ValueDef> wanted = model.outputs();
    boolean compared = false;
    for (int i = 0; i < wanted.size(); i++) {
      String file = folder + "output_" + i + ".pb";
      if (tests.has(file)) {
        compared = true;
        String name = wanted.get(i).name();
        Optional<String> difference =
            comparison.difference(
                name, Objects.requireNonNull(outputs.get(name)), value(tests, file, wanted.get(i)));
        if (difference.isPresent()) {
          return difference;
        }
      }
    }
    return compared ? Optional.empty() : Optional.of("there is no output to compare with");
  }

  private static Value value(SuiteZip tests, String file, ValueDef def) {
    return switch (def.kind()) {
      case SEQUENCE, OPTIONAL -> {
        boolean optional = def.kind() == ValueDef.Kind.OPTIONAL;
        yield Value.of(ModelReader.container(file, tests.read(file), optional), file);
      }
      case TENSOR, MAP, SPARSE, UNKNOWN -> {
        TensorDef tensor = ModelReader.tensor(file, tests.read(file));
        yield Value.of(tensor, file);
      }
    };
  }

  private static Comparison comparison(SuiteZip tests, TestCase test, OnnxModel model) {
    double relative = 1e-3;
    double absolute = 1e-7;
    String file = test.folder() + "/data.json";
    if (tests.has(file)) {
      byte[] bytes = tests.read(file).toArray(ValueLayout.JAVA_BYTE);
      Matcher number = NUMBER.matcher(new String(bytes, StandardCharsets.UTF_8));
      while (number.find()) {
        double value = Double.parseDouble(number.group(2));
        relative = number.group(1).equals("rtol") ? value : relative;
        absolute = number.group(1).equals("atol") ? value : absolute;
      }
    }
    boolean random = model.definition().graph().nodes().stream().anyMatch(Suite::isRandom);
    return new Comparison(relative, absolute, !random);
  }

  private static boolean isRandom(NodeDef node) {
    return node.domain().isEmpty() && RANDOM.contains(node.operator());
  }
}

package org.tombolo.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;
import org.tombolo.scheduler.Engine;

/// Trained ONNX models here and in ONNX Runtime by turns in one process, two threads each; compares
/// the answers and prints a table of times: by the clock, and of the processor, which leaves out
/// what else the machine does.
///
/// Options: `--device NAMES` (cpu), `--rounds N` (5), `--seconds S` (1: as long each engine runs in
/// each round, after a round that is not measured), `--models DIR` (where `scripts/models` puts
/// those that no library has; what is not there is left out, with a line).
public final class TrainedModels {
  private static final double LARGEST_ERROR = 1e-2;

  private TrainedModels() {}

  /// @param file a resource, or a file of the folder
  /// @param inputs extents by name; `x` has floats, others whole numbers
  private record Trained(String name, String file, Map<String, long[]> inputs) {
    private static Trained picture(String name, String file, long height, long width) {
      return new Trained(name, file, Map.of("x", new long[] {1, 3, height, width}));
    }

    private static Trained sentences(String name, String file) {
      long[] extents = {1, 64};
      return new Trained(
          name,
          file,
          Map.of("input_ids", extents, "attention_mask", extents, "token_type_ids", extents));
    }
  }

  private static final List<Trained> ALL =
      List.of(
          Trained.picture("PP-OCRv4 detection, 320x320", "ch_PP-OCRv4_det_infer.onnx", 320, 320),
          Trained.picture("PP-OCRv4 recognition, 48x320", "ch_PP-OCRv4_rec_infer.onnx", 48, 320),
          Trained.picture(
              "PP-OCR 2.0 direction, 48x192", "ch_ppocr_mobile_v2.0_cls_infer.onnx", 48, 192),
          Trained.sentences("all-MiniLM-L6-v2, 64 tokens", "all-minilm-l6-v2.onnx"),
          Trained.sentences("the same in 8 bits", "all-minilm-l6-v2-q.onnx"));

  /// Something that is run.
  private interface Run {
    void run() throws OrtException;
  }

  /// Prints the table; ends with 1 if answers differ.
  public static void main(String[] args) throws IOException, OrtException {
    String device = "cpu";
    int rounds = 5;
    double seconds = 1;
    Path folder =
        Path.of(
            Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                .orElse(System.getProperty("user.home") + "/.cache"),
            "tombolo",
            "models");
    for (int i = 0; i + 1 < args.length; i += 2) {
      switch (args[i]) {
        case "--device" -> device = args[i + 1];
        case "--rounds" -> rounds = Integer.parseInt(args[i + 1]);
        case "--seconds" -> seconds = Double.parseDouble(args[i + 1]);
        case "--models" -> folder = Path.of(args[i + 1]);
        default ->
            throw new IllegalArgumentException(
                "no option \"%s\"; there are --device, --rounds, --seconds, --models"
                    .formatted(args[i]));
      }
    }
    System.setProperty("tombolo.cpu.threads", String.valueOf(Peer.THREADS));
    boolean right = true;
    System.out.println(
        "| model | tombolo, ms | ONNX Runtime, ms | ONNX Runtime / tombolo | of processor time | error |");
    System.out.println("|---|---|---|---|---|---|");
    try (Engine engine = Engine.open(device)) {
      for (Trained trained : ALL) {
        Optional<byte[]> bytes = bytes(trained.file(), folder);
        if (bytes.isEmpty()) {
          System.err.printf("no %s in %s; scripts/models fetches it%n", trained.file(), folder);
          continue;
        }
        right &= measure(engine, trained, bytes.get(), rounds, (long) (seconds * 1e9));
      }
    }
    System.exit(right ? 0 : 1);
  }

  private static Optional<byte[]> bytes(String file, Path folder) throws IOException {
    try (InputStream resource = TrainedModels.class.getResourceAsStream("/" + file)) {
      if (resource != null) {
        return Optional.of(resource.readAllBytes());
      }
    }
    Path path = folder.resolve(file);
    return Files.exists(path) ? Optional.of(Files.readAllBytes(path)) : Optional.empty();
  }

  private static Map<String, Tensor> inputs(Trained trained) {
    SplittableRandom random = new SplittableRandom(42);
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    trained
        .inputs()
        .forEach((name, extents) -> {
          int size = Math.toIntExact(Shape.of(extents).size());
          if (name.equals("x")) {
            float[] values = new float[size];
            for (int i = 0; i < size; i++) {
              values[i] = (float) (random.nextDouble() * 2 - 1);
            }
            inputs.put(name, Tensor.of(values, extents));
          } else {
            long[] values = new long[size];
            for (int i = 0; i < size; i++) {
              values[i] =
                  name.equals("input_ids")
                      ? random.nextLong(1000, 28000)
                      : name.equals("attention_mask") ? 1 : 0;
            }
            inputs.put(name, Tensor.of(values, extents));
          }
        });
    return inputs;
  }

  private static boolean measure(
      Engine engine, Trained trained, byte[] bytes, int rounds, long nanos) throws OrtException {
    Map<String, Tensor> inputs = inputs(trained);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> fed = new HashMap<>();
    for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
      long[] extents = input.getValue().shape().toArray();
      fed.put(
          input.getKey(),
          input.getKey().equals("x")
              ? OnnxTensor.createTensor(
                  environment, FloatBuffer.wrap(input.getValue().toFloats()), extents)
              : OnnxTensor.createTensor(
                  environment,
                  LongBuffer.wrap(
                      LongStream.range(0, input.getValue().type().size())
                          .map(input.getValue()::longAt)
                          .toArray()),
                  extents));
    }
    OnnxModel model = OnnxModel.read(trained.name(), MemorySegment.ofArray(bytes));
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(Peer.THREADS);
      options.setInterOpNumThreads(1);
      // Threads that wait for work by turning would take the processor from the other engine.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      try (OnnxSession ours = OnnxSession.on(engine, model);
          OrtSession theirs = environment.createSession(bytes, options)) {
        double error = error(ours.run(inputs), theirs, fed);
        Run own = () -> ours.run(inputs);
        Run other = () -> theirs.run(fed).close();
        times(own, nanos);
        times(other, nanos);
        List<Double> mine = new ArrayList<>();
        List<Double> its = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
          Times first = times(own, nanos);
          Times second = times(other, nanos);
          mine.add(first.median());
          its.add(second.median());
          ratios.add(second.median() / first.median());
          processor.add(second.processor() / first.processor());
        }
        System.out.printf(
            "| %s | %.2f | %.2f | %.2f | %.2f | %.1g |%n",
            trained.name(), median(mine), median(its), median(ratios), median(processor), error);
        if (!(error <= LARGEST_ERROR)) {
          System.err.printf("%s: answers differ by %g%n", trained.name(), error);
        }
        return error <= LARGEST_ERROR;
      }
    } finally {
      fed.values().forEach(OnnxTensor::close);
    }
  }

  /// The largest error as a part of the largest element of its output.
  private static double error(
      Map<String, Tensor> found, OrtSession theirs, Map<String, OnnxTensor> fed)
      throws OrtException {
    double worst = 0;
    try (OrtSession.Result results = theirs.run(fed)) {
      for (var result : results) {
        FloatBuffer wanted = ((OnnxTensor) result.getValue()).getFloatBuffer();
        Tensor own = Peer.named(found, result.getKey());
        double largest = 0;
        double error = 0;
        for (int i = 0; i < wanted.remaining(); i++) {
          double difference = Math.abs(wanted.get(i) - own.at(i));
          largest = Math.max(largest, Math.abs(wanted.get(i)));
          error = difference <= error ? error : difference;
        }
        double relative = error / largest;
        worst = relative <= worst ? worst : relative;
      }
    }
    return worst;
  }

  /// Times of a run in milliseconds.
  ///
  /// @param median by the clock
  /// @param processor of all threads, on average: says more than the clock where the machine has
  ///   other work
  private record Times(double median, double processor) {}

  /// Runs for a while.
  private static Times times(Run run, long nanos) throws OrtException {
    List<Double> times = new ArrayList<>();
    long used = processorNanos();
    long begun = System.nanoTime();
    for (long last = begun; last - begun < nanos || times.size() < 3; ) {
      run.run();
      long now = System.nanoTime();
      times.add((now - last) * 1e-6);
      last = now;
    }
    return new Times(median(times), (processorNanos() - used) * 1e-6 / times.size());
  }

  private static long processorNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}

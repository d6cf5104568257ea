package org.tombolo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.npy.NpyFile;

/// `tombolo run` and `tombolo inspect`, with a model that computes `out/y = relu(x)`.
class OnnxModelTest {
  @TempDir private Path folder;
  private Path model;
  private Path x;

  @BeforeEach
  void write() throws IOException {
    model = folder.resolve("relu.onnx");
    Files.write(model, model("Relu"));
    x = folder.resolve("x.npy");
    NpyFile.write(
        x, Value.Dense.of(ElementType.FLOAT, Tensor.of(new float[] {-1, 2.5f, 0, 4}, 2, 2)));
  }

  private static byte[] model(String operator) {
    byte[] node =
        join(
            field(1, "x".getBytes(UTF_8)),
            field(2, "out/y".getBytes(UTF_8)),
            field(4, operator.getBytes(UTF_8)));
    byte[] graph =
        join(
            field(1, node),
            field(2, "test".getBytes(UTF_8)),
            field(11, value("x")),
            field(12, value("out/y")));
    byte[] opset = join(field(1, new byte[0]), new byte[] {2 << 3, 13});
    return join(new byte[] {1 << 3, 8}, field(7, graph), field(8, opset));
  }

  /// Floats of the shape `[2, n]`.
  private static byte[] value(String name) {
    byte[] shape = join(field(1, new byte[] {1 << 3, 2}), field(1, field(2, "n".getBytes(UTF_8))));
    byte[] tensor = join(new byte[] {1 << 3, 1}, field(2, shape));
    return join(field(1, name.getBytes(UTF_8)), field(2, field(1, tensor)));
  }

  /// A field of bytes in the wire format of protocol buffers; less than 128 of them.
  private static byte[] field(int number, byte[] bytes) {
    return join(new byte[] {(byte) (number << 3 | 2), (byte) bytes.length}, bytes);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void outputsArePrinted() {
    Cli run = Cli.run("run", model.toString(), "--input", "x=" + x, "--device", "cpu");
    run.ok().prints("out/y: float\\[2, ?2\\] = 0\\.00000 2\\.50000 0\\.00000 4\\.00000");
  }

  @Test
  void outputsAreWritten() {
    Path results = folder.resolve("results");
    Cli.run(
            "run",
            model.toString(),
            "--input",
            "x=" + x,
            "--device",
            "cpu",
            "--output",
            results.toString(),
            "--time",
            "3")
        .ok()
        .prints("out/y: .* in .*out_y\\.npy")
        .prints("3 runs: median [0-9.]+ ms, fastest [0-9.]+ ms");
    Value.Dense y = NpyFile.read(results.resolve("out_y.npy"));
    assertArrayEquals(new float[] {0, 2.5f, 0, 4}, Objects.requireNonNull(y.tensor()).toFloats());
  }

  @Test
  void whatIsFedHasToFit() {
    Cli missing = Cli.run("run", model.toString(), "--device", "cpu");
    assertEquals(2, missing.status());
    assertTrue(missing.err().contains("input \"x\" is missing"), missing::toString);
    Cli unknown =
        Cli.run("run", model.toString(), "--input", "x=" + x, "--input", "z=" + x, "-d", "cpu");
    assertEquals(2, unknown.status());
    assertTrue(unknown.err().contains("there is no input \"z\""), unknown::toString);
    Cli noArray = Cli.run("run", model.toString(), "--input", "x=" + model, "--device", "cpu");
    assertEquals(2, noArray.status());
    assertTrue(noArray.err().contains("does not start as NumPy's files do"), noArray::toString);
    Cli noModel = Cli.run("run", x.toString(), "--input", "x=" + x, "--device", "cpu");
    assertEquals(2, noModel.status());
    Cli.run("run", "absent.onnx")
        .isMistake(
            """
            absent.onnx: there is no such file; need an ONNX model
              try: the path of the model, relative to %s\
            """
                .formatted(Path.of("").toAbsolutePath()));
  }

  @Test
  void aModelIsDescribed() {
    Cli.run("inspect", model.toString(), "--device", "cpu")
        .ok()
        .prints("  x: float\\[2,n\\]")
        .prints("  out/y: float\\[2,n\\]")
        .prints("parameters: 0 tensors, 0 elements, 0 bytes")
        .prints("operators: 1")
        .prints(" +1 Relu")
        .prints("where it would run: extents are open; --shape x=EXTENTS says them");
  }

  @Test
  void whereAModelRunsIsShown() {
    Cli.run("inspect", model.toString(), "--shape", "x=2,8", "--device", "cpu")
        .ok()
        .prints("a run: 16\\.0 flop, 1 plans, .* ms, 64 bytes up, 64 bytes down")
        .prints("  cpu:0: 3 operations, .* of memory");
  }

  @Test
  void whatIsNotKnownIsTold() throws IOException {
    Path strange = folder.resolve("strange.onnx");
    Files.write(strange, model("Frobnicate"));
    Cli run = Cli.run("inspect", strange.toString());
    assertEquals(1, run.status());
    run.prints("problems:").prints("  .*Frobnicate.*");
    assertEquals(2, Cli.run("run", strange.toString(), "--input", "x=" + x).status());
  }

  @Test
  void shapesHaveToMakeSense() {
    Cli.run("inspect", model.toString(), "--shape", "x=2,n")
        .isMistake(
            """
            --shape x=2,n: "n" is no extent; need whole numbers with commas between
              try: --shape x=1,3,224,224\
            """);
    Cli.run("inspect", model.toString(), "--shape", "z=2,2")
        .isMistake(
            """
            --shape z: there is no such input of a tensor; need one of [x]
              try: one of those names\
            """);
  }
}

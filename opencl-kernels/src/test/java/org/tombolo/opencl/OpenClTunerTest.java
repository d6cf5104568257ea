package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tombolo.device.Region;
import org.tombolo.device.Tuner;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.contraction.Blocking;
import org.tombolo.opencl.kernel.Dialect;

class OpenClTunerTest {
  private static final Tuner.Finding FINDING =
      new Tuner.Finding(
          "simd m8 n8 k8 z0 a-deep b-wide",
          "simd lanes 8 vectors 3 rows 4 depth 256 block 96",
          1.25,
          0.0012,
          9,
          0);

  @TempDir private Path folder;

  private static Region product(long m, long k, long n) {
    GraphBuilder g = new GraphBuilder("product");
    g.output("c", g.input("a", TensorType.f32(m, k)).matmul(g.input("b", TensorType.f32(k, n))));
    return new Region("product", g.build());
  }

  private OpenClTuner tuner(OpenClDevice device) {
    return new OpenClTuner(device, new TuningFile(folder, device.info()));
  }

  @ParameterizedTest
  @EnumSource
  void keepsWhatItFinds(Dialect dialect) {
    try (OpenClDevice device = OpenCl.open(dialect)) {
      OpenClTuner tuner = tuner(device);
      Region region = product(70, 130, 75);
      assertEquals(Optional.empty(), tuner.known(region));
      Tuner.Finding found = tuner.tune(region, Duration.ofSeconds(6), false).orElseThrow();
      assertTrue(found.tried() >= 2, found + ": nothing was compared");
      assertEquals(0, found.rejected(), "blocks that give other bits or do not build");
      assertTrue(found.gain() >= 1 && found.seconds() > 0, found.toString());
      assertTrue(Blocking.parse(found.variant()).orElseThrow().fits(device.limits()));
      assertEquals(found.variant(), tuner(device).known(region).orElseThrow().variant());
      assertEquals(Optional.of(found), tuner.known(product(100, 200, 120)), "of about that size");
      assertEquals(Optional.empty(), tuner.known(product(300, 130, 75)), "of another size");
    }
  }

  @Test
  void hasNothingToChooseForOtherOperations() {
    GraphBuilder g = new GraphBuilder("sum");
    g.output("y", g.input("x", TensorType.f32(5)).add(1));
    try (OpenClDevice device = OpenCl.open()) {
      Region sum = new Region("sum", g.build());
      assertEquals(Optional.empty(), tuner(device).tune(sum, Duration.ofSeconds(1), false));
      Region nothing = product(0, 3, 4);
      assertEquals(Optional.empty(), tuner(device).tune(nothing, Duration.ofSeconds(1), false));
    }
  }

  @Test
  void aPropertyLeavesFindingsAside() {
    String before = System.getProperty(TuningFile.PROPERTY, "");
    try (OpenClDevice device = OpenCl.open()) {
      TuningFile file = new TuningFile(folder, device.info());
      file.put(FINDING);
      System.setProperty(TuningFile.PROPERTY, "");
      assertEquals(Blocking.parse(FINDING.variant()), file.of(FINDING.regions()));
      System.setProperty(TuningFile.PROPERTY, "off");
      assertEquals(Optional.empty(), file.of(FINDING.regions()));
    } finally {
      System.setProperty(TuningFile.PROPERTY, before);
    }
  }

  @Test
  void anotherTrialReplacesWhatWasFound() {
    try (OpenClDevice device = OpenCl.open()) {
      TuningFile one = new TuningFile(folder, device.info());
      one.put(FINDING);
      TuningFile other = new TuningFile(folder, device.info());
      Tuner.Finding less = new Tuner.Finding(FINDING.regions(), FINDING.variant(), 1, 0.1, 2, 0);
      other.put(less);
      one.put(new Tuner.Finding("simd m1 n=1 k1 z0", FINDING.variant(), 1, 0.1, 2, 0));
      assertEquals(Optional.of(less), one.finding(FINDING.regions()));
    }
  }

  @Test
  void filesAreMerged() throws IOException {
    try (OpenClDevice device = OpenCl.open()) {
      TuningFile first = new TuningFile(folder.resolve("a"), device.info());
      first.put(FINDING);
      TuningFile second = new TuningFile(folder.resolve("b"), device.info());
      assertEquals(1, second.merge(first.file()));
      assertEquals(Optional.of(FINDING), second.finding(FINDING.regions()));
      assertEquals(0, second.merge(first.file()), "nothing new");
      second.put(new Tuner.Finding(FINDING.regions(), FINDING.variant(), 1.5, 0.001, 9, 0));
      assertEquals(0, second.merge(first.file()), "less gain");
      assertEquals(1, first.merge(second.file()), "more gain");
      Path loose = folder.resolve("loose.json");
      String text = Files.readString(second.file());
      Files.writeString(loose, text.replace(", \"", "\n,\n\"").replace("{\"", "{\n \""));
      assertEquals(1, new TuningFile(folder.resolve("c"), device.info()).merge(loose));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "cut", "other device", "gain", "endless", "less", "blocks"})
  void damagedFilesAreNotUsed(String damage) throws IOException {
    try (OpenClDevice device = OpenCl.open()) {
      TuningFile whole = new TuningFile(folder.resolve("a"), device.info());
      whole.put(FINDING);
      String text = Files.readString(whole.file());
      Files.writeString(
          whole.file(),
          switch (damage) {
            case "cut" -> text.substring(0, text.length() - 5);
            case "other device" -> text.replaceFirst("\"device\": \"", "\"device\": \"another ");
            case "gain" -> text.replace("1.250", "1.2.5");
            case "endless" -> text.replace("1.250", "1e999");
            case "less" -> text.replace("1.250", "0.9");
            case "blocks" -> text.replace("lanes", "lines");
            default -> damage;
          });
      IOException e =
          assertThrows(
              IOException.class,
              () -> new TuningFile(folder.resolve("b"), device.info()).merge(whole.file()));
      assertTrue(e.getMessage().contains("is not used"), e.getMessage());
      TuningFile again = new TuningFile(folder.resolve("a"), device.info());
      assertEquals(Optional.empty(), again.finding(FINDING.regions()));
      again.put(FINDING);
      assertEquals(
          Optional.of(FINDING),
          new TuningFile(folder.resolve("a"), device.info()).finding(FINDING.regions()));
    }
  }
}

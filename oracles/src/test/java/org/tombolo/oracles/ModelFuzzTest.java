package org.tombolo.oracles;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.model.OnnxException;

/// Trained models with their files damaged, thousands of times: cut off, bits turned over, lengths
/// and numbers that lie, names of other values, parts left out or there twice. Each is read or
/// refused with an error that names the file, and takes no more memory than a whole one; of those
/// that are read, some are made graphs of.
class ModelFuzzTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int MUTATIONS = Integer.getInteger("tombolo.fuzz.models", 10_000);

  /// Of models that a mutation leaves usable, every so many is lowered.
  private static final int LOWERED = 20;

  /// Most bytes on the heap for one model: reading shares the file, lowering copies what it
  /// computes.
  private static final long MOST_TO_READ = 32L << 20;

  private static final long MOST_TO_LOWER = 512L << 20;

  private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// A damaged file.
  ///
  /// @param file what is left of it
  /// @param how it was damaged
  /// @param at where bytes were overwritten
  /// @param before what they were
  private record Damaged(MemorySegment file, String how, int at, MemorySegment before) {}

  /// How many of the mutations, in a hundred, each model gets: large ones take longer.
  private static final Map<RealModel, Integer> SHARES =
      Map.of(
          RealModel.TEXT_DIRECTION, 50,
          RealModel.TEXT_DETECTION, 25,
          RealModel.TEXT_RECOGNITION, 15,
          RealModel.SENTENCES_INT8, 10);

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void damagedModelsAreReadOrRefused() {
    Map<String, Integer> seen = new LinkedHashMap<>();
    for (Map.Entry<RealModel, Integer> share : new TreeMap<>(SHARES).entrySet()) {
      RealModel model = share.getKey();
      byte[] whole = model.bytes();
      Wire wire = Wire.of(whole);
      Map<String, TensorType> inputs = new HashMap<>();
      model.inputs(SEED).forEach((name, tensor) -> inputs.put(name, tensor.type()));
      int usable = 0;
      for (int i = 0; i < MUTATIONS / 100 * share.getValue(); i++) {
        SplittableRandom random = new SplittableRandom(SEED * 31 + i);
        Damaged damaged = damage(whole, wire, random);
        String which = "%s, seed %d, number %d, %s".formatted(model, SEED, i, damaged.how());
        OnnxModel read = read(model.name(), damaged.file(), which);
        seen.merge(read == null ? "refused as read" : "read", 1, Integer::sum);
        if (read != null && read.problems().isEmpty() && usable++ % LOWERED == 0) {
          boolean lowered = lower(read, inputs, which);
          seen.merge(lowered ? "lowered" : "refused as lowered", 1, Integer::sum);
        }
        MemorySegment.ofArray(whole).asSlice(damaged.at()).copyFrom(damaged.before());
      }
    }
    System.out.printf("%,d damaged models, seed %d: %s%n", MUTATIONS, SEED, seen);
    assertTrue(seen.keySet().containsAll(List.of("read", "refused as read", "lowered")), "" + seen);
  }

  private static OnnxModel read(String name, MemorySegment file, String which) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    OnnxModel read = null;
    try {
      read = OnnxModel.read(name, file);
    } catch (OnnxException e) {
      requireHelpful(e, name, which);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError(which, e);
    }
    long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(bytes < MOST_TO_READ, () -> "%s: %,d bytes to read it".formatted(which, bytes));
    return read;
  }

  private static boolean lower(OnnxModel model, Map<String, TensorType> inputs, String which) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    boolean lowered = false;
    try {
      model.graph(inputs);
      lowered = true;
    } catch (OnnxException e) {
      requireHelpful(e, "", which);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError(which, e);
    }
    long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(bytes < MOST_TO_LOWER, () -> "%s: %,d bytes to lower it".formatted(which, bytes));
    return lowered;
  }

  private static void requireHelpful(OnnxException e, String name, String which) {
    String message = e.getMessage();
    assertTrue(message.contains(name) && message.contains("\n  try: "), which + ": " + message);
  }

  /// Damages a file in place, or a copy of it.
  private static Damaged damage(byte[] file, Wire wire, SplittableRandom random) {
    int tag = pick(wire.tags(), random);
    return switch (random.nextInt(7)) {
      case 0 -> {
        long length = Math.min(tag + random.nextInt(3), file.length);
        yield new Damaged(
            MemorySegment.ofArray(file).asSlice(0, length), "cut off at " + length, 0, NOTHING);
      }
      case 1 -> {
        int at = Math.min(tag + random.nextInt(12), file.length - 1);
        byte[] turned = {(byte) (file[at] ^ 1 << random.nextInt(8))};
        yield overwritten(file, at, turned, "bit of byte " + at);
      }
      case 2 -> lie(file, pick(wire.lengths(), random), "length", random);
      case 3, 4 -> lie(file, pick(wire.numbers(), random), "number", random);
      case 5 -> rename(file, wire.names(), random);
      default -> {
        int other = pick(wire.tags(), random);
        int to = Math.min(tag, other);
        int from = Math.max(tag, other);
        byte[] out = new byte[file.length - (from - to)];
        System.arraycopy(file, 0, out, 0, to);
        System.arraycopy(file, from, out, to, file.length - from);
        yield new Damaged(
            MemorySegment.ofArray(out), "without %d to %d".formatted(to, from), 0, NOTHING);
      }
    };
  }

  private static Damaged overwritten(byte[] file, int at, byte[] by, String how) {
    MemorySegment before = MemorySegment.ofArray(Arrays.copyOfRange(file, at, at + by.length));
    System.arraycopy(by, 0, file, at, by.length);
    return new Damaged(MemorySegment.ofArray(file), how, at, before);
  }

  private static <T> T pick(List<T> list, SplittableRandom random) {
    return list.get(random.nextInt(list.size()));
  }

  /// Writes another number of as many bytes: anything, or the largest.
  private static Damaged lie(byte[] file, Wire.Span span, String what, SplittableRandom random) {
    boolean largest = random.nextInt(4) == 0;
    byte[] number = new byte[span.bytes()];
    for (int i = 0; i < number.length; i++) {
      int more = i + 1 < number.length ? 0x80 : 0;
      number[i] = (byte) (more | (largest ? 0x7f : random.nextInt(0x80)));
    }
    return overwritten(file, span.start(), number, "%s at %d".formatted(what, span.start()));
  }

  /// Puts the name of another value in the place of one: cycles, values that nothing computes,
  /// values that are computed twice.
  private static Damaged rename(byte[] file, List<Wire.Span> names, SplittableRandom random) {
    Wire.Span at = pick(names, random);
    List<Wire.Span> alike = names.stream().filter(name -> name.bytes() == at.bytes()).toList();
    Wire.Span other = pick(alike, random);
    byte[] name = Arrays.copyOfRange(file, other.start(), other.start() + other.bytes());
    return overwritten(
        file, at.start(), name, "name at %d as at %d".formatted(at.start(), other.start()));
  }
}

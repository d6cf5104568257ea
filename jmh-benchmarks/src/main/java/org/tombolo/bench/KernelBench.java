package org.tombolo.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Hot kernels of the CPU device, on arrays that stay in the second-level cache. Each result is
/// compared with the reference before it is timed.
///
/// `scripts/bench jmh KernelBench -p kernel=softmax`; with `-jvmArgsAppend
/// -Dtombolo.cpu.loops=interpreted` loops run as steps.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 3,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class KernelBench {
  /// Name of the kernel.
  @Param({"bias_relu", "elementwise", "layernorm", "matmul", "softmax", "sum"})
  public String kernel = "";

  private Runnable run = () -> {};

  /// Compiles the kernel and checks its result.
  @Setup
  public void setUp() {
    run = CheckedKernel.open(kernel);
  }

  /// From memory of the device to memory of the device.
  @Benchmark
  public void run() {
    run.run();
  }
}

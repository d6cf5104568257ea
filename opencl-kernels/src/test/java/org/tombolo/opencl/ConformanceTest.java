package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.tombolo.conformance.Conformance;
import org.tombolo.conformance.Options;
import org.tombolo.conformance.Report;
import org.tombolo.opencl.kernel.Dialect;

/// The contract that all drivers keep, but for numbers: [SimdNumericsTest] and [SimtNumericsTest]
/// compare them. Every size about a tile would be one more program to build.
class ConformanceTest {
  @Test
  void keepsToTheContract() {
    Options options =
        Options.quick()
            .seed(Long.getLong("test.seed", 42))
            .excluding("numerics", "compared in bundles")
            .excluding("launches", "compared in bundles");
    Report report = Conformance.of("opencl:0", () -> OpenCl.open(Dialect.SIMT)).with(options).run();
    assertTrue(report.passed(), report::text);
  }
}

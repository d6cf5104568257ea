package org.example.slate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.tombolo.conformance.Conformance;
import org.tombolo.conformance.Options;
import org.tombolo.conformance.Report;
import org.tombolo.device.Probe;

/// Holds the driver to the contract.
class SlateConformanceTest {
  @Test
  void conforms() {
    SlateDriver driver = new SlateDriver();
    Probe.Found found = (Probe.Found) driver.probe().getFirst();
    Report report =
        Conformance.of(driver, found)
            .withFailing(() -> SlateDriver.open(found, true))
            .with(Options.all())
            .run();
    assertTrue(report.passed(), report::text);
    assertTrue(report.counts().passed() > 300, report::text);
  }
}

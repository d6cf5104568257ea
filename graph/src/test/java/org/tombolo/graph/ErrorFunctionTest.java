package org.tombolo.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorFunctionTest {

  /// Values by mpmath with 40 decimal digits.
  @ParameterizedTest
  @CsvSource({
    "5e-324, 5e-324",
    "1e-300, 1.1283791670955126e-300",
    "1e-10, 1.1283791670955126e-10",
    "0.001, 0.0011283787909692365",
    "0.1, 0.1124629160182849",
    "0.25, 0.27632639016823696",
    "0.5, 0.5204998778130465",
    "0.75, 0.7111556336535151",
    "1.0, 0.8427007929497149",
    "1.25, 0.9229001282564583",
    "1.5, 0.9661051464753108",
    "1.75, 0.9866716712191824",
    "1.9375, 0.9938568063952132",
    "1.9999, 0.9953201979070294",
    "2.0, 0.9953222650189527",
    "2.25, 0.9985372834133188",
    "2.5, 0.999593047982555",
    "3.0, 0.9999779095030014",
    "3.5, 0.9999992569016276",
    "4.0, 0.9999999845827421",
    "4.5, 0.9999999998033839",
    "5.0, 0.9999999999984626",
    "5.5, 0.9999999999999927",
    "5.9375, 1.0",
  })
  void isGoodToFourUnitsInTheLastPlace(double x, double want) {
    assertEquals(want, ErrorFunction.erf(x), 4 * Math.ulp(want));
    assertEquals(-want, ErrorFunction.erf(-x), 4 * Math.ulp(want));
  }

  @Test
  void goesToOneAndKeepsZeroAndNaN() {
    assertEquals(1, ErrorFunction.erf(Double.POSITIVE_INFINITY));
    assertEquals(-1, ErrorFunction.erf(Double.NEGATIVE_INFINITY));
    assertEquals(1, ErrorFunction.erf(6.5));
    assertEquals(0.0, ErrorFunction.erf(0.0));
    assertEquals(-0.0, ErrorFunction.erf(-0.0));
    assertEquals(Double.NaN, ErrorFunction.erf(Double.NaN));
  }

  @Test
  void growsWhereTheTwoFormulasMeet() {
    double below = ErrorFunction.erf(Math.nextDown(2.0));
    double above = ErrorFunction.erf(2.0);
    assertTrue(Math.abs(above - below) <= 4 * Math.ulp(above), below + " and " + above);
  }
}

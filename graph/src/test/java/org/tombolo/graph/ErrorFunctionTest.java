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
    "0.4472976436524282, 0.4729883871538361",
    "0.4765048855492321, 0.4996121829184389",
    "0.5, 0.5204998778130465",
    "0.75, 0.7111556336535151",
    "0.8376598239952717, 0.763836183837256",
    "1.0, 0.8427007929497149",
    "1.0100898102034706, 0.8468470319376478",
    "1.1975092165753571, 0.9096460884469396",
    "1.2499999, 0.922900104604343",
    "1.25, 0.9229001282564583",
    "1.3, 0.9340079449406524",
    "1.4265048035915078, 0.9563443816586316",
    "1.5, 0.9661051464753108",
    "1.75, 0.9866716712191824",
    "1.9019638411223851, 0.9928501517790749",
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
  void isGoodToTwoUnitsInTheLastPlace(double x, double want) {
    assertEquals(want, ErrorFunction.erf(x), 2 * Math.ulp(want));
    assertEquals(-want, ErrorFunction.erf(-x), 2 * Math.ulp(want));
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
    double below = ErrorFunction.erf(Math.nextDown(1.25));
    double above = ErrorFunction.erf(1.25);
    assertTrue(Math.abs(above - below) <= 4 * Math.ulp(above), below + " and " + above);
  }
}

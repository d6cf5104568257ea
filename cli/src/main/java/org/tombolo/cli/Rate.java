package org.tombolo.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a finite number above 0.
final class Rate implements ITypeConverter<Double> {
  @Override
  public Double convert(String text) {
    try {
      double number = Double.parseDouble(text);
      if (number > 0 && number < Double.POSITIVE_INFINITY) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through.
    }
    throw new TypeConversionException("'%s'; need a number above 0".formatted(text));
  }
}

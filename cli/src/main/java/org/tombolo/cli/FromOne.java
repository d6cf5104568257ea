package org.tombolo.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a whole number of 1 or more.
final class FromOne implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String text) {
    try {
      int number = Integer.parseInt(text);
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through: not a number, or one that is too large.
    }
    throw new TypeConversionException(
        "'%s'; need a whole number from 1 to %d".formatted(text, Integer.MAX_VALUE));
  }
}

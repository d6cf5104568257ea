package org.tombolo.kernels.validate;

import java.util.List;
import java.util.stream.Collectors;

/// Something in a kernel's class that cannot run on a device.
///
/// @param place class and method, such as `Blur.run`, or the class alone
/// @param file source file, or nothing where the class file does not say
/// @param line line in it, or 0 where the class file does not say
/// @param seen what is there and what is needed
/// @param remedy what to write instead
public record Problem(String place, String file, int line, String seen, String remedy) {
  /// Where and what.
  public String problem() {
    String at = file.isEmpty() || line == 0 ? "" : " (%s:%d)".formatted(file, line);
    return "%s%s: %s".formatted(place, at, seen);
  }

  /// One line for what is wrong, and one for what to try.
  public String text() {
    return problem() + "\n  try: " + remedy;
  }

  /// All problems of a kernel, one after the other.
  public static String text(List<Problem> problems) {
    return problems.stream().map(Problem::text).collect(Collectors.joining("\n"));
  }
}

package org.tombolo.device;

import java.util.List;
import java.util.Optional;

/// A kernel as a program in OpenCL C 1.2.
///
/// The parameters of its kernel function are those of [#params], in order. Memory takes two:
/// `global char *` (or `global const char *`), the start of a buffer, and `long`, the offset in
/// bytes of the first element in it, a multiple of 128.
///
/// @param name label for messages
/// @param entry name of the kernel function
/// @param text the program
/// @param params what the kernel function is given
/// @param global work-items per dimension, one to three; any 0 for none at all
/// @param local work-items of a work-group per dimension, of which `global` are multiples; empty if
///   the device may choose
/// @param guarded whether work-items beyond `global` along the first dimension do nothing, so that
///   a device may round it up
/// @param doubles whether it needs double precision
/// @param user whether `text` is what a user wrote, who is told where it does not build
/// @param faults how the program reports what went wrong; empty if it does not
public record SourceProgram(
    String name,
    String entry,
    String text,
    List<Param> params,
    List<Long> global,
    List<Long> local,
    boolean guarded,
    boolean doubles,
    boolean user,
    Optional<Faults> faults) {

  /// A parameter of the kernel function.
  public sealed interface Param {
    /// Memory of an operand, which is not written.
    ///
    /// @param operand position among the operands
    record Read(int operand) implements Param {}

    /// Memory of a result.
    ///
    /// @param result position among the results
    record Write(int result) implements Param {}

    /// An `int`.
    record IntValue(int value) implements Param {}

    /// A `long`.
    record LongValue(long value) implements Param {}

    /// A `float`.
    record FloatValue(float value) implements Param {}

    /// Memory for [Faults], zero when the kernel starts. There are faults if there is one.
    record FaultWords() implements Param {}
  }

  /// Words of 32 bits that a program leaves when something went wrong.
  public interface Faults {
    /// Number of words.
    int words();

    /// What went wrong; empty if nothing did.
    ///
    /// @param words as the program left them
    Optional<String> problem(int[] words);

    /// What to try then.
    String remedy();
  }
}

package org.tombolo.opencl.kernel;

/// A program in OpenCL C 1.2, complete as it stands. Compared by value: equal sources are built
/// once.
///
/// @param name label for messages
/// @param text the program
/// @param options options for the compiler, such as `-DT=16`; `-cl-std=CL1.2` is always added
/// @param user whether a user wrote it, whose matter it is if it does not build
public record KernelSource(String name, String text, String options, boolean user) {
  /// A program of our own.
  public KernelSource(String name, String text, String options) {
    this(name, text, options, false);
  }

  /// A program without options.
  public KernelSource(String name, String text) {
    this(name, text, "");
  }
}

package org.tombolo.opencl.kernel;

/// A program in OpenCL C 1.2, complete as it stands. Compared by value: equal sources are built
/// once.
///
/// @param name label for messages
/// @param text the program
/// @param options options for the compiler, such as `-DT=16`; `-cl-std=CL1.2` is always added
public record KernelSource(String name, String text, String options) {
  /// A program without options.
  public KernelSource(String name, String text) {
    this(name, text, "");
  }
}

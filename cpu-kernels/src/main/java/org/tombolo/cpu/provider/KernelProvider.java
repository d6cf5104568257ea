package org.tombolo.cpu.provider;

import java.util.List;
import java.util.Optional;
import org.tombolo.cpu.kernel.HostKernel;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// A library with kernels for the host, such as one written for its processor by hand.
///
/// Providers are found with [java.util.ServiceLoader] and need a constructor without parameters
/// that does next to nothing. What they compute is compared with the same reference as our own
/// kernels.
public interface KernelProvider {

  /// A short name for messages and properties, such as `onednn`.
  String name();

  /// Why it cannot be used on this machine; empty if it can. Never throws. The first call may load
  /// the library.
  Optional<String> missing();

  /// Kernels for an operation, from which the fastest is chosen; none if the library has none for
  /// these types. Never called where something is [#missing].
  ///
  /// Inputs of the kernels are the operation's operands in order, their output is its result. A
  /// kernel for a convolution may take what lies outside the images for zeros, whatever the window
  /// holds; the caller sets that right.
  ///
  /// @param op what is computed
  /// @param operands types of the operands; none is without elements
  /// @param threads how many threads the kernels may use
  List<HostKernel> kernels(Op op, List<TensorType> operands, int threads);
}

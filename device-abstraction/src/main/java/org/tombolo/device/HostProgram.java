package org.tombolo.device;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A kernel as Java code over memory of the JVM: work-groups that may run in any order and at the
/// same time.
public interface HostProgram {
  /// Number of work-groups.
  long groups();

  /// Runs the work-groups from `from` up to but not including `to`. Called by several threads at
  /// once for different groups of the same launch.
  ///
  /// @param operands dense elements of each operand
  /// @param results memory of each result, holding what it begins with; of the same launch the same
  ///   for all calls
  /// @throws KernelFault if a work-item fails
  void run(List<MemorySegment> operands, List<MemorySegment> results, long from, long to);
}

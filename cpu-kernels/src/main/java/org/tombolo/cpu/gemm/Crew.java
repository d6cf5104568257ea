package org.tombolo.cpu.gemm;

import java.util.function.IntConsumer;
import org.tombolo.cpu.team.WorkerTeam;

/// What plans share: threads and memory to work in.
///
/// @param team the threads
/// @param pool the memory
record Crew(WorkerTeam team, Workspace.Pool pool) {

  /// Runs tasks, on the calling thread alone if there is little to do.
  ///
  /// @param work multiplications, or what takes as long, in all tasks together
  /// @param tasks how many
  /// @param body runs one
  void share(double work, int tasks, IntConsumer body) {
    if (work < Blocking.SHARED_WORK) {
      for (int task = 0; task < tasks; task++) {
        body.accept(task);
      }
    } else {
      team.run(tasks, body);
    }
  }
}

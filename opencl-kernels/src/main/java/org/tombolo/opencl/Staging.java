package org.tombolo.opencl;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_mem;

/// Host memory that a device can read and write by itself, for bytes on their way between it and
/// memory that may move or change. Some runtimes copy several times faster from here.
///
/// Chunks are made when first needed, up to a limit. Guarded by the device's lock.
final class Staging implements AutoCloseable {
  /// Bytes of a chunk: large enough for full speed, small enough to overlap filling and sending.
  static final int CHUNK_BYTES = 2 << 20;

  private static final int MOST_CHUNKS = 16;

  private final String device;
  private final cl_context context;
  private final cl_command_queue queue;
  private final Deque<Chunk> free = new ArrayDeque<>();
  private final List<Chunk> all = new ArrayList<>();

  /// @param buffer the memory as the device knows it, mapped all the time
  /// @param mapped the memory as the host sees it
  /// @param memory the same
  record Chunk(Handle<cl_mem> buffer, ByteBuffer mapped, MemorySegment memory) {}

  Staging(String device, cl_context context, cl_command_queue queue) {
    this.device = device;
    this.context = context;
    this.queue = queue;
  }

  /// A chunk that nobody uses; empty when all are in use.
  Optional<Chunk> take() {
    if (!free.isEmpty()) {
      return Optional.of(free.pop());
    }
    if (all.size() == MOST_CHUNKS) {
      return Optional.empty();
    }
    cl_mem memory =
        CL.clCreateBuffer(
            context, CL.CL_MEM_READ_WRITE | CL.CL_MEM_ALLOC_HOST_PTR, CHUNK_BYTES, null, null);
    Handle<cl_mem> handle = new Handle<>(device, "staging memory", memory, CL::clReleaseMemObject);
    ByteBuffer mapped =
        CL.clEnqueueMapBuffer(
            queue,
            memory,
            true,
            CL.CL_MAP_READ | CL.CL_MAP_WRITE,
            0,
            CHUNK_BYTES,
            0,
            null,
            null,
            null);
    Chunk chunk = new Chunk(handle, mapped, MemorySegment.ofBuffer(mapped));
    all.add(chunk);
    return Optional.of(chunk);
  }

  /// Takes a chunk back once nothing reads or writes it any more.
  void give(Chunk chunk) {
    free.push(chunk);
  }

  @Override
  public void close() {
    for (Chunk chunk : all) {
      CL.clEnqueueUnmapMemObject(queue, chunk.buffer().get(), chunk.mapped(), 0, null, null);
    }
    CL.clFinish(queue);
    all.forEach(chunk -> chunk.buffer().close());
    all.clear();
    free.clear();
  }
}

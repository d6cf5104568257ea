package org.tombolo.opencl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_program;
import org.tombolo.device.BuildException;
import org.tombolo.opencl.kernel.KernelSource;

/// Built programs of one device, each built once and kept as long as an executable uses it; of
/// those that none uses any more the latest are kept too.
///
/// What was built is kept in files, too, and found there by the next process.
final class Programs implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Programs.class.getName());

  private static final int MOST_IDLE = 64;

  /// Line and column, as Clang and what descends from it name them.
  private static final Pattern PLACE = Pattern.compile(":(\\d+):\\d+:");

  private static final int LINES_AROUND = 2;

  private final String device;
  private final cl_context context;
  private final cl_device_id target;
  private final Optional<ProgramCache> cache;
  private final Map<KernelSource, Entry> inUse = new HashMap<>();
  private final Map<KernelSource, Entry> idle = new LinkedHashMap<>();

  private static final class Entry {
    final Handle<cl_program> program;
    int users;

    Entry(Handle<cl_program> program) {
      this.program = program;
    }
  }

  /// Programs that a compiler was needed for.
  private int compiled;

  /// @param cache files of built programs, if any
  Programs(String device, cl_context context, cl_device_id target, Optional<ProgramCache> cache) {
    this.device = device;
    this.context = context;
    this.target = target;
    this.cache = cache;
  }

  /// Programs that were compiled, and not found in a file, since the device was opened.
  synchronized int compiled() {
    return compiled;
  }

  /// A built program; the caller gives it back with [#release] when done.
  ///
  /// @param region name for messages
  /// @throws BuildException if it does not build
  synchronized Handle<cl_program> acquire(KernelSource source, String region) {
    Entry entry = inUse.get(source);
    if (entry == null) {
      entry = idle.remove(source);
      if (entry == null) {
        entry = new Entry(kept(source).orElseGet(() -> build(source, region)));
      }
      inUse.put(source, entry);
    }
    entry.users++;
    return entry.program;
  }

  synchronized void release(KernelSource source) {
    Entry entry = inUse.get(source);
    if (entry == null || --entry.users > 0) {
      return;
    }
    inUse.remove(source);
    idle.put(source, entry);
    if (idle.size() > MOST_IDLE) {
      KernelSource oldest = idle.keySet().iterator().next();
      Entry gone = idle.remove(oldest);
      if (gone != null) {
        gone.program.close();
      }
    }
  }

  /// The program as a file has it; empty where none has, or the device does not take it.
  private Optional<Handle<cl_program>> kept(KernelSource source) {
    Optional<byte[]> binary =
        files(source).flatMap(files -> files.read(options(source), source.text()));
    if (binary.isEmpty()) {
      return Optional.empty();
    }
    cl_device_id[] targets = {target};
    byte[][] binaries = {binary.get()};
    Handle<cl_program> handle = null;
    try (SignalHandlers _ = SignalHandlers.keep()) {
      cl_program program =
          CL.clCreateProgramWithBinary(
              context, 1, targets, new long[] {binaries[0].length}, binaries, new int[1], null);
      handle = new Handle<>(device, "program " + source.name(), program, CL::clReleaseProgram);
      CL.clBuildProgram(program, 1, targets, options(source), null, null);
      return Optional.of(handle);
    } catch (CLException e) {
      LOG.log(
          System.Logger.Level.DEBUG,
          "{0} takes no kept {1}: {2}",
          device,
          source.name(),
          e.getMessage());
      if (handle != null) {
        handle.close();
      }
      return Optional.empty();
    }
  }

  /// Where a program may be kept: nowhere if it takes in files, which may change.
  private Optional<ProgramCache> files(KernelSource source) {
    return cache.filter(_ -> !source.text().contains("#include"));
  }

  private static String options(KernelSource source) {
    return ("-cl-std=CL1.2 " + source.options()).strip();
  }

  private Handle<cl_program> build(KernelSource source, String region) {
    cl_program program =
        CL.clCreateProgramWithSource(context, 1, new String[] {source.text()}, null, null);
    Handle<cl_program> handle =
        new Handle<>(device, "program " + source.name(), program, CL::clReleaseProgram);
    try (SignalHandlers _ = SignalHandlers.keep()) {
      CL.clBuildProgram(program, 1, new cl_device_id[] {target}, options(source), null, null);
      compiled++;
      if (LOG.isLoggable(System.Logger.Level.DEBUG)) {
        LOG.log(
            System.Logger.Level.DEBUG,
            "{0} compiled {1}: {2}",
            device,
            source.name(),
            log(program));
      }
      files(source)
          .ifPresent(files ->
              binary(program)
                  .ifPresent(binary -> files.write(options(source), source.text(), binary)));
      return handle;
    } catch (CLException e) {
      String log = log(program) + e.getMessage();
      handle.close();
      String shown = log.strip() + "\n" + excerpt(log, source.text());
      throw source.user()
          ? new BuildException(
              device, region, shown, source.text(), "the lines above in the source of the kernel")
          : new BuildException(
              device, "%s (%s)".formatted(region, source.name()), shown, source.text());
    }
  }

  /// What the device made of a program; empty where it does not tell.
  private static Optional<byte[]> binary(cl_program program) {
    try {
      long[] size = new long[1];
      CL.clGetProgramInfo(
          program, CL.CL_PROGRAM_BINARY_SIZES, Sizeof.size_t, Pointer.to(size), null);
      if (size[0] <= 0 || size[0] > ProgramCache.LARGEST) {
        return Optional.empty();
      }
      byte[] binary = new byte[(int) size[0]];
      CL.clGetProgramInfo(
          program, CL.CL_PROGRAM_BINARIES, Sizeof.POINTER, Pointer.to(Pointer.to(binary)), null);
      return Optional.of(binary);
    } catch (CLException e) {
      return Optional.empty(); // built all the same
    }
  }

  private String log(cl_program program) {
    try {
      long[] size = new long[1];
      CL.clGetProgramBuildInfo(program, target, CL.CL_PROGRAM_BUILD_LOG, 0, null, size);
      byte[] text = new byte[(int) size[0]];
      CL.clGetProgramBuildInfo(
          program, target, CL.CL_PROGRAM_BUILD_LOG, text.length, Pointer.to(text), null);
      return new String(text, StandardCharsets.UTF_8).replace("\0", "") + "\n";
    } catch (CLException e) {
      return "no build log: " + e.getMessage() + "\n";
    }
  }

  /// The lines of the source that a log complains about, with their neighbours and numbers.
  static String excerpt(String log, String source) {
    List<String> lines = Arrays.asList(source.split("\n", -1));
    TreeSet<Integer> wanted = new TreeSet<>();
    for (String complaint : log.split("\n")) {
      Matcher place = PLACE.matcher(complaint);
      if (!complaint.contains("error") || !place.find()) {
        continue;
      }
      int line = Integer.parseInt(place.group(1));
      for (int i = line - LINES_AROUND; i <= line + LINES_AROUND; i++) {
        if (i >= 1 && i <= lines.size()) {
          wanted.add(i);
        }
      }
    }
    List<String> out = new ArrayList<>();
    wanted.forEach(line -> out.add("%5d | %s".formatted(line, lines.get(line - 1))));
    return String.join("\n", out);
  }

  @Override
  public synchronized void close() {
    inUse.values().forEach(entry -> entry.program.close());
    idle.values().forEach(entry -> entry.program.close());
    inUse.clear();
    idle.clear();
  }
}

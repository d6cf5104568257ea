package org.tombolo.opencl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_program;
import org.tombolo.device.BuildException;
import org.tombolo.opencl.kernel.KernelSource;

/// Built programs of one device, each built once and kept as long as an executable uses it; of
/// those that none uses any more the latest are kept too.
///
/// Nothing is stored on disk here: PoCL and the large vendors keep what they compiled themselves.
final class Programs implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Programs.class.getName());

  private static final int MOST_IDLE = 64;

  /// Line and column, as Clang and what descends from it name them.
  private static final Pattern PLACE = Pattern.compile(":(\\d+):\\d+:");

  private static final int LINES_AROUND = 2;

  private final String device;
  private final cl_context context;
  private final cl_device_id target;
  private final Map<KernelSource, Entry> inUse = new HashMap<>();
  private final Map<KernelSource, Entry> idle = new LinkedHashMap<>();

  private static final class Entry {
    final Handle<cl_program> program;
    int users;

    Entry(Handle<cl_program> program) {
      this.program = program;
    }
  }

  Programs(String device, cl_context context, cl_device_id target) {
    this.device = device;
    this.context = context;
    this.target = target;
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
        entry = new Entry(build(source, region));
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

  private Handle<cl_program> build(KernelSource source, String region) {
    cl_program program =
        CL.clCreateProgramWithSource(context, 1, new String[] {source.text()}, null, null);
    Handle<cl_program> handle =
        new Handle<>(device, "program " + source.name(), program, CL::clReleaseProgram);
    try (SignalHandlers _ = SignalHandlers.keep()) {
      String options = ("-cl-std=CL1.2 " + source.options()).strip();
      CL.clBuildProgram(program, 1, new cl_device_id[] {target}, options, null, null);
      if (LOG.isLoggable(System.Logger.Level.DEBUG)) {
        LOG.log(System.Logger.Level.DEBUG, "{0} {1}: {2}", device, source.name(), log(program));
      }
      return handle;
    } catch (CLException e) {
      String log = log(program) + e.getMessage();
      handle.close();
      throw new BuildException(
          device,
          "%s (%s)".formatted(region, source.name()),
          log.strip() + "\n" + excerpt(log, source.text()),
          source.text());
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

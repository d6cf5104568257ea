package org.tombolo.kernels.validate;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds what in a kernel cannot run on a device, before anything is translated.
///
/// Reads the class files of the kernel and of what it calls, from the method that each work-item
/// runs onwards. What that method does not reach, such as constructors and the rule for shapes, is
/// plain Java on the host and may do anything.
public final class Validator {
  private final Class<?> type;
  private final ClassDesc kernel;
  private final ClassFiles files;
  private final Set<Problem> problems = new LinkedHashSet<>();

  /// What follows from other problems, if there are any.
  private final Set<Problem> consequences = new LinkedHashSet<>();

  /// Methods that were looked at, and what callers must know of them.
  private final Map<String, Effects> done = new HashMap<>();

  /// Methods from the entry to the one that is looked at.
  private final Deque<String> path = new ArrayDeque<>();

  private Validator(Class<?> kernel) {
    this.type = kernel;
    this.kernel = ClassDesc.ofDescriptor(kernel.descriptorString());
    this.files = new ClassFiles(kernel);
  }

  /// What a method does that concerns barriers.
  ///
  /// @param waits whether it reaches a barrier
  /// @param varies whether it asks which work-item it is
  record Effects(boolean waits, boolean varies) {
    static final Effects NONE = new Effects(false, false);

    Effects or(Effects other) {
      return new Effects(waits || other.waits, varies || other.varies);
    }
  }

  /// All problems of a kernel, in the order of classes as they are reached and of lines in each.
  ///
  /// @param kernel the class of a kernel, which is not abstract
  /// @return nothing if it can be translated
  public static List<Problem> problems(Class<?> kernel) {
    return kernel.isHidden() ? List.of(withoutFile(kernel)) : new Validator(kernel).all();
  }

  private static Problem withoutFile(Class<?> type) {
    return new Problem(
        type.getName(),
        "",
        0,
        "has no class file to read; need one that its class loader finds",
        "a class in a file of its own or nested in one");
  }

  private List<Problem> all() {
    if (files.find(kernel).isEmpty()) {
      return List.of(withoutFile(type));
    }
    visit(files.method(kernel, Words.RUN, Words.RUN_TYPE).orElseThrow());
    List<Problem> sorted = new ArrayList<>(problems.isEmpty() ? consequences : problems);
    List<String> places = new ArrayList<>();
    sorted.forEach(problem -> places.add(ownerOf(problem)));
    // Problems of one line stay as they were found.
    sorted.sort(
        Comparator.<Problem>comparingInt(problem -> places.indexOf(ownerOf(problem)))
            .thenComparingInt(Problem::line));
    return List.copyOf(sorted);
  }

  private static String ownerOf(Problem problem) {
    int dot = problem.place().lastIndexOf('.');
    return dot < 0 ? problem.place() : problem.place().substring(0, dot);
  }

  ClassFiles files() {
    return files;
  }

  ClassDesc kernel() {
    return kernel;
  }

  void add(Problem problem) {
    problems.add(problem);
  }

  /// Adds a problem that a kernel without other problems cannot have, or that is better named by
  /// them.
  void addConsequence(Problem problem) {
    consequences.add(problem);
  }

  boolean hasProblem(String place, int line) {
    return problems.stream().anyMatch(p -> p.line() == line && p.place().equals(place));
  }

  /// Looks at a method that a kernel reaches, unless that was done.
  Effects visit(ClassFiles.Found found) {
    ClassModel owner = found.owner();
    MethodModel method = found.method();
    String key = key(found);
    Effects known = done.get(key);
    if (known != null) {
      return known;
    }
    Optional<CodeModel> body = method.code();
    if (body.isEmpty()) {
      return Effects.NONE;
    }
    Code code = new Code(body.get());
    String place = Names.of(owner, method);
    if (!code.hasLines()) {
      add(
          new Problem(
              Names.of(owner),
              "",
              0,
              "was compiled without line numbers; need them to say where something is",
              "javac -g, which build tools give by themselves"));
    }
    path.addLast(key);
    Effects effects = new MethodCheck(this, owner, method, place, code).run();
    path.removeLast();
    done.put(key, effects);
    return effects;
  }

  /// The way from a method that is being looked at back to itself, through a call of it; empty if
  /// it is not one of them.
  Optional<List<String>> cycle(ClassFiles.Found callee) {
    String key = key(callee);
    if (!path.contains(key)) {
      return Optional.empty();
    }
    List<String> way = new ArrayList<>();
    for (String step : path) {
      if (!way.isEmpty() || step.equals(key)) {
        String withoutType = step.substring(0, step.indexOf('('));
        way.add(withoutType.substring(withoutType.lastIndexOf('.') + 1));
      }
    }
    return Optional.of(way);
  }

  private static String key(ClassFiles.Found found) {
    return "%s.%s%s"
        .formatted(
            found.owner().thisClass().asInternalName(),
            found.method().methodName().stringValue(),
            found.method().methodType().stringValue());
  }
}

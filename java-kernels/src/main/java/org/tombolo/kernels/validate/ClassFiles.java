package org.tombolo.kernels.validate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Class files as a class loader finds them, each read once.
final class ClassFiles {
  private final ClassLoader loader;
  private final Map<ClassDesc, Optional<ClassModel>> read = new HashMap<>();

  ClassFiles(Class<?> near) {
    ClassLoader own = near.getClassLoader();
    this.loader = own == null ? ClassLoader.getSystemClassLoader() : own;
  }

  /// A method in the class that declares it.
  record Found(ClassModel owner, MethodModel method) {}

  /// The class file of a class or interface; empty where there is none.
  Optional<ClassModel> find(ClassDesc type) {
    return read.computeIfAbsent(type, this::load);
  }

  /// The method that a call reaches, looked for from a class upwards.
  Optional<Found> method(ClassDesc from, String name, String descriptor) {
    Deque<ClassDesc> open = new ArrayDeque<>();
    open.add(from);
    while (!open.isEmpty()) {
      Optional<ClassModel> file = find(open.remove());
      if (file.isEmpty()) {
        continue;
      }
      ClassModel owner = file.get();
      for (MethodModel method : owner.methods()) {
        if (method.methodName().equalsString(name)
            && method.methodType().equalsString(descriptor)) {
          return Optional.of(new Found(owner, method));
        }
      }
      owner.superclass().ifPresent(above -> open.addFirst(above.asSymbol()));
      owner.interfaces().forEach(above -> open.addLast(above.asSymbol()));
    }
    return Optional.empty();
  }

  boolean isInterface(ClassDesc type) {
    return find(type).map(file -> file.flags().has(AccessFlag.INTERFACE)).orElse(false);
  }

  /// Whether a class is another one, or extends it.
  boolean extendsClass(ClassDesc type, ClassDesc above) {
    ClassDesc at = type;
    while (!at.equals(above)) {
      Optional<ClassDesc> next =
          find(at).flatMap(ClassModel::superclass).map(entry -> entry.asSymbol());
      if (next.isEmpty()) {
        return false;
      }
      at = next.get();
    }
    return true;
  }

  private Optional<ClassModel> load(ClassDesc type) {
    if (!type.isClassOrInterface()) {
      return Optional.empty();
    }
    String descriptor = type.descriptorString();
    String path = descriptor.substring(1, descriptor.length() - 1) + ".class";
    try (InputStream in = loader.getResourceAsStream(path)) {
      return in == null ? Optional.empty() : Optional.of(ClassFile.of().parse(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package org.tombolo.kernels.translate;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.util.Optional;

/// The file that a class was written in.
public final class SourceFile {
  private SourceFile() {}

  /// Its name; empty where the class file does not say.
  public static Optional<String> in(ClassModel owner) {
    return owner
        .findAttribute(Attributes.sourceFile())
        .map(attribute -> attribute.sourceFile().stringValue());
  }

  /// Its name, or that of the class.
  public static String of(ClassModel owner) {
    return in(owner).orElse(owner.thisClass().asInternalName());
  }
}

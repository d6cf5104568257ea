package org.tombolo.kernels.validate;

import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import org.tombolo.kernels.translate.SourceFile;

/// Classes and methods as their source names them.
final class Names {
  private Names() {}

  /// A type alone, without its package and the classes around it, such as `float[]` or `Cell`.
  static String of(ClassDesc type) {
    String name = type.displayName();
    String last = name.substring(name.lastIndexOf('$') + 1);
    // An anonymous class is a number of the class around it.
    return last.matches("\\d+") ? name : last;
  }

  static String of(ClassModel owner) {
    return of(owner.thisClass().asSymbol());
  }

  static String of(ClassModel owner, MethodModel method) {
    return of(owner) + "." + method.methodName().stringValue();
  }

  /// The file that a class was written in; empty where its class file does not say.
  static String file(ClassModel owner) {
    return SourceFile.in(owner).orElse("");
  }
}

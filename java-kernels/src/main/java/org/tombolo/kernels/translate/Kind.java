package org.tombolo.kernels.translate;

import java.lang.classfile.TypeKind;

/// The types of values on the stack of the JVM that exist on a device.
enum Kind {
  /// 32-bit integers, and all that is narrower.
  INT("int", 'i'),
  /// 64-bit integers.
  LONG("long", 'l'),
  /// Single precision.
  FLOAT("float", 'f'),
  /// Double precision.
  DOUBLE("double", 'd'),
  /// What stands for itself: the kernel, the item, an accessor. No value on a device.
  REFERENCE("", 'r');

  final String c;
  final char letter;

  Kind(String c, char letter) {
    this.c = c;
    this.letter = letter;
  }

  /// Whether it takes two places on the stack.
  boolean isWide() {
    return this == LONG || this == DOUBLE;
  }

  static Kind of(TypeKind kind) {
    return switch (kind) {
      case BOOLEAN, BYTE, SHORT, CHAR, INT -> INT;
      case LONG -> LONG;
      case FLOAT -> FLOAT;
      case DOUBLE -> DOUBLE;
      case REFERENCE, VOID -> REFERENCE;
    };
  }
}

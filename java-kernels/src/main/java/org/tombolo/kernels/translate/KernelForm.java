package org.tombolo.kernels.translate;

import java.lang.classfile.ClassModel;
import java.util.List;
import java.util.Optional;

/// What is translated.
///
/// @param name of the kernel function
/// @param classes the kernel's class, then its superclasses up to but without the common one
/// @param memory what its accessors stand for
/// @param scalars its other fields
/// @param rank number of dimensions of the range
/// @param grouped whether the range says which groups there are
/// @param checked whether accesses are checked
public record KernelForm(
    String name,
    List<ClassModel> classes,
    List<Memory> memory,
    List<Scalar> scalars,
    int rank,
    boolean grouped,
    boolean checked) {

  /// An accessor.
  ///
  /// @param field name of the field
  /// @param element type in C of an element in memory
  /// @param place whose memory it is
  /// @param length of the memory of a group or a work-item
  /// @param isBool whether elements are truth values
  public record Memory(String field, String element, Place place, int length, boolean isBool) {
    boolean isGlobal() {
      return place == Place.OPERAND || place == Place.RESULT;
    }

    String pointer() {
      return switch (place) {
        case OPERAND -> "global const " + element + " *";
        case RESULT -> "global " + element + " *";
        case GROUP -> "local " + element + " *";
        case ITEM -> element + " ";
      };
    }
  }

  /// Whose memory an accessor stands for.
  public enum Place {
    /// An operand's, which is read.
    OPERAND,
    /// A result's.
    RESULT,
    /// A work-group's.
    GROUP,
    /// A work-item's.
    ITEM
  }

  /// A number or truth value that all work-items read.
  ///
  /// @param field name of the field
  /// @param type its descriptor, such as `F`
  public record Scalar(String field, String type) {
    Kind kind() {
      return switch (type) {
        case "J" -> Kind.LONG;
        case "F" -> Kind.FLOAT;
        case "D" -> Kind.DOUBLE;
        default -> Kind.INT;
      };
    }
  }

  /// Name in C of an accessor.
  String memoryName(int index) {
    return plain(memory.get(index).field()) + "_m" + index;
  }

  /// Name in C of a scalar.
  String scalarName(int index) {
    return plain(scalars.get(index).field()) + "_s" + index;
  }

  /// What C takes of a name in Java.
  private static String plain(String field) {
    return field.replaceAll("[^A-Za-z0-9_]", "_");
  }

  /// Number of the accessor in a field; -1 if there is none.
  int memoryIn(String field) {
    for (int i = 0; i < memory.size(); i++) {
      if (memory.get(i).field().equals(field)) {
        return i;
      }
    }
    return -1;
  }

  /// Number of the scalar in a field.
  Optional<Integer> scalarIn(String field) {
    for (int i = 0; i < scalars.size(); i++) {
      if (scalars.get(i).field().equals(field)) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }
}

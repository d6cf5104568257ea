package org.tombolo.kernels.validate;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Set;
import java.util.SortedSet;
import org.tombolo.kernels.translate.Functions;

/// What kernels are made of besides plain Java: the words that the translation knows.
final class Words {
  /// The method that each work-item runs.
  static final String RUN = "run";

  static final String RUN_TYPE = "(Lorg/tombolo/kernels/Item;)V";

  private static final ClassDesc ITEM = ClassDesc.of("org.tombolo.kernels.Item");
  private static final ClassDesc ACCESSOR = ClassDesc.of("org.tombolo.kernels.Accessor");
  private static final Set<String> ITEM_METHODS =
      Set.of(
          "rank",
          "globalId",
          "localId",
          "groupId",
          "globalRange",
          "localRange",
          "groupRange",
          "barrier");
  private static final Set<String> VARYING = Set.of("globalId", "localId");

  private Words() {}

  /// Whether values of this class exist on devices: items and accessors.
  static boolean isDeviceType(ClassFiles files, ClassDesc type) {
    return type.equals(ITEM) || isAccessor(files, type);
  }

  static boolean isAccessor(ClassFiles files, ClassDesc type) {
    return type.packageName().equals(ITEM.packageName()) && files.extendsClass(type, ACCESSOR);
  }

  /// Whether a method of an item or an accessor exists on devices.
  static boolean isDeviceMethod(ClassDesc owner, String name) {
    return owner.equals(ITEM)
        ? ITEM_METHODS.contains(name)
        : name.equals("get")
            || name.equals("getUnsigned")
            || name.equals("set")
            || name.equals("length")
            || name.startsWith("atomic");
  }

  /// Whether a static method of a library exists on devices.
  static boolean isFunction(ClassDesc owner, String name, MethodTypeDesc type) {
    return Functions.call(internalName(owner), name, type.descriptorString()) != null;
  }

  /// Names of the static methods of a class that exist on devices, in order; empty if there are
  /// none.
  static SortedSet<String> functions(ClassDesc owner) {
    return Functions.names(internalName(owner));
  }

  private static String internalName(ClassDesc type) {
    String descriptor = type.descriptorString();
    return descriptor.substring(1, descriptor.length() - 1);
  }

  /// Whether a method waits for the other work-items of the group.
  static boolean isBarrier(ClassDesc owner, String name) {
    return owner.equals(ITEM) && name.equals("barrier");
  }

  /// Whether a method gives different work-items of a group different values.
  static boolean varies(ClassDesc owner, String name) {
    return (owner.equals(ITEM) && VARYING.contains(name)) || name.startsWith("atomic");
  }
}

package org.tombolo.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tombolo.kernels.validate.Problem;
import org.tombolo.kernels.validate.Validator;

/// What is known of the class of a kernel, from its class file and those of its superclasses.
///
/// @param name what messages call it
/// @param classes the class, then its superclasses up to but without [Kernel]
/// @param accessors fields that are accessors, in order of declaration, superclasses first
/// @param scalars fields that are numbers or booleans, in the same order
/// @param others all other instance fields, which devices do not see
/// @param meets whether work-items can meet at a barrier
/// @param stages runs work-items that meet, by turns; empty where each needs a thread
/// @param hash of the content of all class files
/// @param loop runs work-items of this class
record KernelClass(
    String name,
    List<ClassModel> classes,
    List<Field> accessors,
    List<Field> scalars,
    List<Field> others,
    boolean meets,
    Optional<ResumableRun.Stages> stages,
    String hash,
    ItemLoop loop) {
  private static final ClassValue<KernelClass> KNOWN =
      new ClassValue<>() {
        @Override
        protected KernelClass computeValue(Class<?> type) {
          String simple = type.getSimpleName();
          return read(type.asSubclass(Kernel.class), simple.isEmpty() ? type.getName() : simple);
        }
      };

  /// Reads and checks a class, once.
  ///
  /// @throws KernelException if it cannot run on a device
  static KernelClass of(Class<? extends Kernel> type) {
    return KNOWN.get(type);
  }

  private static KernelClass read(Class<? extends Kernel> type, String name) {
    List<ClassModel> models = new ArrayList<>();
    List<Field> accessors = new ArrayList<>();
    List<Field> scalars = new ArrayList<>();
    List<Field> others = new ArrayList<>();
    Set<String> names = new HashSet<>();
    MessageDigest digest = sha256();
    for (Class<?> each = type; each != Kernel.class; each = each.getSuperclass()) {
      byte[] bytes = bytes(each, name);
      digest.update(bytes);
      ClassModel model = ClassFile.of().parse(bytes);
      models.add(model);
      List<Field> ownAccessors = new ArrayList<>();
      List<Field> ownScalars = new ArrayList<>();
      for (Field field : fields(each, model, name)) {
        if (Accessor.class.isAssignableFrom(field.getType())) {
          ownAccessors.add(field);
        } else if (field.getType().isPrimitive()) {
          ownScalars.add(field);
        } else {
          others.add(field);
          continue;
        }
        requireOnce(names.add(field.getName()), name, "fields", field.getName());
      }
      for (MethodModel method : model.methods()) {
        String signature = method.methodName().stringValue() + method.methodType().stringValue();
        boolean hidden =
            !signature.startsWith("<")
                && models.stream()
                    .limit(models.size() - 1L)
                    .flatMap(other -> other.methods().stream())
                    .filter(other -> isPrivate(method) || isPrivate(other))
                    .anyMatch(other ->
                        other.methodName().equals(method.methodName())
                            && other.methodType().equals(method.methodType()));
        requireOnce(!hidden, name, "methods, one of them private,", signature);
      }
      accessors.addAll(0, ownAccessors);
      scalars.addAll(0, ownScalars);
    }
    List<Problem> problems = Validator.problems(type);
    if (!problems.isEmpty()) {
      throw new KernelException(problems);
    }
    boolean meets = meets(models);
    return new KernelClass(
        name,
        List.copyOf(models),
        List.copyOf(accessors),
        List.copyOf(scalars),
        List.copyOf(others),
        meets,
        meets ? ResumableRun.of(type, models) : Optional.empty(),
        HexFormat.of().formatHex(digest.digest()),
        PlainItemLoop.copy());
  }

  private static boolean isPrivate(MethodModel method) {
    return method.flags().has(AccessFlag.PRIVATE) && !method.flags().has(AccessFlag.STATIC);
  }

  /// Devices find fields and methods by name, so that no class may hide those of another.
  private static void requireOnce(boolean once, String name, String what, String called) {
    if (!once) {
      throw new KernelException(
          "kernel %s: two %s are called %s, in a class and in one that it extends"
              .formatted(name, what, called),
          "another name for one of them");
    }
  }

  /// Instance fields in the order of the class file, which is that of the source.
  private static List<Field> fields(Class<?> type, ClassModel model, String name) {
    List<Field> found = new ArrayList<>();
    for (var each : model.fields()) {
      try {
        Field field = type.getDeclaredField(each.fieldName().stringValue());
        if (!Modifier.isStatic(field.getModifiers())) {
          field.setAccessible(true);
          found.add(field);
        }
      } catch (NoSuchFieldException e) {
        throw new AssertionError(e);
      } catch (InaccessibleObjectException e) {
        throw new KernelException(
            "kernel %s: its fields are closed to %s; need them open"
                .formatted(name, KernelClass.class.getModule()),
            "opens %s; in the module's declaration".formatted(type.getPackageName()));
      }
    }
    return found;
  }

  private static byte[] bytes(Class<?> type, String name) {
    String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(file)) {
      if (in != null) {
        return in.readAllBytes();
      }
    } catch (IOException e) {
      throw new KernelException(
          "kernel %s: class file %s cannot be read: %s".formatted(name, file, e.getMessage()),
          "a class that lies on the class path");
    }
    throw new KernelException(
        "kernel %s: its class loader has no class file %s; need one to translate"
            .formatted(name, file),
        "a class that lies on the class path");
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every platform has it
    }
  }

  private static boolean meets(List<ClassModel> classes) {
    return classes.stream()
        .flatMap(model -> model.methods().stream())
        .flatMap(method -> method.code().stream())
        .flatMap(code -> code.elementStream())
        .anyMatch(ResumableRun::isBarrier);
  }

  /// Whether a class is the kernel's, or one of its superclasses.
  boolean declares(String className) {
    String internal = className.replace('.', '/');
    return classes.stream().anyMatch(model -> model.thisClass().asInternalName().equals(internal));
  }

  /// All accessors of a kernel, in order.
  List<Accessor> declared(Kernel kernel) {
    return accessors.stream().map(field -> accessor(kernel, field)).toList();
  }

  private Accessor accessor(Kernel kernel, Field field) {
    if (get(field, kernel) instanceof Accessor accessor) {
      return accessor;
    }
    throw new KernelException(
        "kernel %s: accessor %s is null; need one".formatted(name, field.getName()),
        "%s %s = new %s(..)"
            .formatted(
                field.getType().getSimpleName(), field.getName(), field.getType().getSimpleName()));
  }

  /// What the fields hold that devices do not see.
  List<Optional<Object>> hidden(Kernel kernel) {
    return others.stream().map(field -> Optional.ofNullable(get(field, kernel))).toList();
  }

  /// The scalars of a kernel, in order.
  List<Object> values(Kernel kernel) {
    return scalars.stream().map(field -> get(field, kernel)).toList();
  }

  /// A kernel like this one with accessors of its own.
  Kernel instance(Kernel kernel) {
    Kernel copy = kernel.clone();
    for (Field field : accessors) {
      try {
        field.set(copy, accessor(kernel, field).copy(field.getName()));
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    return copy;
  }

  private static Object get(Field field, Kernel kernel) {
    try {
      return field.get(kernel);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}

package org.tombolo.cpu.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tombolo.cpu.math.VectorFunctions;

/// Copies static methods without branches into generated code, and the methods of the same classes
/// that they call.
final class Inlining {
  private static final Map<String, MethodModel> METHODS = new HashMap<>();

  static {
    read(StageMath.class);
    read(VectorFunctions.class);
  }

  private Inlining() {}

  private static void read(Class<?> from) {
    String file = from.getSimpleName() + ".class";
    try (InputStream in = Objects.requireNonNull(from.getResourceAsStream(file), file)) {
      for (MethodModel method : ClassFile.of().parse(in.readAllBytes()).methods()) {
        METHODS.put(
            key(from.getSimpleName(), method.methodName().stringValue(), method.methodTypeSymbol()),
            method);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String key(String owner, String name, MethodTypeDesc type) {
    return owner + "." + name + type.descriptorString();
  }

  /// Puts the code of a method of [StageMath] in place of a call of it.
  ///
  /// @param free first local variable that is free
  /// @return the same, after what the code uses
  static int write(CodeBuilder to, int free, String name, MethodTypeDesc type) {
    String key = key(StageMath.class.getSimpleName(), name, type);
    return write(to, free, Objects.requireNonNull(METHODS.get(key), key));
  }

  private static int write(CodeBuilder to, int first, MethodModel method) {
    List<ClassDesc> parameters = method.methodTypeSymbol().parameterList();
    int free = first;
    int[] local = new int[parameters.size()];
    for (int i = 0; i < local.length; i++) {
      local[i] = free;
      free += TypeKind.from(parameters.get(i)).slotSize();
    }
    for (int i = local.length - 1; i >= 0; i--) {
      to.storeLocal(TypeKind.from(parameters.get(i)), local[i]);
    }
    for (CodeElement element : method.code().orElseThrow()) {
      switch (element) {
        case LoadInstruction load -> to.loadLocal(load.typeKind(), first + load.slot());
        case StoreInstruction store -> {
          to.storeLocal(store.typeKind(), first + store.slot());
          free = Math.max(free, first + store.slot() + store.typeKind().slotSize());
        }
        case InvokeInstruction invoke -> {
          MethodModel callee = called(invoke);
          if (callee == null) {
            to.with(invoke);
          } else {
            free = write(to, free, callee);
          }
        }
        case ReturnInstruction _ -> {} // the result is on the stack
        case BranchInstruction _ ->
            throw new IllegalStateException("a branch in " + method.methodName().stringValue());
        case Instruction other -> to.with(other);
        default -> {} // lines and names, for debuggers
      }
    }
    return free;
  }

  private static @Nullable MethodModel called(InvokeInstruction invoke) {
    String owner = invoke.owner().asSymbol().displayName();
    return METHODS.get(key(owner, invoke.name().stringValue(), invoke.typeSymbol()));
  }
}
